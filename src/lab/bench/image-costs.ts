// What images cost in the forms that a device may send them in: bytes of a frame, and the time of a device and
// of a tier, by the decoders and encoders that serve.
import { open, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SentForm } from '../../serving/device/read-as.ts'
import type { Inputs } from './inputs/inputs.ts'
import type { Tensor } from '../../domain/tensor.ts'
import { scaledTo, writeTensor } from '../../domain/widen.ts'
import { createImageDecoder } from '../../input/decode.ts'
import { createImageEncoder, defaultQuality } from '../../input/encode.ts'
import { exactPixels, type ImageForm } from '../plan/plan.ts'
import { medianOf } from '../../report/percentile.ts'
import { wires } from '../../serving/wire/detect.ts'
import type { EncodedTensor, ImageCodec } from '../../serving/wire/wire.ts'

/** What a device that holds no submodel may send: pixels, the image's own file, or a new one of the network's size. */
export type TimedForm = SentForm<'uint8' | ImageCodec>

interface ImageCosts {
  readonly images: readonly ImageForm[]
  /** From a file to pixels, milliseconds; 0 where the input has none of its own. */
  readonly readMs: number
}

/** Images that are timed and sized, spread over the input; the first few warm up. */
const timedImages = 60
const warmUpImages = 5
/** Between two images, milliseconds: an image that comes alone finds threads asleep and caches cold. */
const pauseMs = 20

/** Whether the network gets other pixels than it would of the image's own file. */
export function isLossy(form: TimedForm): boolean {
  return form.send !== 'uint8' && !isOwnFile(form)
}

/** 'uint8', 'jpeg', 'webp:80'. */
export function nameOfForm(form: TimedForm): string {
  return isLossy(form) ? `${form.send}:${qualityOf(form)}` : form.send
}

/** An image as the first submodel gets it when it was sent in this form. */
export function resentAs(form: TimedForm): (image: Tensor) => Promise<Tensor> {
  const { encode, decode } = codecOf(form)
  return async (image) => {
    const [height, width] = image.shape
    if (image.dtype !== 'uint8' || height === undefined || width === undefined) return image
    const bytes = await encode(image.data, height, width)
    if (bytes.length >= image.data.length) return image
    return { ...image, data: await decode(bytes, height, width) }
  }
}

/** One image after the other, on this thread and libuv's. @throws DDNN_INPUT_UNREADABLE */
export async function measureImages(
  inputs: Inputs,
  forms: readonly TimedForm[],
  signal: AbortSignal,
): Promise<ImageCosts> {
  const samples = await pickSamples(inputs)
  const reads: number[] = []
  const files: number[] = []
  const found = forms.map(() => ({
    bytes: [] as number[],
    encode: [] as number[],
    decode: [] as number[],
  }))
  for (const { pixels, file } of samples) {
    await sleep(pauseMs, undefined, { signal })
    const own = file === undefined ? undefined : await timed(() => readFile(file))
    const [height, width] = inputs.shape
    const read = own && (await timed(() => createImageDecoder()(own.value, height, width)))
    files.push(own?.ms ?? 0)
    reads.push((own?.ms ?? 0) + (read?.ms ?? 0))
    for (const [i, form] of forms.entries()) {
      const sent = await measureOne(form, pixels, own?.value, inputs.shape)
      found[i]?.bytes.push(sent.bytes)
      found[i]?.encode.push(sent.encodeMs)
      found[i]?.decode.push(sent.decodeMs)
    }
  }
  const readMs = warmMedianOf(reads)
  const images = forms.flatMap((form, i): readonly ImageForm[] => {
    const sizes = found[i]?.bytes.filter(Number.isFinite) ?? []
    if (sizes.length === 0) return []
    const name = nameOfForm(form)
    const before = isOwnFile(form) ? warmMedianOf(files) : readMs
    return [
      {
        name,
        flags: flagsOf(form),
        pixels: isLossy(form) ? name : exactPixels,
        bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) / sizes.length,
        encodeMs: before + warmMedianOf(found[i]?.encode ?? []),
        decodeMs: warmMedianOf(found[i]?.decode ?? []),
      },
    ]
  })
  return { images, readMs }
}

/** One image in one form; bytes NaN where the input has no file to send. */
async function measureOne(
  form: TimedForm,
  pixels: Uint8Array,
  file: Uint8Array | undefined,
  shape: readonly [number, number, number],
): Promise<{ readonly bytes: number; readonly encodeMs: number; readonly decodeMs: number }> {
  const [height, width] = shape
  if (form.send === 'uint8') {
    const bytes = frameBytes({ dtype: 'uint8', shape, data: pixels })
    return { bytes, encodeMs: 0, decodeMs: (await writeTime(pixels, shape)).ms }
  }
  if (isOwnFile(form) && file === undefined) return { bytes: NaN, encodeMs: 0, decodeMs: 0 }
  const { encode, decode } = codecOf(form)
  const encoded = isOwnFile(form)
    ? { value: file ?? new Uint8Array(), ms: 0 }
    : await timed(() => encode(pixels, height, width))
  const decoded = await timed(() => decode(encoded.value, height, width))
  const written = await writeTime(decoded.value, shape)
  const tensor = { codec: form.send, dtype: 'uint8', shape, bytes: encoded.value } as const
  const bytes = frameBytes(tensor)
  return { bytes, encodeMs: encoded.ms, decodeMs: decoded.ms + written.ms }
}

/** Pixels into the engine's slot, as a tier writes them. */
function writeTime(data: Uint8Array, shape: readonly number[]) {
  const slot = new Float32Array(data.length)
  const table = scaledTo(1 / 255)
  return timed(() => {
    writeTensor({ dtype: 'uint8', shape, data }, slot, table)
    return Promise.resolve()
  })
}

function frameBytes(tensor: Tensor | EncodedTensor): number {
  // A hash of labels is as long as any other.
  const meta = { family: undefined, labelsHash: '0'.repeat(16) }
  return wires.binary.encodeRequest(tensor, meta).length
}

function codecOf({ send, quality }: TimedForm) {
  const format = send === 'uint8' ? 'jpeg' : send
  return {
    encode: createImageEncoder(format, quality ?? defaultQuality[format]),
    decode: createImageDecoder({ formats: 'sent' }),
  }
}

function isOwnFile({ send, quality }: TimedForm): boolean {
  return send === 'jpeg' && quality === undefined
}

function qualityOf({ send, quality }: TimedForm): number {
  return quality ?? (send === 'uint8' ? 100 : defaultQuality[send])
}

function flagsOf(form: TimedForm): readonly string[] {
  const quality = isLossy(form) ? ['--send-quality', String(qualityOf(form))] : []
  return ['--send', form.send, ...quality]
}

async function pickSamples({ images, shape, pixelsFile }: Inputs) {
  const size = shape[0] * shape[1] * shape[2]
  const count = Math.min(timedImages, images.length)
  const pixelsHandle = await open(pixelsFile)
  try {
    const picked = []
    for (let i = 0; i < count; i++) {
      const index = Math.floor((i * images.length) / count)
      const pixels = new Uint8Array(size)
      await pixelsHandle.read(pixels, 0, size, index * size)
      picked.push({ pixels, file: images[index]?.file })
    }
    return picked
  } finally {
    await pixelsHandle.close()
  }
}

async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly ms: number }> {
  const startedAt = performance.now()
  const value = await work()
  return { value, ms: performance.now() - startedAt }
}

/** The median without those that warmed up, where there are others. */
function warmMedianOf(values: readonly number[]): number {
  return medianOf(values.length > 2 * warmUpImages ? values.slice(warmUpImages) : values)
}
