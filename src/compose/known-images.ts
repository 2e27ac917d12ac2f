// What is known of the images that a model takes: by models of this process, or by what a tier in front told.
import type { Orientation } from '../domain/orientation.ts'
import type { Shape } from '../domain/tensor.ts'
import type { KnownTier } from '../serving/device/fits.ts'
import type { Stage } from '../serving/engine/engine.ts'

/** Each undefined where nobody tells it. */
export interface KnownImages {
  readonly height: number | undefined
  readonly width: number | undefined
  readonly labels: readonly string[] | undefined
  /** Of photos that are stored turned. */
  readonly orientation: Orientation | undefined
}

/** By the manifest of the first submodel, else by what it takes. */
export function imagesOfModels(
  models:
    | {
        readonly stages: readonly Pick<Stage, 'spec' | 'shapes'>[]
        readonly labels: readonly string[] | undefined
      }
    | undefined,
): KnownImages {
  const [first] = models?.stages ?? []
  const said = first?.spec.preprocessing
  const size = sizeOfImage(first?.shapes.input)
  return {
    height: said?.height ?? size?.height,
    width: said?.width ?? size?.width,
    labels: models?.labels,
    orientation: first?.spec.preprocessing?.orientation,
  }
}

/** Undefined of a tier that told nothing. */
export function imagesOfTier(tier: KnownTier | undefined): KnownImages | undefined {
  if (tier === undefined) return undefined
  const { input, labels, orientation } = tier.about
  const size = sizeOfImage(input)
  return { height: size?.height, width: size?.width, labels, orientation }
}

/** Undefined of what is no image of three channels: features, or a vector. */
function sizeOfImage(input: Shape = []): { height: number; width: number } | undefined {
  const [height, width, channels] = input
  if (input.length !== 3 || channels !== 3) return undefined
  return height === undefined || width === undefined ? undefined : { height, width }
}
