// Layers of models within a model may be called as layers beside them: each gets a name of its own, since tfjs
// tells layers and their weights apart by name.
import { freeName } from '../../free-name.ts'
import type { Tf } from '../../networks/network.ts'
import type { Layer, LayerCall } from './flatten-layers.ts'

/** The same calls; a layer whose name another one has is replaced by a copy of it, weights and all. */
export function separateNames(tf: Tf, calls: readonly LayerCall[]): readonly LayerCall[] {
  const names = new Set<string>()
  const layers = new Map<Layer, Layer>()
  for (const { layer } of calls) {
    if (layers.has(layer)) continue
    const name = freeName(layer.name, (each) => names.has(each))
    names.add(name)
    layers.set(layer, name === layer.name ? layer : copyOf(tf, layer, name))
  }
  return calls.map((call) => ({ ...call, layer: layers.get(call.layer) ?? call.layer }))
}

function copyOf(tf: Tf, layer: Layer, name: string): Layer {
  const kind = layer.constructor as unknown as {
    fromConfig(kind: unknown, config: object): Layer
  }
  const copy = kind.fromConfig(kind, { ...layer.getConfig(), name })
  const shapes = (layer.inboundNodes[0]?.inputShapes ?? []) as (number | null)[][]
  const inputs = shapes.map((shape) => tf.input({ batchShape: shape }))
  const [only] = inputs
  copy.apply(inputs.length === 1 && only !== undefined ? only : inputs)
  copy.setWeights(layer.getWeights())
  return copy
}
