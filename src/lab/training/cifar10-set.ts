// CIFAR-10's binary batches as a training set: data_batch_1.bin to data_batch_5.bin. test_batch.bin is never
// read, so that it can measure what was trained.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createCifar10 } from '../../input/cifar10.ts'
import type { NamedImage } from './image-file.ts'

/** The folder that holds data_batch_1.bin: this one or cifar-10-batches-bin in it; undefined where neither does. */
export async function findCifar10(folder: string): Promise<string | undefined> {
  for (const candidate of [folder, join(folder, 'cifar-10-batches-bin')]) {
    if (await stat(join(candidate, 'data_batch_1.bin')).catch(() => undefined)) return candidate
  }
  return undefined
}

/**
 * The records of all five batches; labels in the order of batches.meta.txt.
 * @throws DDNN_INPUT_MISSING when a batch or the labels are missing, DDNN_CONFIG_INVALID when a batch is not of
 * whole records.
 */
export async function listCifar10(
  folder: string,
): Promise<{ readonly labels: readonly string[]; readonly images: readonly NamedImage[] }> {
  const input = await createCifar10({ folder, batches: 'training' })
  try {
    const images: NamedImage[] = []
    for (const { file: name, label } of input.samples()) {
      const [batch, record] = name.split('#') as [string, string]
      const labelName = input.labels[label] as string
      images.push({ name, path: join(folder, batch), record: Number(record), labelName })
    }
    return { labels: input.labels, images }
  } finally {
    await input.close()
  }
}
