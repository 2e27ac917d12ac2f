// A tensor of the graph that a layers model is compiled into: its shape as the model means it, and how
// it lies in memory. Convolutions want the channels first; the model speaks of them as the last.
import { sizeOf, type Shape } from '../../domain/tensor.ts'

/**
 * `plain`: as the model has it. `channels-first`: the channels moved to the front, `[N, c, h, w]` of
 * `[N, h, w, c]`. `flatOf`: a vector made of a channels-first tensor whose plain shape is given, so that
 * its values stand in another order than the model's Flatten has them.
 */
type Stored = 'plain' | 'channels-first' | { readonly flatOf: Shape }

export interface Value {
  /** Of the tensor in the graph. */
  readonly name: string
  /** Of one sample, channels last. */
  readonly shape: Shape
  readonly stored: Stored
}

/** Axis in memory of an axis of the model, both counted with the batch as 0. */
export function storedAxis({ shape, stored }: Value, axis: number): number {
  if (stored !== 'channels-first' || axis === 0) return axis
  return axis === shape.length ? 1 : axis + 1
}

/** Shape of one sample in memory. */
export function storedShape({ shape, stored }: Value): Shape {
  return stored === 'channels-first' ? channelsToFront(shape) : shape
}

export function channelsToFront(shape: Shape): number[] {
  return [...shape.slice(-1), ...shape.slice(0, -1)]
}

/** Whether moving the channels changes the order of the values at all. */
export function isOrderSame(shape: Shape): boolean {
  const channels = shape.at(-1) ?? 1
  return channels === 1 || sizeOf(shape) === channels
}
