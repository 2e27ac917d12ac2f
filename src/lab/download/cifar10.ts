// CIFAR-10's binary version: six files of records, taken as they are.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DdnnError } from '../../errors.ts'
import type { Contents, Layout } from './layout.ts'

/** 1 label and 32 x 32 x 3 pixels. */
const recordBytes = 3073
const trainingFiles = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`)
const testFiles = ['test_batch.bin']
const batchFiles = [...trainingFiles, ...testFiles]
const wanted = new Set([...batchFiles, 'batches.meta.txt', 'readme.html'])

export const cifar10Layout: Layout = {
  isSplit: false,
  // The six files have 184,380,000 bytes.
  maxBytes: 400e6,
  place(path) {
    const name = path.at(-1) ?? ''
    return path.length === 2 && path[0] === 'cifar-10-batches-bin' && wanted.has(name)
      ? name
      : undefined
  },
  async arrange(folder) {
    const counts = await countRecords(folder)
    const missing = batchFiles.filter((name) => counts.get(name) === undefined)
    if (missing.length > 0) {
      throw new DdnnError(
        'DDNN_DOWNLOAD_DAMAGED',
        `Expected cifar-10-batches-bin/${missing[0]} with records of ${recordBytes} bytes in the archive, got none`,
        { hint: "Take CIFAR-10's binary version, not the one for Python or Matlab" },
      )
    }
    return describe(counts)
  },
  async recognise(folder) {
    const counts = await countRecords(folder)
    return batchFiles.every((name) => counts.has(name)) ? describe(counts) : undefined
  },
}

/** Records of each file that is there and of whole records. */
async function countRecords(folder: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const name of batchFiles) {
    const size = (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0
    if (size > 0 && size % recordBytes === 0) counts.set(name, size / recordBytes)
  }
  return counts
}

function describe(counts: ReadonlyMap<string, number>): Contents {
  const sum = (names: readonly string[]) =>
    names.reduce((total, name) => total + (counts.get(name) ?? 0), 0)
  return {
    summary: `${sum(trainingFiles)} training and ${sum(testFiles)} test images`,
    labels: undefined,
  }
}
