// Calls of layers applied to an input of their own, and such a piece with its exit as a model of layers.
import type { io } from '@tensorflow/tfjs-core'
import { freeName } from '../../free-name.ts'
import { modelFiles } from '../../weights.ts'
import type { LayersModel, SymbolicTensor, Tf } from '../../networks/network.ts'
import type { Dense, ExitHead } from '../backbone.ts'
import type { Layer, LayerCall } from './flatten-layers.ts'

/** Weights of their layers are shared, not copied. @returns tensors by name, `given` among them. */
export function applyCalls(
  calls: readonly LayerCall[],
  given: ReadonlyMap<string, SymbolicTensor>,
): Map<string, SymbolicTensor> {
  const tensors = new Map(given)
  for (const { layer, inputs, outputs, settings } of calls) {
    const values = inputs.map((name) => tensors.get(name) as SymbolicTensor)
    const [only] = values
    const made = layer.apply(values.length === 1 && only !== undefined ? only : values, {
      ...settings,
    }) as SymbolicTensor | SymbolicTensor[]
    for (const [i, tensor] of [made].flat().entries()) tensors.set(outputs[i] ?? '', tensor)
  }
  return tensors
}

interface LayersPiece {
  readonly input: SymbolicTensor
  readonly outputs: readonly SymbolicTensor[]
}

/** @returns names of the outputs. */
export async function saveLayers(
  tf: Tf,
  folder: string,
  { input, outputs }: LayersPiece,
): Promise<readonly string[]> {
  const model: LayersModel = tf.model({ inputs: input, outputs: [...outputs], name: 'piece' })
  const files = modelFiles(folder)
  await model.save({
    save: async (artifacts) => {
      sayMultipliers(artifacts.modelTopology, model)
      return (await files.save?.(artifacts)) as io.SaveResult
    },
  })
  const names = model.outputNames
  // Layers that the network itself still has keep their weights.
  model.dispose()
  return names
}

/** tfjs 4.22 forgets `depth_multiplier` of a SeparableConv2D as it writes its settings. */
function sayMultipliers(topology: object | ArrayBuffer | undefined, model: LayersModel): void {
  const written = topology as { config?: { layers?: readonly WrittenLayer[] } } | undefined
  for (const { class_name: kind, config } of written?.config?.layers ?? []) {
    if (kind !== 'SeparableConv2D') continue
    const layer = model.getLayer(String(config['name'])) as { readonly depthMultiplier?: number }
    config['depth_multiplier'] = layer.depthMultiplier ?? 1
  }
}

interface WrittenLayer {
  readonly class_name: string
  readonly config: Record<string, unknown>
}

interface ExitPiece {
  readonly input: SymbolicTensor
  /** The last tensor of it. */
  readonly end: SymbolicTensor
  readonly head: ExitHead | undefined
  readonly isChannelsFirst: boolean
  /** Of the network's layers, which those of the head are told apart from. */
  readonly names: ReadonlySet<string>
  readonly isLast: boolean
}

/** A piece with its exit: features and logits, or logits alone of the last one. @returns names of the outputs. */
export function savePiece(
  tf: Tf,
  folder: string,
  { input, end, head, isChannelsFirst, names, isLast }: ExitPiece,
): Promise<readonly string[]> {
  const logits = head === undefined ? [] : [applyHead(tf, end, head, isChannelsFirst, names)]
  const outputs = isLast && logits.length > 0 ? logits : [end, ...logits]
  return saveLayers(tf, folder, { input, outputs })
}

/** An exit on a tensor: the average over the places of each channel, and dense layers of it. */
export function applyHead(
  tf: Tf,
  on: SymbolicTensor,
  head: ExitHead,
  isChannelsFirst: boolean,
  taken: ReadonlySet<string>,
): SymbolicTensor {
  const named = (name: string) => freeName(name, (each) => taken.has(each))
  const dense = (value: SymbolicTensor, weights: Dense, name: string, isHidden: boolean) => {
    const units = weights.bias.length
    const activation = isHidden ? 'relu' : 'linear'
    const layer: Layer = tf.layers.dense({ units, activation, name: named(name) })
    const result = layer.apply(value) as SymbolicTensor
    const kernel = tf.tensor(weights.kernel, [weights.kernel.length / units, units])
    const bias = tf.tensor(weights.bias)
    layer.setWeights([kernel, bias])
    tf.dispose([kernel, bias])
    return result
  }
  let value = on
  const name = named('exit_average')
  const dataFormat = isChannelsFirst ? 'channelsFirst' : 'channelsLast'
  if (on.rank === 4) {
    value = tf.layers.globalAveragePooling2d({ dataFormat, name }).apply(on) as SymbolicTensor
  } else if (on.rank === 3) {
    value = tf.layers.globalAveragePooling1d({ name }).apply(on) as SymbolicTensor
  }
  if (head.hidden !== undefined) value = dense(value, head.hidden, 'exit_hidden', true)
  return dense(value, head.logits, 'exit_logits', false)
}
