// How many classes a network tells apart, by the shape of what it gives for one image.
import { sizeOf, type Shape } from '../../domain/tensor.ts'

/** 0 where that is no vector, as `[classes]` and `[1, 1, classes]` are. */
export function classesOf(shape: Shape): number {
  const classes = sizeOf(shape)
  if (!shape.some((axis) => axis === classes)) return 0
  // One sigmoid unit tells two classes apart.
  return classes === 1 ? 2 : classes
}
