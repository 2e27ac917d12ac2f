// One image of the inputs as ddnn's own device reads it.
import { isJpegName } from '../../../input/image-name.ts'
import type { Sample } from '../../../input/input.ts'
import { readWhole } from '../../../input/read-file.ts'
import { createImageDecoder, isJpeg } from '../../../input/decode.ts'
import type { ClientInputs } from '../driver/client.ts'

const maxFileBytes = 256 * 1024 * 1024

/** Pixels in memory, or a file that is read, and decoded where pixels are asked for. */
export function createImages({
  form,
  shape,
  pixels,
  file,
}: ClientInputs): (index: number) => Pick<Sample, 'read' | 'encoded'> {
  if (form === 'decoded') {
    return (index) => ({
      read: () => Promise.resolve({ dtype: 'uint8', shape, data: pixels(index) }),
    })
  }
  const decode = createImageDecoder()
  const [height, width] = shape
  return (index) => {
    const load = () => readWhole(file(index), maxFileBytes)
    const read = async () => {
      const data = await decode(await load(), height, width)
      return { dtype: 'uint8', shape, data } as const
    }
    if (!isJpegName(file(index))) return { read }
    return {
      read,
      encoded: async () => {
        const bytes = await load()
        if (!isJpeg(bytes)) throw new Error(`${file(index)} is no JPEG`)
        return { bytes, shape }
      },
    }
  }
}
