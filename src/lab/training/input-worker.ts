// A thread of the input pipeline: decodes images into the scratch file, then fills batches from it, augmented.
// It answers in the order of the requests. What a sample looks like depends on its seeds alone.
import { createHash } from 'node:crypto'
import { openSync, readSync } from 'node:fs'
import { open, readFile, type FileHandle } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { Orientation } from '../../domain/orientation.ts'
import { readPixels } from '../../input/cifar10.ts'
import { createImageDecoder, decodingBytes } from '../../input/decode.ts'
import { pathOfShown } from '../../input/file-name.ts'
import { createMemoryBudget } from '../../input/memory-budget.ts'
import { pickPixels } from '../../input/pick-pixels.ts'
import { isMirrorTurn, writeAugmented, writePlain } from './augment.ts'
import type {
  DecodeJob,
  DecodeReply,
  DecodeRequest,
  FillReply,
  FillRequest,
  InputReply,
  InputRequest,
} from './input-messages.ts'
import { createRandom } from '../../domain/random.ts'

const port = parentPort
if (port === null) throw new Error('Expected to run as a worker thread')

/** sharp decodes on libuv's threads, of which there are four. */
const decodesAtOnce = 4
const cifarSide = 32

/** Threads share no memory of ours, so each has its part of the budget. */
const budget = createMemoryBudget(decodingBytes / Number(workerData))
const decode = createImageDecoder({ budget })
const batchFiles = new Map<string, Promise<FileHandle>>()
const scratchFiles = new Map<string, number>()

async function decodeAll({ file, images, orientation }: DecodeRequest): Promise<DecodeReply> {
  const results = new Array<DecodeReply['results'][number]>(images.length)
  const scratch = await open(file, 'r+')
  let next = 0
  const work = async () => {
    while (next < images.length) {
      const at = next++
      const image = images[at] as DecodeJob
      try {
        const { pixels, digest } = await decodeOne(image, orientation)
        await scratch.write(pixels, 0, pixels.length, image.offset)
        results[at] = { digest }
      } catch (thrown) {
        // A full disk is no fault of the image.
        if ((thrown as NodeJS.ErrnoException).syscall === 'write') throw thrown
        results[at] = { problem: thrown instanceof Error ? thrown.message : String(thrown) }
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: decodesAtOnce }, work))
  } finally {
    await scratch.close()
  }
  return { kind: 'decode', results }
}

async function decodeOne(
  { name, path, record, height, width }: DecodeJob,
  orientation: Orientation,
) {
  const digestOf = (bytes: Uint8Array) =>
    createHash('sha256').update(name).update(bytes).digest('hex')
  if (record === undefined) {
    const bytes = await readFile(pathOfShown(path))
    return { pixels: await decode(bytes, height, width, orientation), digest: digestOf(bytes) }
  }
  const handle = batchFiles.get(path) ?? open(path)
  batchFiles.set(path, handle)
  const data = await readPixels(await handle, record, name)
  const source = { data, height: cifarSide, width: cifarSide, channels: 3 }
  return { pixels: pickPixels(source, height, width), digest: digestOf(data) }
}

function fill({ file, held, size, images, augmentation, buffer }: FillRequest): FillReply {
  const scratch = scratchFiles.get(file) ?? openSync(file, 'r')
  scratchFiles.set(file, scratch)
  const data = new Float32Array(buffer)
  const pixels = new Uint8Array(held.height * held.width * 3)
  const image = { pixels, ...held }
  for (const [at, { offset, seeds }] of images.entries()) {
    const bytesRead = readSync(scratch, pixels, 0, pixels.length, offset)
    if (bytesRead !== pixels.length) {
      throw new Error(`Expected ${pixels.length} bytes of '${file}', got ${bytesRead}`)
    }
    const slot = { data, offset: at * size.height * size.width * 3, ...size }
    if (augmentation === false) writePlain(image, slot)
    else {
      const [seed = 0, epoch = 0, index = 0] = seeds
      const isTurn = isMirrorTurn(seed, epoch, index)
      writeAugmented(image, slot, augmentation, createRandom(...seeds), isTurn)
    }
  }
  return { kind: 'fill', buffer }
}

async function answer(request: InputRequest): Promise<void> {
  try {
    const reply = request.kind === 'fill' ? fill(request) : await decodeAll(request)
    port?.postMessage(reply, reply.kind === 'fill' ? [reply.buffer] : [])
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    port?.postMessage({ kind: 'failed', message } satisfies InputReply)
  }
}

let last = Promise.resolve()
port.on('message', (request: InputRequest) => {
  last = last.then(() => answer(request))
})
