// A part of a graph of TensorFlow's operations as a tfjs graph model: its nodes and weights, a placeholder
// where it was cut, and the nodes of an exit.
import { modelFiles } from '../../weights.ts'
import type { PartTensor, WholePart } from '../graph-form.ts'
import { nodesFor, type OpGraph } from '../op-graph.ts'
import { headNodes } from './exit-head.ts'
import {
  nodeName,
  tensorName,
  type GraphModelContent,
  type GraphWeight,
  type NodeJson,
  type ShapeJson,
  type TfNode,
} from './graph-json.ts'

interface GraphNetwork {
  readonly content: GraphModelContent
  readonly graph: OpGraph<TfNode>
}

/** @returns names of the outputs: numbered, so that whoever reads the file knows their order. */
export async function writeGraphPart(
  folder: string,
  { content, graph }: GraphNetwork,
  part: WholePart,
): Promise<readonly string[]> {
  const { from, outputs, head } = part
  const names = outputs.map(({ name }) => name)
  const needed = nodesFor(graph, names, [from?.name ?? graph.input])
  const made = head === undefined ? undefined : headNodes(head.on, head.weights, graph)
  const nodes = [...inputNodes(content, graph, part), ...needed.map(({ json }) => json)]
  const renamed = nodes.map((node) => withInputs(node, from))
  const given = [
    ...(part.isFeaturesGiven ? names : []),
    ...(made === undefined ? [] : [made.logits]),
  ]
  const tensors = given.map((name) => ({ name: name.includes(':') ? name : `${name}:0` }))
  const keys = given.map((_, i) => `output_${i}`)
  const all = [...renamed, ...(made?.nodes ?? [])]
  const weights = [...weightsOf(content, all), ...(made?.weights ?? [])]
  await modelFiles(folder).save?.({
    format: 'graph-model',
    generatedBy: 'ddnn',
    modelTopology: { node: all, ...libraryOf(content, all), versions: {} },
    signature: {
      inputs: { input: { name: `${placeholderName(from?.name ?? graph.input)}:0` } },
      outputs: Object.fromEntries(tensors.map((tensor, i) => [`output_${i}`, tensor])),
    },
    weightSpecs: weights.map(({ spec }) => spec),
    weightData: join(weights),
  })
  return keys
}

function inputNodes(
  { nodes }: GraphModelContent,
  { input }: OpGraph,
  { from, batch }: WholePart,
): readonly NodeJson[] {
  if (from === undefined) return nodes.filter(({ name }) => name === input)
  const dim = [batch, ...(from.shape ?? [])].map((size) => ({ size: String(size ?? -1) }))
  const shape: ShapeJson = { dim }
  const attr = { dtype: { type: 'DT_FLOAT' }, shape: { shape } }
  return [{ name: placeholderName(from.name), op: 'Placeholder', attr }]
}

/** A placeholder has one output, and what it stands for may be the second one of its node. */
function placeholderName(tensor: string): string {
  return tensor.replace(/:(\d+)$/, '_output_$1')
}

function withInputs(node: NodeJson, from: PartTensor | undefined): NodeJson {
  if (node.input === undefined) return node
  const input = node.input
    .filter((name) => !name.startsWith('^'))
    .map((name) => (tensorName(name) === from?.name ? placeholderName(from.name) : name))
  return { ...node, input }
}

/** Weights of these nodes, and of the functions that they call: branches and loops. */
function weightsOf(content: GraphModelContent, nodes: readonly NodeJson[]): readonly GraphWeight[] {
  const inside = callsFunctions(nodes)
    ? (content.library?.function ?? []).flatMap(({ nodeDef = [] }) => nodeDef)
    : []
  const names = new Set([...nodes, ...inside].map(({ name }) => nodeName(name)))
  return [...content.weights].filter(([name]) => names.has(name)).map(([, weight]) => weight)
}

function libraryOf({ library }: GraphModelContent, nodes: readonly NodeJson[]): object {
  return library !== undefined && callsFunctions(nodes) ? { library } : {}
}

function callsFunctions(nodes: readonly NodeJson[]): boolean {
  return nodes.some(({ attr = {} }) =>
    Object.values(attr).some(
      ({ func, list }) => func !== undefined || list?.['func'] !== undefined,
    ),
  )
}

function join(weights: readonly GraphWeight[]): ArrayBuffer {
  const length = weights.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
  const data = new Uint8Array(length)
  let at = 0
  for (const { bytes } of weights) {
    data.set(bytes, at)
    at += bytes.byteLength
  }
  return data.buffer
}
