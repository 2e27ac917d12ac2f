// A folder of images, DIR/LABEL/*.jpg: the device's and the training's usual input. Only names are
// held in memory; a file is read when its sample is.
import { join } from 'node:path'
import { defaultOrientation, type Orientation } from '../domain/orientation.ts'
import { DdnnError, toDdnnError } from '../errors.ts'
import { isJpeg } from './decode.ts'
import { isJpegName } from './image-name.ts'
import type { ImageDecoder, Input, Sample } from './input.ts'
import { readJpegHeader } from './jpeg-header.ts'
import { readLabels } from './labels.ts'
import { listImages, type ListedImage, type WarnLog } from './list-images.ts'
import type { Preprocess } from './preprocess-module.ts'
import { readWhole } from './read-file.ts'

export interface ImageFolderOptions {
  /** Holds a folder a label. */
  readonly folder: string
  /** One label a line, or the labels themselves. */
  readonly labelsFile?: string
  readonly labels?: readonly string[]
  /** Extension, in any case; `jpg` also takes `.jpeg`. */
  readonly format: string
  readonly height: number
  readonly width: number
  readonly decoder: ImageDecoder
  /** Of photos that are stored turned; `defaultOrientation` where left out. */
  readonly orientation?: Orientation | undefined
  /** What who gets `Sample.encoded` does with such a photo; undefined where that is not known. */
  readonly ofFiles?: Orientation | undefined
  /** Replaces the decoder. */
  readonly preprocess?: Preprocess
  /** Told of labels without images and of folders that are no label. */
  readonly log?: WarnLog
}

/** No photo is larger; a file that is would only fill the memory. */
const maxFileBytes = 256 * 1024 * 1024

/**
 * Lists the images; none is read yet.
 * @throws DDNN_INPUT_MISSING when folder, labels or images are missing, DDNN_CONFIG_INVALID for
 * labels that come twice.
 */
export async function createImageFolder(options: ImageFolderOptions): Promise<Input> {
  const labels = options.labels ?? (await readLabels(options.labelsFile ?? ''))
  const images = await listImages(options.folder, labels, options.format, options.log)
  return {
    labels,
    count: images.length,
    *samples() {
      for (const [index, image] of images.entries()) yield toSample(options, image, index)
    },
    // Nothing stays open between samples.
    close: () => Promise.resolve(),
  }
}

function toSample(options: ImageFolderOptions, image: ListedImage, index: number): Sample {
  const { height, width, decoder, preprocess, orientation = defaultOrientation } = options
  const { file, label } = image
  const load = () => readWhole(join(options.folder, file), maxFileBytes)
  const shape = [height, width, 3]
  const base = { index, file, label }
  if (preprocess !== undefined) {
    return {
      ...base,
      read: () => named(file, async () => preprocess({ bytes: await load(), file, height, width })),
    }
  }
  const read = () =>
    named(file, async () => {
      const data = await decoder(await load(), height, width, orientation)
      return { dtype: 'uint8', shape, data } as const
    })
  if (!isJpegName(file)) return { ...base, read }
  const encoded = () =>
    named(file, async () => {
      const bytes = await load()
      // Another would turn it otherwise, or not at all; or it is a PNG, whatever its name says, which a tier does not
      // decode: then pixels go, which are as they should be.
      const isSame =
        isJpeg(bytes) && (orientation === options.ofFiles || readJpegHeader(bytes)?.turn === 1)
      return isSame ? { bytes, shape } : undefined
    })
  return { ...base, read, encoded }
}

/** Runs and names the file in whatever goes wrong; errors of a user's module keep their code. */
async function named<T>(file: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    const error = toDdnnError(cause)
    const code = error.code === 'DDNN_INTERNAL' ? 'DDNN_INPUT_UNREADABLE' : error.code
    throw new DdnnError(code, `${file}: ${error.message}`, { hint: error.hint, cause })
  }
}
