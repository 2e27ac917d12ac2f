// A sample as it will travel: pixels, values of the user's own preprocessing, or an image file.
import { findNonFinite } from '../../domain/finite.ts'
import { sizeOf, type Tensor } from '../../domain/tensor.ts'
import { ConfigError, FrameError } from '../../errors.ts'
import type { ImageEncoder, Sample } from '../../input/input.ts'
import { imageCodecs, type EncodedTensor, type ImageCodec } from '../wire/wire.ts'

/** `own` is whatever the input gives: uint8 of our own resize, or what --preprocess makes. */
export type SendForm = 'uint8' | 'float32' | ImageCodec | 'own'

/** A form to send images in, with the quality of a new file where one is made. */
export interface SentForm<Send extends SendForm = SendForm> {
  readonly send: Send
  /** 1 to 100; a JPEG without it is the image's own file. */
  readonly quality?: number | undefined
}

export interface SendAs {
  readonly send: SendForm
  /** Makes the file of `send` from pixels of the network's size; a JPEG without it is the sample's own file. */
  readonly encode?: ImageEncoder | undefined
}

/** The sample as it will travel. float32 of pixels is float32(pixel / 255), as the original sends. */
export async function readAs(
  sample: Pick<Sample, 'read' | 'encoded'>,
  { send, encode }: SendAs,
): Promise<Tensor | EncodedTensor> {
  if (send === 'jpeg' && encode === undefined && sample.encoded !== undefined) {
    const file = await sample.encoded()
    // A tier takes no value that is larger than its input as float32: then the pixels are the smaller ones.
    if (file !== undefined && file.bytes.length <= 4 * sizeOf(file.shape)) {
      return { codec: 'jpeg', dtype: 'uint8', ...file }
    }
  }
  const tensor = await sample.read()
  if (tensor.dtype === 'float32') assertFinite(tensor.data)
  if (send === 'uint8' && tensor.dtype !== 'uint8') {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected uint8 values of --preprocess for --send uint8, got ${tensor.dtype}`,
      { hint: 'Leave --send out: then the values travel as the module gives them' },
    )
  }
  if (isImage(send) && encode !== undefined) return encodeImage(tensor, send, encode)
  if (send !== 'float32' || tensor.dtype === 'float32') return tensor
  const data = Float32Array.from(tensor.data, (pixel) => pixel / 255)
  return { dtype: 'float32', shape: tensor.shape, data }
}

function isImage(send: SendForm): send is ImageCodec {
  return (imageCodecs as readonly string[]).includes(send)
}

/** The image in a file of its size; its pixels where they are fewer bytes. */
async function encodeImage(
  tensor: Tensor,
  codec: ImageCodec,
  encode: ImageEncoder,
): Promise<Tensor | EncodedTensor> {
  const { dtype, shape } = tensor
  const [height, width] = shape
  if (dtype !== 'uint8' || height === undefined || width === undefined) return tensor
  const bytes = await encode(tensor.data, height, width)
  return bytes.length < tensor.data.length ? { codec, dtype, shape, bytes } : tensor
}

/** Values of the user's own preprocessing: a tier would refuse them, after they were sent. */
function assertFinite(data: Float32Array): void {
  const found = findNonFinite(data)
  if (found === undefined) return
  throw new FrameError('DDNN_FRAME_VALUE', `Expected finite numbers of --preprocess, got ${found}`)
}
