// A tfjs layers model as a backbone: its own layers say their shapes, so nothing needs to be run.
import { sizeOf } from '../../../domain/tensor.ts'
import { freeName } from '../../free-name.ts'
import { callMultiplyAdds } from '../../multiply-adds.ts'
import type { LayersModel, SymbolicTensor, Tf } from '../../networks/network.ts'
import { endOfLayer } from '../../operation-ends.ts'
import { modelFiles } from '../../weights.ts'
import type { Backbone, BackboneCut, DescribeOutputs } from '../backbone.ts'
import { classesOf } from '../classes-of.ts'
import { doesNotRun } from '../does-not-run.ts'
import { findCut } from '../find-cut.ts'
import { inputLayout } from '../input-layout.ts'
import { lastOutput, onlyInput } from '../only-one.ts'
import { dataNodes, findCuts, isAlias, nodesFor, waysAround, type OpGraph } from '../op-graph.ts'
import { imageShape, type ImageSides } from '../sides.ts'
import { activationOf, flattenLayers, type LayerCall } from './flatten-layers.ts'
import { separateNames } from './separate-names.ts'
import { applyCalls, saveLayers, savePiece } from './write-layers.ts'

interface LayersGraph extends OpGraph<LayerCall> {
  /** Of one image; undefined axes are open. */
  readonly shape: readonly (number | undefined)[]
  readonly layout: 'nhwc' | 'nchw'
}

/**
 * The model's weights stay in `tf` as long as the process runs.
 * @throws DDNN_ENGINE_UNAVAILABLE when it has layers that tfjs has not, or has otherwise.
 * @throws DDNN_MODEL_DAMAGED when it does not load, or is no network that takes one image and gives one answer.
 */
export async function openLayersBackbone(
  folder: string,
  tf: Tf,
  describe: DescribeOutputs,
  sides: ImageSides | undefined,
): Promise<Backbone> {
  const model = await tf.loadLayersModel(modelFiles(folder)).catch((thrown: unknown) => {
    throw doesNotRun(folder, thrown)
  })
  const graph = readGraph(folder, model)
  const image = imageShape(graph.shape, graph.layout, sides)
  // Told by who runs it: layers that tfjs loads without a word, and computes otherwise than Keras.
  await describe(folder, 'tfjs-layers', [model.inputs[0]?.shape[0] ?? 1, ...image])
  const calls = separateNames(tf, graph.nodes)
  const whole = { ...graph, nodes: calls }
  const names = new Set(calls.map(({ layer }) => layer.name))
  const inputName = freeName('image', (name) => names.has(name))
  const start = tf.input({ shape: [...image], name: inputName })
  const tensors = applyCalls(calls, new Map([[graph.input, start]]))
  const cuts = listCuts(whole, tensors)
  const shapeOf = (name: string) => tensors.get(name)?.shape.slice(1) ?? []
  const { output } = graph
  const build = (from: string | undefined, to: readonly string[]) => {
    const shape = from === undefined ? graph.shape.map((axis) => axis ?? null) : shapeOf(from)
    const input = tf.input({ shape: [...shape], name: inputName })
    const given = from ?? graph.input
    return { input, made: applyCalls(nodesFor(whole, to, [given]), new Map([[given, input]])) }
  }
  const last = calls.findLast(({ layer }) =>
    /^(Dense|Conv|SeparableConv|DepthwiseConv)/.test(layer.getClassName()),
  )
  return {
    format: 'tfjs-layers',
    input: {
      name: graph.input,
      shape: graph.shape,
      layout: graph.layout,
      batch: model.inputs[0]?.shape[0] ?? undefined,
      dtype: model.inputs[0]?.dtype ?? 'float32',
    },
    cuts,
    multiplyAdds: cuts.at(-1)?.multiplyAdds ?? 0,
    classes: classesOf(cuts.at(-1)?.shape ?? []),
    gives: givesProbabilities(calls, output) ? 'probabilities' : 'logits',
    lastFeatures: last === undefined ? output : featuresBefore(last, cuts, calls, output),
    cutAt: (name) => findCut(name, cuts, calls, (tensor) => waysAround(whole, tensor)),
    writeProbe: async (folderOfProbe, wanted) => {
      const { input, made } = build(undefined, wanted)
      const outputs = wanted.map((name) => made.get(name) as SymbolicTensor)
      await saveLayers(tf, folderOfProbe, { input, outputs })
    },
    writePiece: (folderOfPiece, { from, to = output, head, isLast }) => {
      const { input, made } = build(from, [to])
      const end = made.get(to) as SymbolicTensor
      const isChannelsFirst = cuts.find(({ name }) => name === to)?.layout === 'nchw'
      return savePiece(tf, folderOfPiece, { input, end, head, isChannelsFirst, names, isLast })
    },
  }
}

function readGraph(folder: string, model: LayersModel): LayersGraph {
  onlyInput(folder, model.inputs)
  const [input] = model.inputs
  const name = input?.name ?? 'image'
  const flat = flattenLayers(model, name)
  const { calls } = flat
  const outputs = flat.outputs.map((each) => ({ name: each }))
  const shape = (input?.shape ?? []).slice(1).map((axis) => axis ?? undefined)
  const layout = inputLayout(folder, shape)
  return {
    nodes: calls,
    input: name,
    output: lastOutput(folder, calls, name, outputs),
    shape,
    layout,
  }
}

function listCuts(
  graph: LayersGraph,
  tensors: ReadonlyMap<string, SymbolicTensor>,
): readonly BackboneCut[] {
  const names = new Set(findCuts(graph))
  const cuts: BackboneCut[] = []
  let multiplyAdds = 0
  for (const call of dataNodes(graph)) {
    const shapes = (list: readonly string[]) => list.map((name) => tensors.get(name)?.shape ?? [])
    multiplyAdds += callMultiplyAdds(call.layer, shapes(call.inputs), shapes(call.outputs))
    for (const name of call.outputs) {
      const isOutput = name === graph.output
      if (!names.has(name) || (isAlias(call) && !isOutput)) continue
      const shape = (tensors.get(name)?.shape ?? []).slice(1) as number[]
      const bytes = sizeOf(shape) * Float32Array.BYTES_PER_ELEMENT
      const layout = shape.length < 2 ? 'flat' : graph.layout
      cuts.push({ name, op: call.op, shape, layout, multiplyAdds, bytes })
    }
  }
  return cuts
}

function givesProbabilities(calls: readonly LayerCall[], output: string): boolean {
  const call = calls.find(({ outputs }) => outputs.includes(output))
  if (call === undefined) return false
  const end = endOfLayer(call.layer.getClassName(), activationOf(call.layer) ?? 'linear')
  if (end === 'before') return givesProbabilities(calls, call.inputs[0] ?? '')
  return end === 'probabilities'
}

/** What the last dense layer takes, or the convolution that does its work on a single place. */
function featuresBefore(
  last: LayerCall,
  cuts: readonly BackboneCut[],
  calls: readonly LayerCall[],
  output: string,
): string {
  const [, ...shape] = (last.layer.inboundNodes[0]?.outputShapes[0] ?? []) as (number | null)[]
  const isVector = last.layer.getClassName() === 'Dense' || shape.filter((n) => n !== 1).length <= 1
  // Without a softmax a network that ends with a convolution gives features.
  if (!isVector && !givesProbabilities(calls, output)) return output
  const at = calls.indexOf(last)
  const makers = new Map(calls.flatMap((call, i) => call.outputs.map((name) => [name, i])))
  return cuts.findLast(({ name }) => (makers.get(name) ?? 0) < at)?.name ?? output
}
