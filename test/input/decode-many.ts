// A process of its own, for its memory: decodes one file many times at once, says what came out, and the
// most memory (RSS) that it had. Usage: node decode-many.js FILE COUNT SIDE [MAX_PIXELS]
import { readFileSync } from 'node:fs'
import { createImageDecoder } from '../../src/input/decode.ts'

export interface DecodedMany {
  /** Bytes of the results, by how many came out as such; or the messages. */
  readonly outcomes: readonly string[]
  /** MiB before the first is decoded, and at most. */
  readonly startMiB: number
  readonly mostMiB: number
}

const [file = '', count = '', side = '', maxPixels] = process.argv.slice(2)
const decode = createImageDecoder({
  formats: 'sent',
  maxPixels: maxPixels === undefined ? undefined : Number(maxPixels),
})
// Each request brings its own bytes.
const images = Array.from({ length: Number(count) }, () => readFileSync(file))
const rssMiB = () => process.memoryUsage.rss() / 2 ** 20
const startMiB = rssMiB()
let mostMiB = startMiB
const sampling = setInterval(() => (mostMiB = Math.max(mostMiB, rssMiB())), 2)
const outcomes = await Promise.all(
  images.map((bytes) =>
    decode(bytes, Number(side), Number(side)).then(
      (pixels) => `${pixels.length} bytes, first ${pixels.subarray(0, 3).join(' ')}`,
      (error: unknown) => (error as Error).message,
    ),
  ),
)
clearInterval(sampling)
mostMiB = Math.max(mostMiB, rssMiB())
process.stdout.write(JSON.stringify({ outcomes, startMiB, mostMiB } satisfies DecodedMany))
