// Tensors as plain data: what the wire carries and the engines take. No runtime's tensor leaves its
// engine file.

export const dtypes = ['float32', 'uint8'] as const
export type DType = (typeof dtypes)[number]

/** Sizes of the axes, row-major, without the batch axis unless a comment says so. */
export type Shape = readonly number[]

interface Float32Tensor {
  readonly dtype: 'float32'
  readonly shape: Shape
  readonly data: Float32Array
}

export interface Uint8Tensor {
  readonly dtype: 'uint8'
  readonly shape: Shape
  readonly data: Uint8Array
}

/** One sample's tensor: `data.length` is the product of `shape`. */
export type Tensor = Float32Tensor | Uint8Tensor

export const bytesPerElement: Readonly<Record<DType, number>> = { float32: 4, uint8: 1 }

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, axis) => product * axis, 1)
}

export function isSameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i])
}

/** '180x180x3', for messages. */
export function describeShape(shape: Shape): string {
  return shape.length === 0 ? 'scalar' : shape.join('x')
}
