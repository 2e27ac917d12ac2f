// The images of a training run: folders and CIFAR-10 sets joined by label, and a seeded split. Names only;
// pixels are read when their batch comes (pixel-store.ts).
import { join } from 'node:path'
import { toLabel } from '../../domain/labels.ts'
import { ConfigError } from '../../errors.ts'
import { isHiddenName, isImageName } from '../../input/image-name.ts'
import { listFolder } from '../../input/list-files.ts'
import { findCifar10, listCifar10 } from './cifar10-set.ts'
import type { ImageFile, NamedImage } from './image-file.ts'
import { createRandom, shuffled } from '../../domain/random.ts'

interface Listing {
  /** The order of the exits' classes: CIFAR-10's own first, then names of folders, sorted. */
  readonly labels: readonly string[]
  readonly files: readonly ImageFile[]
}

/**
 * Lists every set: `DIR/LABEL/*.jpg`, or a folder of CIFAR-10's binary batches, whose test_batch.bin stays
 * out of the training. A label is the name of its folder in one form of letters, in whichever
 * sets it is.
 * @throws DDNN_INPUT_MISSING when a folder is missing or holds no labelled image.
 */
export async function listTrainingSets(folders: readonly string[]): Promise<Listing> {
  const found: (NamedImage & { readonly set: number })[] = []
  const labels: string[] = []
  for (const [set, folder] of folders.entries()) {
    const batches = await findCifar10(folder)
    const listing =
      batches === undefined
        ? { labels: [], images: await listImages(folder) }
        : await listCifar10(batches)
    for (const label of listing.labels) labels.push(label)
    for (const image of listing.images) found.push({ ...image, set })
  }
  const others = [...new Set(found.map(({ labelName }) => labelName))].sort()
  const ordered = [...new Set([...labels, ...others])]
  const index = new Map(ordered.map((label, i) => [label, i]))
  return {
    labels: ordered,
    files: found.map(({ labelName, ...image }) => ({
      ...image,
      label: index.get(labelName) as number,
    })),
  }
}

async function listImages(folder: string): Promise<NamedImage[]> {
  const entries = await listFolder(folder).catch((cause: unknown) => {
    if (cause instanceof ConfigError) throw cause
    const isFile = (cause as NodeJS.ErrnoException).code === 'ENOTDIR'
    throw new ConfigError(
      'DDNN_INPUT_MISSING',
      `Expected a folder at '${folder}', got ${isFile ? 'a file' : 'none'}`,
      { cause, hint: 'Pass the folder that holds a folder of images for each label' },
    )
  })
  const images: NamedImage[] = []
  for (const { name: label } of entries.filter(({ isFolder }) => isFolder)) {
    for (const { name: file, isFile } of await listFolder(join(folder, label))) {
      if (!isFile || !isImageName(file) || isHiddenName(file)) continue
      const name = `${label}/${file}`
      images.push({ name, path: join(folder, name), labelName: toLabel(label) })
    }
  }
  if (images.length === 0) {
    const isLabel = entries.some(({ name, isFile }) => isFile && isImageName(name))
    throw new ConfigError(
      'DDNN_INPUT_MISSING',
      `Expected folders of images in '${folder}', got ${isLabel ? 'images without one' : 'none'}`,
      {
        hint: isLabel
          ? `Each label has a folder of its own: if '${folder}' is one of them, pass the folder above it`
          : 'Lay them out as DIR/LABEL/*.jpg, or give the folder with data_batch_1.bin of CIFAR-10',
      },
    )
  }
  // By UTF-16 units, not by locale: the split must not depend on the machine's language.
  return images.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Images of each label, in the order of the labels. */
export function countByLabel(
  labels: readonly string[],
  files: readonly { readonly label: number }[],
): number[] {
  const counts = labels.map(() => 0)
  for (const { label } of files) counts[label] = (counts[label] ?? 0) + 1
  return counts
}

/** Splits by set and label, so that each has the same share; the same seed gives the same split. */
export function splitFiles(
  files: readonly ImageFile[],
  share: number,
  seed: number,
): { readonly training: ImageFile[]; readonly validation: ImageFile[] } {
  const groups = new Map<string, ImageFile[]>()
  for (const file of files) {
    const key = `${file.set} ${file.label}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [file])
    else group.push(file)
  }
  const training: ImageFile[] = []
  const validation: ImageFile[] = []
  for (const group of groups.values()) {
    const { set, label } = group[0] as ImageFile
    const order = shuffled(group, createRandom(seed, set, label))
    // One of two at least, so that small sets are measured too; never the only one.
    const count = Math.min(group.length - 1, Math.max(1, Math.round(group.length * share)))
    for (const [i, file] of order.entries()) (i < count ? validation : training).push(file)
  }
  return { training, validation }
}
