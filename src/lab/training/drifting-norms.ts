// Normalisations that a recipe freezes while what stands in front of them learns on: their statistics stay, and fit less
// and less to what comes.
import type { LayersModel } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import type { TrainContext } from './context.ts'
import { frozenFrom } from './layer-names.ts'

type Layer = LayersModel['layers'][number]

interface DriftingNorm {
  readonly layer: string
  /** The last one in front of it that learns longer. */
  readonly behind: string
  /** Share of the run from which the statistics stay. */
  readonly from: number
}

/** In the order of the model's layers. */
export function driftingNorms(
  { layers }: Pick<LayersModel, 'layers'>,
  freeze: Recipe['freeze'],
): readonly DriftingNorm[] {
  return layers.flatMap((layer): DriftingNorm[] => {
    const from = frozenFrom(freeze, layer.name)
    if (layer.getClassName() !== 'BatchNormalization' || from === Infinity) return []
    const before = layersBefore(layer)
    const learning = layers.findLast(
      (other) =>
        before.has(other) &&
        other.trainableWeights.length > 0 &&
        frozenFrom(freeze, other.name) > from,
    )
    return learning === undefined ? [] : [{ layer: layer.name, behind: learning.name, from }]
  })
}

function layersBefore(layer: Layer, found = new Set<Layer>()): ReadonlySet<Layer> {
  for (const { inboundLayers } of layer.inboundNodes) {
    for (const before of inboundLayers) {
      if (found.has(before)) continue
      found.add(before)
      layersBefore(before, found)
    }
  }
  return found
}

/** Some mean it, at low rates; at high ones training breaks down without a number that is none. */
export function warnOfDrift(
  model: LayersModel,
  { freeze }: Pick<Recipe, 'freeze'>,
  log: TrainContext['log'],
): void {
  const drifting = driftingNorms(model, freeze)
  if (drifting.length === 0) return
  log.warn(
    { drifting },
    'recipe.freeze keeps the statistics of normalisations while layers in front of them learn on: at high learning rates the network forgets what it knew; freeze these as early, or the normalisations as late',
  )
}
