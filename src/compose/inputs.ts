// From the flags of the input to samples, and how they travel.
import type { InputConfig } from '../cli/config.ts'
import type { SendForm } from '../serving/device/read-as.ts'
import { ConfigError } from '../errors.ts'
import { createCifar10 } from '../input/cifar10.ts'
import { createImageDecoder } from '../input/decode.ts'
import { createImageEncoder } from '../input/encode.ts'
import { createImageFolder } from '../input/image-folder.ts'
import type { ImageEncoder, Input } from '../input/input.ts'
import { checkLabels, readLabels } from '../input/labels.ts'
import { limitInput } from '../input/limit.ts'
import { assertFolder } from '../input/list-images.ts'
import { loadPreprocess } from '../input/preprocess-module.ts'
import type { Logger } from '../telemetry/log.ts'
import { imageCodecs, type WireForm } from '../serving/wire/wire.ts'
import type { KnownImages } from './known-images.ts'

const defaultSize = 180

export interface OpenedInput {
  readonly input: Input
  /** `[height, width, 3]` of its images, before any preprocessing of the user's own. */
  readonly shape: readonly [number, number, number]
}

/**
 * Opens the input; images are resized to the flags' size, else the model's, else 180 x 180, and have the
 * labels of the file, else the model's.
 * @throws DDNN_INPUT_MISSING, DDNN_MODULE_INVALID, DDNN_CONFIG_INVALID where nobody names labels.
 */
export async function openInput(
  config: InputConfig,
  model: KnownImages | undefined,
  log: Logger,
): Promise<OpenedInput> {
  if (config.kind === 'cifar10') {
    const input = await createCifar10({ folder: config.folder, labelsFile: config.labelsFile })
    return { input: limit(input, config), shape: [32, 32, 3] }
  }
  const height = config.height ?? model?.height ?? defaultSize
  const width = config.width ?? model?.width ?? defaultSize
  const { preprocessModule } = config
  const input = await createImageFolder({
    folder: config.folder,
    labels: await labelsOf(config, model),
    format: config.format,
    height,
    width,
    decoder: createImageDecoder({ maxPixels: config.maxImagePixels }),
    orientation: config.orientation ?? model?.orientation,
    ofFiles: model?.orientation,
    ...(preprocessModule === undefined
      ? {}
      : { preprocess: await loadPreprocess(preprocessModule) }),
    log,
  })
  return { input: limit(input, config), shape: [height, width, 3] }
}

async function labelsOf(
  { labelsFile }: InputConfig,
  model: KnownImages | undefined,
): Promise<readonly string[]> {
  if (labelsFile !== undefined) return readLabels(labelsFile)
  if (model?.labels !== undefined) return checkLabels(model.labels, 'the model')
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    'Expected --labels with --input, since the models name none: got neither',
    { hint: 'Pass --labels FILE, one label a line, in the order that the model was trained with' },
  )
}

/**
 * Whether what needs no model to be known is there: before anything is waited for.
 * @throws DDNN_INPUT_MISSING, DDNN_CONFIG_INVALID
 */
export async function checkInputThere({ kind, folder, labelsFile }: InputConfig): Promise<void> {
  if (kind === 'cifar10') return
  if (labelsFile !== undefined) await readLabels(labelsFile)
  await assertFolder(folder)
}

function limit(input: Input, config: InputConfig): Input {
  return config.limit === undefined ? input : limitInput(input, config.limit)
}

/** How images travel where the user did not say: JSON has only floats, else as the input gives them. */
export function sendFormOf(config: InputConfig, form: WireForm): SendForm {
  return config.send ?? (form === 'json' ? 'float32' : 'own')
}

/** As far as the form of what is sent goes. */
interface SendingConfig {
  readonly send: SendForm | undefined
  readonly sendQuality: number | undefined
}

/** What makes the file that is sent of an image; undefined where pixels travel, or the image's own file. */
export function encoderOf({ send, sendQuality }: SendingConfig): ImageEncoder | undefined {
  const codec = imageCodecs.find((name) => name === send)
  if (codec === undefined || (codec === 'jpeg' && sendQuality === undefined)) return undefined
  return createImageEncoder(codec, sendQuality)
}

/** The largest dtype that may travel: a user's own preprocessing may give floats. */
export function sentAs(config: InputConfig, form: WireForm): 'uint8' | 'float32' {
  const send = sendFormOf(config, form)
  if (send === 'own') return config.preprocessModule === undefined ? 'uint8' : 'float32'
  return send === 'float32' ? 'float32' : 'uint8'
}
