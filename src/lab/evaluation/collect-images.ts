// How large an image is on its way from the device, in the forms that it may travel in: what features stand against.
import type { Shape, Tensor } from '../../domain/tensor.ts'
import { sizeOf } from '../../domain/tensor.ts'
import { createImageEncoder } from '../../input/encode.ts'
import { Mean } from './collect-bytes.ts'
import type { ImageBytes } from './scores.ts'
import type { FeatureWay } from './send-features.ts'

const encodeJpeg = createImageEncoder('jpeg')

/** Means over the images that were added; the frames are those of the wire. */
export class ImageMeans {
  readonly #way: FeatureWay
  readonly #input: Shape
  readonly #file = new Mean()
  readonly #jpeg = new Mean()

  constructor(way: FeatureWay, input: Shape) {
    this.#way = way
    this.#input = input
  }

  /** The size of an image's own file. */
  addFile(bytes: number): void {
    this.#file.add(this.#frameBytes(bytes))
  }

  /** Encodes uint8 pixels; an image of the user's own preprocessing has no file. */
  async add({ dtype, shape, data }: Tensor): Promise<void> {
    const [height, width] = shape
    if (dtype !== 'uint8' || height === undefined || width === undefined) return
    const { length } = await encodeJpeg(data, height, width)
    this.#jpeg.add(this.#frameBytes(length))
  }

  read(): ImageBytes {
    const { wire, labelsHash } = this.#way
    const pixels = new Uint8Array(sizeOf(this.#input))
    const tensor = { dtype: 'uint8', shape: this.#input, data: pixels } as const
    const frame = wire.encodeRequest(tensor, { family: undefined, labelsHash })
    return { file: this.#file.read(), jpeg: this.#jpeg.read(), pixels: frame.length }
  }

  /** The length of a frame does not depend on what its file says. */
  #frameBytes(fileBytes: number): number {
    const { wire, labelsHash } = this.#way
    const bytes = new Uint8Array(fileBytes)
    const tensor = { codec: 'jpeg', dtype: 'uint8', shape: this.#input, bytes } as const
    return wire.encodeRequest(tensor, { family: undefined, labelsHash }).length
  }
}
