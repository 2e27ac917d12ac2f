// The graph of a SavedModel with the functions that it calls written out in it, so that every operation has its
// place in one graph.
import type { ProtoMessage } from '../../proto-message.ts'
import type { ProtoFunction, ProtoNode, SavedModelContent } from './read-saved-model.ts'

export interface FlatGraph {
  /** With names and inputs as in a graph: 'node', 'node:1'. */
  readonly nodes: readonly ProtoNode[]
  /** What a tensor of a call, or an argument of a function, is in this graph. */
  resolve(tensor: string): string
}

interface Scope {
  /** In front of the names of its nodes. */
  readonly prefix: string
  /** Of its nodes, by name; a graph itself names tensors plainly. */
  readonly operations: ReadonlyMap<string, ProtoNode> | undefined
}

/** Deeper than any network calls; a function that calls itself is none. */
const mostDepth = 100

export function inlineFunctions(content: SavedModelContent): FlatGraph {
  const nodes: ProtoNode[] = []
  const aliases = new Map<string, string>()

  const place = (body: readonly ProtoNode[], scope: Scope, depth: number) => {
    for (const node of body) {
      const name = `${scope.prefix}${node.name}`
      const inputs = node.inputs.map((input) => referTo(content, input, scope))
      const callee = calledBy(content, node)
      if (callee === undefined) {
        nodes.push({ ...node, name, inputs })
        continue
      }
      if (depth === mostDepth) throw new RangeError(`functions that call each other without end`)
      const prefix = `${name}/`
      const inner = {
        prefix,
        operations: new Map(callee.nodes.map((each) => [each.name, each])),
      }
      callee.inputs.forEach((input, i) => aliases.set(`${prefix}${input}`, inputs[i] ?? ''))
      callee.outputs.forEach((output, i) => {
        const returned = referTo(content, callee.returns.get(output) ?? '', inner)
        aliases.set(i === 0 ? name : `${name}:${i}`, returned)
      })
      place(callee.nodes, inner, depth + 1)
    }
  }
  place(content.nodes, { prefix: '', operations: undefined }, 0)
  const resolve = (tensor: string): string => {
    let found = tensor.replace(/:0$/, '')
    for (let next = aliases.get(found); next !== undefined; next = aliases.get(found)) found = next
    return found
  }
  return { nodes: nodes.map((n) => ({ ...n, inputs: n.inputs.map(resolve) })), resolve }
}

function calledBy({ functions }: SavedModelContent, node: ProtoNode): ProtoFunction | undefined {
  const isCall = /^(Stateful)?PartitionedCall$/.test(node.op)
  // AttrValue.func.name
  return functions.get(isCall ? (node.attributes.get('f')?.message(10)?.text(1) ?? '') : node.op)
}

/** 'node:output:1' of a function as 'prefix/node:k' of a graph: the k-th of all tensors of the node. */
function referTo(content: SavedModelContent, tensor: string, scope: Scope): string {
  if (scope.operations === undefined) return tensor.replace(/:0$/, '')
  const isOrder = tensor.startsWith('^')
  const [name = '', output = '', index = '0'] = tensor.replace(/^\^/, '').split(':')
  const node = scope.operations.get(name)
  const at = node === undefined ? 0 : firstOf(content, node, output) + Number(index)
  return `${isOrder ? '^' : ''}${scope.prefix}${name}${at === 0 ? '' : `:${at}`}`
}

function firstOf(content: SavedModelContent, node: ProtoNode, output: string): number {
  const callee = calledBy(content, node)
  // A call has its outputs by number; a function that is an operation itself has them by name.
  if (callee !== undefined) return Math.max(0, callee.outputs.indexOf(output))
  let first = 0
  for (const { name, count, list } of content.operations.get(node.op)?.outputs ?? []) {
    if (name === output) return first
    first += sizeOf(node.attributes.get(count), node.attributes.get(list), count, list)
  }
  return 0
}

/** AttrValue.i, or the length of AttrValue.list.type. */
function sizeOf(
  count: ProtoMessage | undefined,
  types: ProtoMessage | undefined,
  countName: string,
  listName: string,
): number {
  if (countName !== '') return count?.int(3) ?? 1
  return listName === '' ? 1 : (types?.message(1)?.ints(6).length ?? 1)
}
