// The images of a run, decoded once: the readable ones of both sides of the split, counted and enough.
import { defaultOrientation } from '../../domain/orientation.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import { countByLabel, type splitFiles } from './data-set.ts'
import type { InputWorkers } from './input-workers.ts'
import type { TrainOptions } from './options.ts'
import type { ImageFile } from './image-file.ts'
import {
  openPixelStore,
  type PixelStore,
  type StoredImages,
  type UnreadableImage,
} from './pixel-store.ts'
import { checkImages } from './refusals.ts'

interface ImagesToDecode {
  readonly labels: readonly string[]
  readonly split: ReturnType<typeof splitFiles>
  readonly recipe: Pick<Recipe, 'augmentation'>
}

interface DecodeContext {
  readonly signal?: AbortSignal
  readonly log: {
    info(facts: object, message: string): void
    warn(facts: object, message: string): void
  }
}

type DecodeOptions = Pick<
  TrainOptions,
  'height' | 'width' | 'orientation' | 'batchSize' | 'cache' | 'output'
>

/** How much larger than the network's input images are held, to be cropped. */
const heldScale = 10 / 9

/**
 * The images of a run in its scratch file, those that are left out told. Undefined when the signal aborts.
 * @throws DDNN_CONFIG_INVALID when too few can be read, DDNN_OUTPUT_FAILED when they cannot be kept.
 */
export async function decodeImages(
  { labels, split, recipe }: ImagesToDecode,
  workers: InputWorkers,
  { height, width, orientation = defaultOrientation, batchSize, cache, output }: DecodeOptions,
  { signal, log }: DecodeContext,
): Promise<PixelStore | undefined> {
  const isCropped = recipe.augmentation !== false && recipe.augmentation.crop[0] < 1
  const scale = isCropped ? heldScale : 1
  const store = await openPixelStore({
    folder: cache ?? output,
    isOwnFolder: cache === undefined,
    training: {
      files: split.training,
      height: Math.ceil(height * scale),
      width: Math.ceil(width * scale),
    },
    validation: { files: split.validation, height, width },
    orientation,
    workers,
    signal,
    log,
  })
  if (store === undefined) return undefined
  for (const { path, reason } of store.unreadable) {
    log.warn({ file: path, reason }, 'left out an unreadable image')
  }
  const readable = {
    training: imagesOf(store.training),
    validation: imagesOf(store.validation),
  }
  const byLabel = (files: readonly { readonly label: number }[]) => {
    const counts = countByLabel(labels, files)
    return Object.fromEntries(labels.map((label, i) => [label, counts[i]]))
  }
  const counts = { training: byLabel(readable.training), validation: byLabel(readable.validation) }
  log.info({ ...counts, unreadable: store.unreadable.length }, 'images of each label')
  await checkImages(labels, readable, batchSize).catch(async (thrown: unknown) => {
    if (cache === undefined) await store.remove()
    throw thrown
  })
  return store
}

/** Label and set of each image. */
export function imagesOf({ labels, sets }: StoredImages) {
  return labels.map((label, i) => ({ label, set: sets[i] as number }))
}

/** The first file that can be read, to try a model on; undefined where all are records of CIFAR-10. */
export function exampleOf(
  files: readonly ImageFile[],
  unreadable: readonly UnreadableImage[],
): string | undefined {
  const paths = new Set(unreadable.map(({ path }) => path))
  return files.find(({ path, record }) => record === undefined && !paths.has(path))?.path
}
