// A backbone of layers with all its exits as one model whose weights learn, and its pieces with the weights that it
// has by then. It has a copy of the layers: the backbone itself stays as it was opened.
import type { Backbone, Dense, ExitHead } from '../../../model/backbone/backbone.ts'
import { flattenLayers } from '../../../model/backbone/layers/flatten-layers.ts'
import { applyCalls, applyHead, savePiece } from '../../../model/backbone/layers/write-layers.ts'
import { nodesFor } from '../../../model/backbone/op-graph.ts'
import type { LayersModel, SymbolicTensor, Tf } from '../../../model/networks/network.ts'
import { modelFiles } from '../../../model/weights.ts'
import { normaliseFirstAxis } from './first-axis-norm.ts'
import { applyOwnLogits } from './own-logits.ts'
import type { ExitPlace } from './places.ts'
import { channelsOf } from './pooled-features.ts'
import { withProbeFolder } from './probe-folder.ts'

interface JointLayers {
  /** From images as the network takes them to the logits of all exits. */
  readonly model: LayersModel
  /** As they are in the model; undefined where the own classifier answers. */
  readHeads(): (ExitHead | undefined)[]
  readonly writePiece: Backbone['writePiece']
  dispose(): void
}

export async function openJointLayers(
  tf: Tf,
  backbone: Backbone,
  places: readonly ExitPlace[],
  heads: readonly (ExitHead | undefined)[],
): Promise<JointLayers> {
  // Up to the last place, with weights of its own; it gives the tensors of all places.
  const copy = await withProbeFolder(backbone, places, (folder) =>
    tf.loadLayersModel(modelFiles(folder)),
  )
  // Whoever made the network may have frozen layers for a training of their own.
  for (const layer of copy.layers) {
    layer.trainable = true
    normaliseFirstAxis(tf, layer)
  }
  const input = copy.inputs[0] as SymbolicTensor
  const flat = flattenLayers(copy, input.name)
  const graph = { nodes: flat.calls, input: input.name, output: flat.outputs.at(-1) ?? '' }
  const taken = new Set(copy.layers.map(({ name }) => name))
  const logits = places.map(({ cut, isOwn }, i) => {
    const on = copy.outputs[i] as SymbolicTensor
    const head = heads[i]
    if (isOwn || head === undefined) {
      const others = copy.outputs.filter((_, at) => at !== i)
      return applyOwnLogits(tf, on, channelsOf(cut), backbone.gives, others)
    }
    const made = applyHead(tf, on, head, cut.layout === 'nchw', taken)
    for (let layer = made.sourceLayer; !taken.has(layer.name); layer = sourceOf(layer)) {
      taken.add(layer.name)
    }
    return made
  })
  const model = tf.model({ inputs: input, outputs: logits })
  const shapeOf = (i: number) => (copy.outputs[i] as SymbolicTensor).shape.slice(1)
  const indexOf = (name: string) => places.findIndex(({ cut }) => cut.name === name)
  return {
    model,
    readHeads: () =>
      logits.map((made, i) => {
        const { hidden } = heads[i] ?? {}
        if (heads[i] === undefined) return undefined
        const last = made.sourceLayer
        return {
          hidden: hidden === undefined ? undefined : readDense(sourceOf(last)),
          logits: readDense(last),
        }
      }),
    writePiece: (folder, { from, to, head, isLast }) => {
      const shape = from === undefined ? input.shape.slice(1) : shapeOf(indexOf(from))
      // The copy's input has a name that none of its layers has.
      const start = tf.input({ shape: [...shape], name: input.sourceLayer.name })
      const given = from === undefined ? input.name : (flat.outputs[indexOf(from)] as string)
      const at = to === undefined ? places.length - 1 : indexOf(to)
      const wanted = flat.outputs[at] as string
      const calls = nodesFor(graph, [wanted], [given])
      const end = applyCalls(calls, new Map([[given, start]])).get(wanted) as SymbolicTensor
      const isChannelsFirst = places[at]?.cut.layout === 'nchw'
      const names = new Set(copy.layers.map(({ name }) => name))
      return savePiece(tf, folder, { input: start, end, head, isChannelsFirst, names, isLast })
    },
    // The layers of the copy are all in it, and counted once.
    dispose: () => void model.dispose(),
  }
}

type Layer = SymbolicTensor['sourceLayer']

/** That gives what this one takes. */
function sourceOf(layer: Layer): Layer {
  return (layer.inboundNodes[0]?.inputTensors[0] as SymbolicTensor).sourceLayer
}

function readDense(layer: Layer): Dense {
  const [kernel, bias] = layer.getWeights()
  return {
    kernel: Float32Array.from(kernel?.dataSync() ?? []),
    bias: Float32Array.from(bias?.dataSync() ?? []),
  }
}
