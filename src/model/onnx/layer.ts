// The seam of the layers: what a kind of layer is given, and what it adds to the graph. One file of
// layers/ a group of them; layers/table.ts has them by class name.
import type { Shape } from '../../domain/tensor.ts'
import type { ModelError } from '../../errors.ts'
import type { Graph } from './graph.ts'
import type { Settings } from './settings.ts'
import type { Value } from './value.ts'

/** One call of a layer; a shared layer is called several times. */
export interface LayerCall {
  readonly name: string
  readonly settings: Settings
  readonly graph: Graph
  /** At least one. */
  readonly inputs: readonly [Value, ...Value[]]
  /**
   * A weight of this layer by its last name ('kernel'); not to be written to.
   * @throws DDNN_MODEL_DAMAGED when it is missing, or of another shape.
   */
  readonly weight: (name: string, shape: Shape) => Float32Array
  /** The error of what shows only with the shapes: an engine without this layer as it is set. */
  readonly refusal: (what: string) => ModelError
}

export interface LayerKind {
  /** What of these settings is not known here, in a few words; undefined where all is. */
  readonly refuses?: (settings: Settings) => string | undefined
  /** Adds the layer's nodes. @throws DDNN_MODEL_DAMAGED when its shapes do not fit. */
  apply(call: LayerCall): Value
}

/** Settings that are not known whatever the layer: channels first, and what only training does. */
export function refusesChannelsFirst(settings: Settings): string | undefined {
  const format = settings.get('data_format')
  return format === 'channels_first' || format === 'channelsFirst' ? 'channels first' : undefined
}
