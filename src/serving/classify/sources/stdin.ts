// `-`: one image on stdin.
import type { Readable } from 'node:stream'
import { addAbortSignal } from 'node:stream'
import { DdnnError } from '../../../errors.ts'
import type { ImageSource } from '../classify.ts'
import { failingImage } from './missing.ts'
import { readLimited } from './read-limited.ts'

const maxBytes = 256 * 1024 * 1024

export function stdinSource(stream: Readable & { readonly isTTY?: boolean }): ImageSource {
  return {
    count: () => Promise.resolve(1),
    // eslint-disable-next-line @typescript-eslint/require-await -- the seam is asynchronous
    async *images({ decode, signal }) {
      if (stream.isTTY === true) {
        const error = new DdnnError(
          'DDNN_INPUT_MISSING',
          'Expected an image on stdin, got a terminal',
          { hint: 'ddnn classify - < photo.jpg' },
        )
        yield failingImage('-', error)
        return
      }
      yield {
        name: '-',
        read: async () => {
          const file = await readLimited(addAbortSignal(signal, stream), maxBytes)
          return { pixels: await decode(file), file }
        },
      }
    },
  }
}
