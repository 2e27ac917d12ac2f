// A labelled set for evaluation: an image folder or CIFAR-10, its labels matched by name with the model's.
import { createHash } from 'node:crypto'
import { defaultOrientation, type Orientation } from '../../domain/orientation.ts'
import { describeShape } from '../../domain/tensor.ts'
import type { Stage } from '../../serving/engine/engine.ts'
import { howToFit } from '../../domain/how-to-fit.ts'
import { ConfigError } from '../../errors.ts'
import type { LabelledSource } from './collect.ts'
import { createCifar10 } from '../../input/cifar10.ts'
import { createImageDecoder } from '../../input/decode.ts'
import { createImageFolder } from '../../input/image-folder.ts'
import type { Input, Sample } from '../../input/input.ts'
import { readLabels } from '../../input/labels.ts'
import { limitInput } from '../../input/limit.ts'
import { labelledFolders } from '../../input/list-images.ts'
import { loadPreprocess, type Preprocess } from '../../input/preprocess-module.ts'
import type { Logger } from '../../telemetry/log.ts'

export type LabelledInput =
  | {
      readonly kind: 'folder'
      readonly folder: string
      /** Needed only where no manifest names the labels. */
      readonly labelsFile?: string | undefined
      /** File extension. */
      readonly format: string
      readonly preprocessModule?: string | undefined
      /** Of photos that are stored turned; the model's where undefined. */
      readonly orientation?: Orientation | undefined
    }
  | {
      readonly kind: 'cifar10'
      /** Of the official binary files. */
      readonly folder: string
      /** batches.meta.txt beside them where undefined. */
      readonly labelsFile?: string | undefined
    }

interface Labelled {
  /** The model's, in its order. */
  readonly labels: readonly string[]
  readonly sources: readonly LabelledSource[]
  close(): Promise<void>
}

/**
 * Opens the set for these stages. Nothing is read but names and labels.
 * @throws DDNN_LABELS_MISMATCH when the set names a label that the model does not know, or the number of
 * labels is not that of the classes; DDNN_CONFIG_INVALID when the first stage takes no images, or there
 * are no labels; DDNN_INPUT_MISSING.
 */
