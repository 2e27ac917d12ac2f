// CIFAR-10 in its official binary layout: records of 1 label byte and 3072 pixel bytes, a plane of
// 1024 each for red, green and blue, row-major. The files stay open and each record is read alone.
import { createReadStream } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, DdnnError } from '../errors.ts'
import type { Input, Sample } from './input.ts'
import { readLabels } from './labels.ts'

interface Cifar10Options {
  /** Holds test_batch.bin, or a folder cifar-10-batches-bin with it. */
  readonly folder: string
  /** Default: batches.meta.txt beside the batches, else CIFAR-10's own ten. */
  readonly labelsFile?: string | undefined
  /** `test` (default) is what the original's --cifar10 runs; `training` are data_batch_1 to 5. */
  readonly batches?: 'test' | 'training' | 'all'
}

const side = 32
const plane = side * side
const recordBytes = 1 + 3 * plane
const batchFiles = {
  test: ['test_batch.bin'],
  training: [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`),
}

interface BatchFile {
  readonly name: string
  readonly handle: FileHandle
  /** The label of each record. */
  readonly labels: Uint8Array
}

/**
 * Opens the batches and reads their labels, one pass in which no more than a chunk is in memory.
 * @throws DDNN_INPUT_MISSING without the files, DDNN_CONFIG_INVALID when they are not of whole
 * records or a label has no name.
 */
export async function createCifar10(options: Cifar10Options): Promise<Input> {
  const { batches: wanted = 'test' } = options
  const names = wanted === 'all' ? [...batchFiles.training, ...batchFiles.test] : batchFiles[wanted]
  const folder = await findFolder(options.folder, names[0] as string)
  const labels = await readNames(folder, options.labelsFile)
  const batches: BatchFile[] = []
  const close = async () => {
    await Promise.all(batches.map((batch) => batch.handle.close()))
  }
  try {
    for (const name of names) batches.push(await openBatch(join(folder, name), name, labels.length))
  } catch (thrown) {
    await close()
    throw thrown
  }
  const count = batches.reduce((sum, batch) => sum + batch.labels.length, 0)
  return { labels, count, samples: () => samplesOf(batches), close }
}

function* samplesOf(batches: readonly BatchFile[]): Iterable<Sample> {
  let index = 0
  for (const { name, handle, labels } of batches) {
    for (const [record, label] of labels.entries()) {
      const file = `${name}#${record}`
      const read = async () => {
        const data = await readPixels(handle, record, file)
        return { dtype: 'uint8', shape: [side, side, 3], data } as const
      }
      yield { index: index++, file, label, read }
    }
  }
}

/**
 * uint8 `[32, 32, 3]` of one record of an open batch; `file` names it in errors.
 * @throws DDNN_INPUT_UNREADABLE when the file ends before.
 */
export async function readPixels(
  handle: FileHandle,
  record: number,
  file: string,
): Promise<Uint8Array> {
  const planes = new Uint8Array(3 * plane)
  const { bytesRead } = await handle.read(planes, 0, planes.length, record * recordBytes + 1)
  if (bytesRead !== planes.length) {
    throw new DdnnError(
      'DDNN_INPUT_UNREADABLE',
      `Expected ${planes.length} bytes of '${file}', got ${bytesRead}`,
    )
  }
  const pixels = new Uint8Array(3 * plane)
  for (let at = 0; at < plane; at++) {
    pixels[3 * at] = planes[at] as number
    pixels[3 * at + 1] = planes[plane + at] as number
    pixels[3 * at + 2] = planes[2 * plane + at] as number
  }
  return pixels
}

/** What batches.meta.txt holds; some copies of the batches come without it. */
const officialLabels = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ')

async function readNames(
  folder: string,
  labelsFile: string | undefined,
): Promise<readonly string[]> {
  if (labelsFile !== undefined) return readLabels(labelsFile)
  const meta = join(folder, 'batches.meta.txt')
  const isThere = (await stat(meta).catch(() => undefined)) !== undefined
  return isThere ? readLabels(meta) : officialLabels
}

async function findFolder(folder: string, file: string): Promise<string> {
  for (const candidate of [folder, join(folder, 'cifar-10-batches-bin')]) {
    if (await stat(join(candidate, file)).catch(() => undefined)) return candidate
  }
  throw new ConfigError(
    'DDNN_INPUT_MISSING',
    `Expected '${file}' in '${folder}', got no such file`,
    {
      hint: "Run 'ddnn download cifar10', or pass the folder of CIFAR-10's binary version, cifar-10-batches-bin",
    },
  )
}

async function openBatch(path: string, name: string, classes: number): Promise<BatchFile> {
  const handle = await open(path).catch((cause: unknown) => {
    throw new ConfigError('DDNN_INPUT_MISSING', `Expected a batch, got no '${path}'`, {
      hint: "Run 'ddnn download cifar10' for the whole of CIFAR-10",
      cause,
    })
  })
  try {
    const { size } = await handle.stat()
    if (size === 0 || size % recordBytes !== 0) {
      throw new ConfigError(
        'DDNN_CONFIG_INVALID',
        `Expected '${path}' to hold records of ${recordBytes} bytes, got ${size} bytes`,
        {
          hint: "Take the binary version of CIFAR-10, not the Python one: 'ddnn download cifar10' fetches it",
        },
      )
    }
    const labels = await readRecordLabels(path, size / recordBytes)
    const unknown = labels.find((label) => label >= classes)
    if (unknown !== undefined) {
      throw new ConfigError(
        'DDNN_CONFIG_INVALID',
        `Expected labels below ${classes} in '${path}', got ${unknown}`,
        { hint: 'Pass a labels file with all labels of the data set' },
      )
    }
    return { name, handle, labels }
  } catch (thrown) {
    await handle.close()
    throw thrown
  }
}

async function readRecordLabels(path: string, count: number): Promise<Uint8Array> {
  const labels = new Uint8Array(count)
  let offset = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
    const bytes = chunk as Buffer
    let record = Math.ceil(offset / recordBytes)
    for (; record < count && record * recordBytes < offset + bytes.length; record++) {
      labels[record] = bytes[record * recordBytes - offset] as number
    }
    offset += bytes.length
  }
  return labels
}
