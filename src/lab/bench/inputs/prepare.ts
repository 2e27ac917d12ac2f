// From a folder of images, or CIFAR-10, to the inputs of a run: what every contestant gets.
import { createWriteStream } from 'node:fs'
import { join, resolve } from 'node:path'
import { once } from 'node:events'
import type { LabelledInput } from '../../evaluation/labelled.ts'
import { createRandom, shuffled } from '../../../domain/random.ts'
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { ConfigError } from '../../../errors.ts'
import { createCifar10 } from '../../../input/cifar10.ts'
import { createImageDecoder } from '../../../input/decode.ts'
import { createImageFolder } from '../../../input/image-folder.ts'
import type { Input, Sample } from '../../../input/input.ts'
import { readLabels } from '../../../input/labels.ts'
import { limitInput } from '../../../input/limit.ts'
import type { InputImage, Inputs } from './inputs.ts'

interface PrepareOptions {
  readonly input: LabelledInput
  /** Most images, taken in turn from every label; all where undefined. */
  readonly limit: number | undefined
  /** Of the first submodel: labels and size of its images. */
  readonly model: SubmodelSpec | undefined
  /** Of the images' order. */
  readonly seed: number
  /** Folder that the pixels are written to. */
  readonly scratch: string
}

/**
 * Decodes every image once, as serving does.
 * @throws DDNN_INPUT_* naming a file, DDNN_CONFIG_INVALID where the model takes no images or there are no labels.
 */
export async function prepareInputs(options: PrepareOptions): Promise<Inputs> {
  const shape = imageShapeOf(options)
  const all = await openInput(options, shape)
  const input = options.limit === undefined ? all : limitInput(all, options.limit)
  const pixelsFile = join(options.scratch, 'pixels.u8')
  const out = createWriteStream(pixelsFile)
  const images: InputImage[] = []
  try {
    // Folders are sorted by label: a load of fewer samples must not be one of few labels.
    for (const sample of shuffled([...input.samples()], createRandom(options.seed))) {
      if (!out.write(await pixelsOf(sample))) await once(out, 'drain')
      const file =
        options.input.kind === 'folder' ? join(options.input.folder, sample.file) : undefined
      images.push({ file: file === undefined ? undefined : resolve(file), label: sample.label })
    }
  } finally {
    out.end()
    await once(out, 'close')
    await input.close()
  }
  return { labels: input.labels, images, shape, pixelsFile }
}

async function openInput(
  { input, model }: PrepareOptions,
  [height, width]: readonly [number, number, number],
): Promise<Input> {
  if (input.kind === 'cifar10') return createCifar10(input)
  const labels =
    model?.labels ??
    (input.labelsFile === undefined ? undefined : await readLabels(input.labelsFile))
  if (labels === undefined) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected --labels for '${model?.name ?? 'the model'}', whose manifest names none`,
      { hint: "Pass a file with one label a line, in the order of the model's classes" },
    )
  }
  const { folder, format } = input
  const size = { height, width }
  const orientation = model?.preprocessing?.orientation
  const decoder = createImageDecoder()
  return createImageFolder({ folder, labels, format, ...size, orientation, decoder })
}

async function pixelsOf(sample: Sample): Promise<Uint8Array> {
  const { dtype, data } = await sample.read()
  if (dtype === 'uint8') return data
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected uint8 pixels of '${sample.file}', got ${dtype}`,
  )
}

function imageShapeOf({ model, input }: PrepareOptions): readonly [number, number, number] {
  if (input.kind === 'cifar10') return [32, 32, 3]
  const { height, width } = model?.preprocessing ?? {}
  const shape = model?.input ?? (height === undefined ? undefined : [height, width, 3])
  if (shape?.length === 3 && shape[2] === 3) return [shape[0] as number, shape[1] as number, 3]
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected the first of --models to take images [height, width, 3], got ${shape?.join(' x ') ?? 'no shape in its manifest'}`,
    { hint: 'Name the folder of the first submodel first; its ddnn.json says its input' },
  )
}
