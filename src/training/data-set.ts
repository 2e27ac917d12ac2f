// The images of a training run: folders joined by label, a seeded split, and the pixels, decoded once.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../errors.ts'
import type { ImageDecoder } from '../input/input.ts'
import type { HeldImage } from './augment.ts'
import { createRandom, shuffled } from './random.ts'

/** One image file of a training set. */
export interface ImageFile {
  /** Which of the training sets, from 0. */
  readonly set: number
  /** `LABEL/NAME.jpg`. */
  readonly name: string
  readonly path: string
  /** Index of its label. */
  readonly label: number
}

export interface Listing {
  /** Folder names, sorted: the order of the exits' classes. */
  readonly labels: readonly string[]
  readonly files: readonly ImageFile[]
}

/** A decoded image with its label. */
export interface LabelledImage extends HeldImage {
  readonly set: number
  readonly name: string
  readonly label: number
}

/** What decoding made of a list of files. */
export interface DecodedImages {
  readonly images: readonly LabelledImage[]
  /** Files that are no image; they are left out. */
  readonly unreadable: readonly string[]
  /** sha256 over the names and contents of the decoded files, in the order of the list. */
  readonly hash: string
}

const imagePattern = /\.(jpe?g|png|webp|bmp|gif)$/i

/**
 * Lists `DIR/LABEL/*.jpg` of every set; a label is the name of its folder, in whichever sets it is.
 * @throws DDNN_INPUT_MISSING when a folder is missing or holds no labelled image.
 */
export async function listTrainingSets(folders: readonly string[]): Promise<Listing> {
  const found: Omit<ImageFile, 'label'>[] = []
  const labelOf = (name: string) => name.slice(0, name.indexOf('/'))
  for (const [set, folder] of folders.entries()) {
    const names = await listLabelled(folder)
    if (names.length === 0) {
      throw new ConfigError('DDNN_INPUT_MISSING', `Expected images in '${folder}', got none`, {
        hint: 'Lay them out as DIR/LABEL/*.jpg',
      })
    }
    for (const name of names) found.push({ set, name, path: join(folder, name) })
  }
  const labels = [...new Set(found.map((file) => labelOf(file.name)))].sort()
  const index = new Map(labels.map((label, i) => [label, i]))
  return {
    labels,
    files: found.map((file) => ({ ...file, label: index.get(labelOf(file.name)) as number })),
  }
}

async function listLabelled(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new ConfigError('DDNN_INPUT_MISSING', `Expected a folder at '${folder}', got none`, {
      cause,
    })
  })
  const names: string[] = []
  for (const entry of entries) {
    if (!entry.isDirectory()) continue
    const files = (await readdir(join(folder, entry.name))).filter((f) => imagePattern.test(f))
    names.push(...files.map((file) => `${entry.name}/${file}`))
  }
  return names.sort()
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
    validation.push(...order.slice(0, count))
    training.push(...order.slice(count))
  }
  return { training, validation }
}

/**
 * Decodes files to `height` x `width` each, a few at a time. Unreadable ones are named and left out. Ends
 * early when the signal aborts: the caller must look at it before it uses what came out.
 */
export async function decodeFiles(
  files: readonly ImageFile[],
  { height, width }: { readonly height: number; readonly width: number },
  decode: ImageDecoder,
  signal?: AbortSignal,
): Promise<DecodedImages> {
  const decoded = new Array<{ image: LabelledImage; digest: string } | undefined>(files.length)
  const unreadable: string[] = []
  let next = 0
  const work = async () => {
    while (next < files.length && signal?.aborted !== true) {
      const at = next++
      const { set, name, path, label } = files[at] as ImageFile
      try {
        const bytes = await readFile(path)
        const pixels = await decode(bytes, height, width)
        const digest = createHash('sha256').update(name).update(bytes).digest('hex')
        decoded[at] = { image: { set, name, label, pixels, height, width }, digest }
      } catch {
        unreadable.push(path)
      }
    }
  }
  await Promise.all(Array.from({ length: 4 }, work))
  const readable = decoded.filter((entry) => entry !== undefined)
  const hash = createHash('sha256')
  for (const { digest } of readable) hash.update(digest)
  return {
    images: readable.map(({ image }) => image),
    unreadable: unreadable.sort(),
    hash: hash.digest('hex'),
  }
}
