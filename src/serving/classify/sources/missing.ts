// A source of which nothing can come: told like an image that cannot be read.
import { DdnnError, type DdnnErrorOptions, type ErrorCode } from '../../../errors.ts'
import type { FoundImage, ImageSource } from '../classify.ts'

/** One image that rejects. */
export function failingImage(name: string, error: DdnnError): FoundImage {
  return { name, read: () => Promise.reject(error) }
}

export function missingSource(
  name: string,
  message: string,
  options: DdnnErrorOptions = {},
  code: ErrorCode = 'DDNN_INPUT_MISSING',
): ImageSource {
  return {
    count: () => Promise.resolve(1),
    // eslint-disable-next-line @typescript-eslint/require-await -- the seam is asynchronous
    async *images() {
      yield failingImage(name, new DdnnError(code, message, options))
    },
  }
}
