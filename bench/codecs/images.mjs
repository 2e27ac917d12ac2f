// Images by every form that a device sends: frames, CPU of encoding at the device and of decoding at the tier, and
// what the exits make of the pixels that come out. Features travel as the manifests say.
import { createImageDecoder } from '../../dist/input/decode.js'
import { createImageEncoder } from '../../dist/input/encode.js'
import { scaledTo, widen } from '../../dist/domain/widen.js'
import { cpuUsOf, qualityOf } from './open-family.mjs'

const qualities = { jpeg: [75, 90], webp: [65, 80], avif: [50, 65] }
const decode = createImageDecoder({ formats: 'sent' })
/** Images that are timed. */
const timed = 64

export async function measureImages({ stages, way, sources, run }) {
  const [height, width] = stages[0].shapes.input
  const shape = [height, width, 3]
  const meta = { family: undefined, labelsHash: way.labelsHash }
  const images = await loadSome(sources)
  const rows = []
  const plain = await run(sources)
  const names = plain.scores.exits.map(({ name }) => name)
  const { imageBytes } = plain.scores
  const quality = ({ evaluation: { exits, cascade } }) =>
    qualityOf(
      names,
      exits.map(({ accuracy }) => accuracy),
      cascade.accuracy,
    )
  const slot = new Float32Array(height * width * 3)
  const table = scaledTo(1 / 255)
  const frame = (pixels) => way.wire.encodeRequest({ dtype: 'uint8', shape, data: pixels }, meta)
  const add = (form, bytes, encodeUs, decodeUs, of) =>
    rows.push({ what: 'image', form, bytes, encodeUs, decodeUs, ...quality(of) })

  add(
    'uint8',
    imageBytes.pixels,
    await cpuUsOf(images.length, (i) => frame(images[i])),
    await cpuUsOf(images.length, (i) => widen(images[i], slot, table)),
    plain,
  )
  if (imageBytes.file !== undefined) add('jpeg, its own file', imageBytes.file, 0, NaN, plain)
  for (const [format, list] of Object.entries(qualities)) {
    for (const value of list) {
      const encode = createImageEncoder(format, value)
      const sizes = []
      const resent = sources.map((source) => ({
        ...source,
        load: () => resend(source, encode, sizes),
      }))
      const of = await run(resent)
      const files = []
      const encodeUs = await cpuUsOf(images.length, async (i) => {
        files[i] = await encode(images[i], height, width)
      })
      const decodeUs = await cpuUsOf(images.length, async (i) => {
        widen(await decode(files[i], height, width), slot, table)
      })
      add(
        `${format} ${value}`,
        sizes.reduce((sum, size) => sum + size, 0) / sizes.length,
        encodeUs,
        decodeUs,
        of,
      )
    }
  }
  return rows

  /** The sample as the tier sees it; pixels go where they are smaller, as a device sends them. */
  async function resend(source, encode, sizes) {
    const loaded = await source.load()
    const { data } = loaded.image
    const bytes = await encode(data, height, width)
    if (bytes.length >= data.length) {
      sizes.push(frame(data).length)
      return loaded
    }
    const codec = ['webp', 'avif'].find((name) => name === formatOf(bytes)) ?? 'jpeg'
    sizes.push(way.wire.encodeRequest({ codec, dtype: 'uint8', shape, bytes }, meta).length)
    const image = { dtype: 'uint8', shape, data: await decode(bytes, height, width) }
    return { ...loaded, image }
  }
}

function formatOf(bytes) {
  return bytes[0] === 0x52 ? 'webp' : bytes[0] === 0 ? 'avif' : 'jpeg'
}

/** Pixels of some images spread over the set. */
async function loadSome(sources) {
  const step = Math.max(1, Math.floor(sources.length / timed))
  const some = sources.filter((_, i) => i % step === 0).slice(0, timed)
  return Promise.all(some.map(async (source) => (await source.load()).image.data))
}
