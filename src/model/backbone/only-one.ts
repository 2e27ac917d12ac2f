// A backbone takes one image and gives one answer: which input and which output those are.
import { ModelError } from '../../errors.ts'
import { dataNodes, isAlias, type OpNode } from './op-graph.ts'

/** @throws DDNN_MODEL_DAMAGED when there is none, or more than one. */
export function onlyInput<T extends { readonly name: string }>(
  path: string,
  inputs: readonly T[],
): T {
  const [only] = inputs
  if (only !== undefined && inputs.length === 1) return only
  throw notOne(path, 'input', inputs, 'Export the network with the image as its only input')
}

export interface NetworkOutput {
  readonly name: string
  /** 'float32'; '' or left out where the file does not say. */
  readonly dtype?: string
}

/**
 * The tensor that the network gives. Of several outputs it is the one that all the others are on the way to, as
 * features are on the way to logits; a label beside the scores, which is no float, does not count.
 * @throws DDNN_MODEL_DAMAGED when none is made of the input, or several stand side by side.
 */
export function lastOutput(
  path: string,
  nodes: readonly OpNode[],
  input: string,
  all: readonly NetworkOutput[],
): string {
  const outputs = floatsOf(all)
  const onTheWay = new Map(
    outputs.map(({ name }) => {
      const tensors = dataNodes({ nodes, input, output: name }).flatMap((node) => node.outputs)
      return [name, new Set(tensors)] as const
    }),
  )
  const made = outputs.filter(({ name }) => (onTheWay.get(name)?.size ?? 0) > 0)
  const origins = made.map(({ name }) => behindAliases(name, nodes))
  const last = made.filter(({ name }) => origins.every((each) => onTheWay.get(name)?.has(each)))
  const [only] = last
  if (only !== undefined && last.length === 1) return only.name
  const hint =
    made.length === 0
      ? 'Export the network again, with the image as its input and the logits as its output'
      : 'Export the network with its last output only'
  throw notOne(path, 'output that is made of its input', made, hint)
}

/** Those that are floats or may be; all where none is. */
export function floatsOf<T extends Pick<NetworkOutput, 'dtype'>>(
  outputs: readonly T[],
): readonly T[] {
  const floats = outputs.filter(({ dtype = '' }) => dtype === '' || /float|^half/.test(dtype))
  return floats.length > 0 ? floats : outputs
}

function behindAliases(tensor: string, nodes: readonly OpNode[]): string {
  const node = nodes.find(({ outputs }) => outputs.includes(tensor))
  return node !== undefined && isAlias(node) ? behindAliases(node.inputs[0] ?? '', nodes) : tensor
}

function notOne(
  path: string,
  what: string,
  found: readonly { readonly name: string }[],
  hint: string,
): ModelError {
  const names = found.map(({ name }) => name).join(', ')
  const got = found.length === 0 ? 'none' : `${found.length} (${names})`
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${path}' to have one ${what}, got ${got}`,
    { hint },
  )
}