export async function openLabelled(
  input: LabelledInput,
  limit: number | undefined,
  stages: readonly Stage[],
  log: Logger,
): Promise<Labelled> {
  const size = imageSizeOf(stages)
  const known = stages.find((stage) => stage.spec.labels !== undefined)?.spec.labels
  if (input.kind === 'cifar10') {
    if (size.height !== 32 || size.width !== 32) {
      throw wrongSize(stages, 'CIFAR-10, which is 32x32x3')
    }
    const cifar = await createCifar10(input)
    const labels = known ?? cifar.labels
    try {
      assertKnown(labels, cifar.labels, `'${input.folder}'`)
      assertClasses(stages, labels)
    } catch (thrown) {
      await cifar.close()
      throw thrown
    }
    return toLabelled(cifar, labels, limit, cifarSource)
  }
  const given = input.labelsFile === undefined ? known : await readLabels(input.labelsFile)
  if (given === undefined) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected --labels for '${stages[0]?.spec.name}', whose manifest names none`,
      { hint: "Pass a file with one label a line, in the order of the model's classes" },
    )
  }
  const labels = known ?? given
  assertClasses(stages, labels)
  const { format } = input
  assertKnown(labels, given, 'the labels file')
  // A labels file says which folders are meant; others are left out with a warning then.
  if (input.labelsFile === undefined) {
    assertKnown(labels, await labelledFolders(input.folder, format), `'${input.folder}'`)
  }
  const ofModel = stages[0]?.spec.preprocessing?.orientation
  const tap = createTap(
    input.orientation ?? ofModel ?? defaultOrientation,
    input.preprocessModule === undefined ? undefined : await loadPreprocess(input.preprocessModule),
  )
  const folder = await createImageFolder({
    folder: input.folder,
    // In the model's order, those of the file alone.
    labels: labels.filter((label) => given.includes(label)),
    format,
    ...size,
    decoder: createImageDecoder(),
    preprocess: tap.preprocess,
    log,
  })
  return toLabelled(folder, labels, limit, tap.toSource)
}

function toLabelled(
  whole: Input,
  labels: readonly string[],
  limit: number | undefined,
  toSource: ToSource,
): Labelled {
  const input = limit === undefined ? whole : limitInput(whole, limit)
  const indexes = whole.labels.map((label) => labels.indexOf(label))
  return {
    labels,
    sources: Array.from(input.samples(), (sample) => ({
      ...toSource(sample),
      label: indexes[sample.label] ?? -1,
    })),
    close: () => input.close(),
  }
}

type ToSource = (sample: Sample) => Omit<LabelledSource, 'label'>

/** Decodes, and remembers size and digest of the file's bytes until its source asks for them. */
function createTap(
  orientation: Orientation,
  own: Preprocess | undefined,
): {
  readonly preprocess: Preprocess
  readonly toSource: ToSource
} {
  const decode = createImageDecoder()
  const seen = new Map<string, { readonly digest: string; readonly fileBytes: number }>()
  return {
    preprocess: async (source) => {
      const { bytes, file, height, width } = source
      seen.set(file, { digest: digestOf(file, bytes), fileBytes: bytes.length })
      if (own !== undefined) return own(source)
      const data = await decode(bytes, height, width, orientation)
      return { dtype: 'uint8', shape: [height, width, 3], data }
    },
    toSource: (sample) => ({
      file: sample.file,
      load: async () => {
        try {
          const image = await sample.read()
          const { digest = '', fileBytes } = seen.get(sample.file) ?? {}
          return { image, digest, fileBytes }
        } finally {
          seen.delete(sample.file)
        }
      },
    }),
  }
}

function cifarSource(sample: Sample): Omit<LabelledSource, 'label'> {
  return {
    file: sample.file,
    load: async () => {
      const image = await sample.read()
      return { image, digest: digestOf(sample.file, image.data), fileBytes: undefined }
    },
  }
}

/** As the training hashes its samples. */
function digestOf(file: string, bytes: Uint8Array | Float32Array): string {
  return createHash('sha256').update(file).update(bytes).digest('hex')
}

function imageSizeOf(stages: readonly Stage[]): { height: number; width: number } {
  const first = stages[0]
  const [height, width, channels] = first?.shapes.input ?? []
  const isFirst = (first?.spec.place?.index ?? 0) === 0
  if (!isFirst || height === undefined || width === undefined || channels !== 3) {
    throw wrongSize(stages, 'images of 3 channels')
  }
  return { height, width }
}

function wrongSize(stages: readonly Stage[], what: string): ConfigError {
  const first = stages[0]
  const place = first?.spec.place
  const shown = place === undefined ? '' : `, submodel ${place.index + 1} of ${place.count}`
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected a first model for ${what}, got '${first?.spec.name}' for ${describeShape(first?.shapes.input ?? [])}${shown}`,
    {
      hint:
        (place?.index ?? 0) > 0
          ? 'Pass the folders of the whole chain with --models, the first submodel first'
          : howToFit(first?.shapes.input ?? []),
    },
  )
}

function assertKnown(labels: readonly string[], given: readonly string[], where: string): void {
  const unknown = given.filter((label) => !labels.includes(label))
  if (unknown.length === 0) return
  throw new ConfigError(
    'DDNN_LABELS_MISMATCH',
    `Expected labels of the model (${labels.join(', ')}), got ${unknown.join(', ')} in ${where} (${given.join(', ')})`,
    {
      hint: 'Name the folders as the model names its labels, pass --labels FILE with those to take, or pass the models of this set',
    },
  )
}

function assertClasses(stages: readonly Stage[], labels: readonly string[]): void {
  for (const { spec, shapes } of stages) {
    const odd = shapes.exits.find((classes) => classes !== labels.length)
    if (odd === undefined) continue
    throw new ConfigError(
      'DDNN_LABELS_MISMATCH',
      `Expected ${odd} labels for the ${odd} classes of '${spec.name}', got ${labels.length}: ${labels.join(', ')}`,
      {
        hint: "Pass --labels with one label a line for each of the model's classes, in their order",
      },
    )
  }
}
