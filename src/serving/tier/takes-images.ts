// Whether a chain of submodels begins with images, whose uint8 values are scaled at its door; features are floats.
import type { Stage } from '../engine/engine.ts'

/** Of the first submodel. Without a manifest's word three axes that end with 1, 3 or 4 channels are an image. */
export function takesImages({ spec, shapes }: Pick<Stage, 'spec' | 'shapes'>): boolean {
  if (spec.place !== undefined) return spec.place.index === 0
  return shapes.input.length === 3 && [1, 3, 4].includes(shapes.input[2] ?? 0)
}
