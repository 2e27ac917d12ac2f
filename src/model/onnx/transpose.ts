// Constants with their axes in another order: kernels lie channels last in tfjs, channels first in ONNX.
import { sizeOf, type Shape } from '../../domain/tensor.ts'

/** A copy whose axis `i` is the given axis `order[i]`; row-major, as all arrays here. */
export function transpose(
  data: Float32Array,
  shape: Shape,
  order: readonly number[],
): { readonly data: Float32Array; readonly shape: Shape } {
  const sizes = order.map((axis) => shape[axis] ?? 1)
  const steps = order.map((axis) => sizeOf(shape.slice(axis + 1)))
  const result = new Float32Array(data.length)
  const last = order.length - 1
  const run = sizes[last] ?? 1
  const step = steps[last] ?? 1
  const at = new Array<number>(Math.max(last, 0)).fill(0)
  let from = 0
  for (let to = 0; to < result.length; to += run) {
    if (step === 1) result.set(data.subarray(from, from + run), to)
    else for (let k = 0; k < run; k++) result[to + k] = data[from + k * step] as number
    // On to the next row: the last axis that is not at its end moves, all behind it start again.
    for (let axis = last - 1; axis >= 0; axis--) {
      const next = (at[axis] as number) + 1
      const size = sizes[axis] as number
      from += steps[axis] as number
      at[axis] = next
      if (next < size) break
      from -= size * (steps[axis] as number)
      at[axis] = 0
    }
  }
  return { data: result, shape: sizes }
}
