// The original's form of the wire: JSON text without headers or key. Requests are nested lists with a
// batch axis (json-tensor.ts), replies objects with seconds (json-reply.ts).
import { describeShape, sizeOf, type Tensor } from '../../domain/tensor.ts'
import { scaledTo, widen } from '../../domain/widen.ts'
import { FrameError } from '../../errors.ts'
import { maxRequestBytes } from './limits.ts'
import { parseJsonReply, writeJsonReply } from './json-reply.ts'
import { readNumbers, scanLists, skipSpace, writeLists } from './json-tensor.ts'
import { assertFinite, assertSlot } from './slot.ts'
import type { EncodedTensor, Wire } from './wire.ts'

/** An original's network takes pixel / 255, whatever ours does. */
const pixelTable = scaledTo(1 / 255)

/** The JSON form. Stateless: one serves a whole process. */
export const jsonWire: Wire = {
  form: 'json',
  carriesBudget: false,
  correlates: false,

  /** What starts with '[' or '{' (after white space) and comes without a version. */
  recognises(value, wireVersion) {
    const first = value[skipSpace(value, 0)]
    return wireVersion === undefined && (first === 0x5b || first === 0x7b)
  },

  maxRequestBytes(shape) {
    return maxRequestBytes(shape, 'json')
  },

  encodeRequest(tensor, { codec = 'float32' }) {
    if (codec !== 'float32') {
      throw new FrameError('DDNN_FRAME_SHAPE', `Expected float32 for the JSON form, got ${codec}`, {
        hint: 'Pass --feature-codec float32 with --wire-front json, whose numbers are all there is',
      })
    }
    return writeLists(floatsOf(tensor), tensor.shape)
  },

  decodeRequest(value, limits) {
    const { shape, end } = scanLists(value, 0, limits.maxElements)
    if (skipSpace(value, end) !== value.length) {
      throw new FrameError(
        'DDNN_FRAME_MALFORMED',
        `Expected nothing after the JSON lists, got bytes at ${end}`,
      )
    }
    const [batch, ...axes] = shape
    if (batch !== 1) {
      throw new FrameError(
        'DDNN_FRAME_SHAPE',
        `Expected a batch axis of 1, got ${describeShape(shape)}`,
      )
    }
    return {
      form: 'json',
      family: undefined,
      labelsHash: undefined,
      dtype: 'float32',
      shape: axes,
      codec: 'raw',
      bytes: new Uint8Array(0),
      write(slot) {
        assertSlot(slot, sizeOf(axes))
        readNumbers(value, 0, slot)
        // Python's json writes NaN and Infinity, and 1e39 is one as a float32.
        assertFinite(slot, axes)
      },
    }
  },

  encodeReply(reply) {
    return Buffer.from(writeJsonReply(reply))
  },

  decodeReply(value) {
    return parseJsonReply(value)
  },
}

function floatsOf(tensor: Tensor | EncodedTensor): Float32Array {
  if ('codec' in tensor) {
    throw new FrameError(
      'DDNN_FRAME_SHAPE',
      `Expected a decoded image for the JSON form, got ${tensor.codec}`,
      { hint: 'Pass --send uint8 or float32 with --wire-front json' },
    )
  }
  const { data, dtype, shape } = tensor
  if (data.length !== sizeOf(shape)) {
    throw new FrameError(
      'DDNN_FRAME_SHAPE',
      `Expected ${sizeOf(shape)} elements of ${describeShape(shape)}, got ${data.length}`,
    )
  }
  if (dtype === 'float32') return data
  const floats = new Float32Array(data.length)
  widen(data, floats, pixelTable)
  return floats
}
