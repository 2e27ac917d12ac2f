// `ddnn doctor`: every check of a run that was not started, in the order in which its start would need
// them. Nothing is changed: no topic made, no group joined that a run uses, nothing committed.
import type { Config, DeviceConfig } from '../../cli/config.ts'
import { backSizes, frontSizes, imageSizes } from '../../compose/frame-sizes.ts'
import type { FrameLimits } from '../../serving/transport/transport.ts'
import { sentAs } from '../../compose/inputs.ts'
import { sentImages } from '../../compose/device-front.ts'
import type { Sent } from '../../serving/device/fits.ts'
import type { CheckResult } from './check.ts'
import { Examination, type Checked } from './examination.ts'
import { checkInput, checkOutput, type KnownInput } from './files.ts'
import { lookFirst, type Told } from './front.ts'
import { checkBackLink, checkFrontLink } from './link.ts'
import { checkModels, type KnownModels } from './models.ts'
import { checkProcess } from './process.ts'
import type { Together } from './together.ts'

interface DoctorOptions {
  /** Longest time of one check, milliseconds; loading models may take six times that. */
  readonly timeoutMs: number
  /** Whether models are loaded and run once, or only their files are looked at. */
  readonly isLoaded: boolean
  readonly signal: AbortSignal
  /** Where processes of one deployment are examined one after the other. */
  readonly together?: Together
  readonly onResult: (result: CheckResult) => void
}

/** What of an examination is the user's to say. */
export type GivenOptions = Pick<DoctorOptions, 'timeoutMs' | 'isLoaded' | 'signal'>

/** Runs all checks; never throws for what they find. */
export async function examine(
  config: Config,
  options: DoctorOptions,
): Promise<readonly CheckResult[]> {
  const exam = new Examination(options)
  const { timeoutMs, together } = options
  await checkProcess(exam, config)
  const models =
    config.models.length > 0 ? await checkModels(exam, config, options.isLoaded) : undefined
  const told = await toldFirst(config, options)
  const input = hasInput(config) ? await checkInput(exam, config, models, told?.reply) : undefined
  await checkOutput(exam, config)
  if (config.role === 'tier') {
    const sizes = models?.value === undefined ? undefined : backSizes(models.value.stages)
    await checkBackLink(exam, config, { link: config.back, sizes, timeoutMs, together })
  }
  if (config.front !== undefined) {
    const sizes = sizesOf(config, models, input)
    const link = { link: config.front, sizes, timeoutMs, together }
    await checkFrontLink(exam, config, link, sentBy(config, models?.value, input?.value), told)
  }
  return exam.results
}

/** A device has the size and the labels of the tier in front, where it is told neither. */
function toldFirst(
  config: Config,
  { timeoutMs, signal }: DoctorOptions,
): Promise<Told | undefined> {
  const { front } = config
  const isAsking = config.role === 'device' && config.wireFront === 'binary'
  return isAsking && front !== undefined
    ? lookFirst(config, front, timeoutMs, signal)
    : Promise.resolve(undefined)
}

function sizesOf(
  config: Config,
  models: Checked<KnownModels> | undefined,
  input: Checked<KnownInput> | undefined,
): FrameLimits | undefined {
  const form = config.wireFront
  if (models !== undefined) {
    return models.value === undefined ? undefined : frontSizes(models.value.stages, form)
  }
  // A gateway sends what the tier says that it takes.
  if (config.role === 'gateway') return imageSizes([1, 1, 3], 'uint8', 1, form)
  if (!hasInput(config) || input?.value === undefined) return undefined
  const { shape, input: images } = input.value.opened
  return imageSizes(shape, sentAs(config.input, form), images.labels.length, form)
}

/** Undefined where the front is never asked. */
function sentBy(
  config: Config,
  models: KnownModels | undefined,
  input: KnownInput | undefined,
): Sent | undefined {
  if (config.models.length > 0) {
    const last = models?.stages.at(-1)
    if (last?.shapes.features === null) return undefined
    const shape = last?.shapes.features
    return { family: last?.spec.family, labels: models?.labels, form: 'float32', shape }
  }
  const unknown = { family: undefined, labels: undefined, form: undefined, shape: undefined }
  return hasInput(config) && input !== undefined ? sentImages(config.input, input.opened) : unknown
}

function hasInput(config: Config): config is DeviceConfig {
  return config.role === 'device' || config.role === 'local'
}
