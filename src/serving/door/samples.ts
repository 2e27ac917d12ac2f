// The samples of a request: its one input tensor, looked at as pixels, as numbers of the network or as image
// files. Nothing is copied before the shape is known to fit.
import { isEveryFinite } from '../../domain/finite.ts'
import { isSameShape, sizeOf, type Tensor } from '../../domain/tensor.ts'
import type { ImageDecoder } from '../../input/input.ts'
import { toDdnnError } from '../../errors.ts'
import type { DoorModel } from './door.ts'
import { DoorError, type BytesTensor, type InferTensor, type NumbersTensor } from './protocol.ts'
import { elementSizes } from './raw-tensor.ts'

/** The images of a request, each made only when it is its turn. */
export interface Samples {
  readonly count: number
  /** uint8 or float32, without the batch axis. @throws DoorError 'invalid' for what is no image or no number. */
  read(index: number): Promise<Tensor>
}

/**
 * Takes UINT8 `[N, height, width, 3]` and INT32, INT64 of the same values, FP32 and FP64 `[N, ...input]` as the
 * network takes them, and BYTES `[N]` or `[N, 1]` of image files. The batch axis of numbers may be left out.
 * @throws DoorError 'invalid' for another number of inputs, shape or datatype than the model takes.
 */
export function samplesOf(
  inputs: readonly InferTensor[],
  model: DoorModel,
  decoder: ImageDecoder,
): Samples {
  const [tensor] = inputs
  if (tensor === undefined || inputs.length > 1) {
    throw invalid(`Expected one input, got ${inputs.length}`, `Send one ${describe(model)}`)
  }
  const { datatype } = tensor
  if (datatype === 'BYTES') return filesOf(tensor, model, decoder)
  switch (datatype) {
    case 'FP32':
    case 'FP64':
      return numbersOf(tensor, model, (data) => toFloats(data, datatype))
    case 'UINT8':
    case 'INT32':
    case 'INT64':
      if (!model.takesImages) throw otherType(tensor, model)
      return numbersOf(tensor, model, (data) => toPixels(data, datatype))
    case 'BOOL':
      throw otherType(tensor, model)
  }
}

function numbersOf(
  tensor: NumbersTensor,
  model: DoorModel,
  convert: (data: Uint8Array) => Uint8Array | Float32Array,
): Samples {
  const { name, datatype, shape, data } = tensor
  const isOne = isSameShape(shape, model.input)
  if (!isOne && !isSameShape(shape.slice(1), model.input)) throw otherShape(tensor, model)
  const count = isOne ? 1 : (shape[0] ?? 0)
  assertSome(name, count)
  const bytes = sizeOf(model.input) * elementSizes[datatype]
  if (data.byteLength !== count * bytes) {
    throw invalid(
      `Expected input '${name}' to have ${count * bytes} bytes for ${datatype} ${shown(shape)}, got ${data.byteLength}`,
    )
  }
  return {
    count,
    // eslint-disable-next-line @typescript-eslint/require-await -- what is refused is refused as a promise
    read: async (index) => {
      const values = convert(data.subarray(index * bytes, (index + 1) * bytes))
      if (values instanceof Uint8Array) return { dtype: 'uint8', shape: model.input, data: values }
      if (!isEveryFinite(values)) {
        throw invalid(
          `Expected finite numbers in input '${name}', got others in ${nth(index, count)}`,
        )
      }
      return { dtype: 'float32', shape: model.input, data: values }
    },
  }
}

function filesOf(tensor: BytesTensor, model: DoorModel, decoder: ImageDecoder): Samples {
  const { name, shape, elements } = tensor
  // Files decode to red, green and blue.
  if (!model.takesImages || model.input[2] !== 3) throw otherType(tensor, model)
  const [count = 0, one = 1] = shape
  if (shape.length < 1 || shape.length > 2 || one !== 1 || count !== elements.length) {
    throw invalid(
      `Expected input '${name}' of BYTES to be [N] or [N,1] image files, got ${shown(shape)} with ${elements.length}`,
    )
  }
  assertSome(name, count)
  const [height = 0, width = 0] = model.input
  return {
    count,
    read: async (index) => {
      const file = elements[index] ?? new Uint8Array()
      try {
        const data = await decoder(file, height, width, model.orientation)
        return { dtype: 'uint8', shape: model.input, data }
      } catch (thrown) {
        const { code, message, hint } = toDdnnError(thrown)
        if (!code.startsWith('DDNN_INPUT_')) throw thrown
        const where = count === 1 ? `input '${name}'` : `${nth(index, count)} of input '${name}'`
        throw new DoorError('invalid', code, `${where}: ${message}`, { hint, cause: thrown })
      }
    },
  }
}

/** float32 in memory of its own: views of a body need not be aligned. */
function toFloats(data: Uint8Array, datatype: 'FP32' | 'FP64'): Float32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const width = elementSizes[datatype]
  const values = new Float32Array(data.byteLength / width)
  const isDouble = datatype === 'FP64'
  for (let i = 0; i < values.length; i++) {
    values[i] = isDouble ? view.getFloat64(i * 8, true) : view.getFloat32(i * 4, true)
  }
  return values
}

/** UINT8 as it stands in the body; integers as uint8. */
function toPixels(data: Uint8Array, datatype: 'UINT8' | 'INT32' | 'INT64'): Uint8Array {
  if (datatype === 'UINT8') return data
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const width = elementSizes[datatype]
  const pixels = new Uint8Array(data.byteLength / width)
  for (let i = 0; i < pixels.length; i++) {
    const value =
      datatype === 'INT64' ? Number(view.getBigInt64(i * 8, true)) : view.getInt32(i * 4, true)
    if (value < 0 || value > 255) {
      throw invalid(
        `Expected pixels from 0 to 255 of ${datatype}, got ${value}`,
        'Send what the network takes as FP32',
      )
    }
    pixels[i] = value
  }
  return pixels
}

function assertSome(name: string, count: number): void {
  if (count < 1) throw invalid(`Expected at least one image in input '${name}', got none`)
}

function otherShape({ name, datatype, shape }: NumbersTensor, model: DoorModel): DoorError {
  const hint = model.takesImages
    ? 'Send image files as BYTES: they are resized here'
    : `Send one ${describe(model)}`
  return invalid(
    `Expected input '${name}' to be ${datatype} ${shown(['N', ...model.input])}, got ${shown(shape)}`,
    hint,
  )
}

function otherType({ name, datatype }: InferTensor, model: DoorModel): DoorError {
  return invalid(`Expected input '${name}' to be ${describe(model)}, got ${datatype}`)
}

function describe({ takesImages, input }: DoorModel): string {
  const shape = shown(['N', ...input])
  return takesImages
    ? `UINT8 ${shape}, FP32 ${shape} or BYTES [N] of image files`
    : `FP32 ${shape}, which are features`
}

function nth(index: number, count: number): string {
  return count === 1 ? 'the image' : `image ${index + 1} of ${count}`
}

function shown(shape: readonly (number | string)[]): string {
  return `[${shape.join(',')}]`
}

function invalid(message: string, hint?: string): DoorError {
  return new DoorError('invalid', 'DDNN_FRAME_SHAPE', message, { hint })
}
