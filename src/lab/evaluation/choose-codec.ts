// Which codec features are to travel by: of those that cost at most so much accuracy, the one of fewest bytes.
// Thresholds are chosen anew with each form, since confidences move with it. Pure.
import {
  featureForms,
  partsOfCodec,
  type FeatureCodec,
  type FeatureForm,
} from '../../domain/feature-codec.ts'
import { toDdnnError } from '../../errors.ts'
import { calibrate, type CalibrateOptions, type Calibration } from './calibrate.ts'
import { frameBytesOf } from './frame-facts.ts'
import type { Scores } from './scores.ts'

/** One form of features with its smallest codec, calibrated. */
export interface CodecCandidate {
  readonly codec: FeatureCodec
  readonly calibration: Calibration
  /** Over all links, mean over all samples: those that left before send nothing. */
  readonly bytes: number
  /** Accuracy lost to float32, 0 to 1: by the cascade, and by the exit behind a link that loses most. */
  readonly cascadeLoss: number
  readonly exitLoss: number
  readonly isAllowed: boolean
}

/** What was chosen, or given; there are no candidates then. */
export interface CodecChoice {
  readonly codec: FeatureCodec
  readonly calibration: Calibration
  /** All, float32 first. */
  readonly candidates: readonly CodecCandidate[]
}

/** Shares that differ by less are the same. */
const tolerance = 1e-9

/**
 * Chooses among float32 and the compared forms. A form is allowed where neither the cascade nor any exit
 * behind a link loses more than `maxLoss`, 0 to 1: few samples may reach a link, so the cascade alone shows
 * little of what the form does to them.
 * @param scores collected with float32 features, and compared forms
 * @throws as `calibrate`
 */
export function chooseCodec(
  scores: Scores,
  options: CalibrateOptions,
  maxLoss: number,
): CodecChoice {
  const reference = calibrateWith(scores, 'float32', options)
  const candidates = featureForms.flatMap((form): CodecCandidate[] => {
    const own = form === 'float32' ? reference : tryWith(scores, form, options)
    if (own === undefined || reference === undefined) return []
    const cascadeLoss = accuracyOf(reference.calibration) - accuracyOf(own.calibration)
    const exitLoss = exitLossOf(scores, reference.calibration, own.calibration)
    const isAllowed = Math.max(cascadeLoss, exitLoss) <= maxLoss + tolerance
    return [{ ...own, cascadeLoss, exitLoss, isAllowed: isAllowed || form === 'float32' }]
  })
  if (candidates.length === 0) {
    return { codec: 'float32', calibration: calibrate(scores, options), candidates }
  }
  const allowed = candidates.filter(({ isAllowed }) => isAllowed)
  const { codec, calibration } = allowed.reduce((best, other) =>
    other.bytes < best.bytes ? other : best,
  )
  return { codec, calibration, candidates }
}

function calibrateWith(
  scores: Scores,
  form: FeatureForm,
  options: CalibrateOptions,
): Pick<CodecCandidate, 'codec' | 'calibration' | 'bytes'> | undefined {
  const samples =
    form === 'float32'
      ? scores.samples
      : scores.compared?.find((other) => other.form === form)?.samples
  const codec = smallestOf(scores, form)
  if (samples === undefined || codec === undefined) return undefined
  const calibration = calibrate({ ...scores, samples }, { ...options, codec })
  return { codec, calibration, bytes: bytesOf(scores, codec, calibration) }
}

/** Undefined too where thresholds for the goal are out of reach with this form. */
function tryWith(...args: Parameters<typeof calibrateWith>): ReturnType<typeof calibrateWith> {
  try {
    return calibrateWith(...args)
  } catch (thrown) {
    if (toDdnnError(thrown).code !== 'DDNN_CONFIG_INVALID') throw thrown
    return undefined
  }
}

/** Of the form alone and packed, the one whose frames are smallest after all submodels together. */
function smallestOf({ stages }: Scores, form: FeatureForm): FeatureCodec | undefined {
  const offloads = stages.flatMap(({ offload }) => (offload === null ? [] : [offload]))
  const codecs = (offloads[0]?.frames ?? [])
    .map(({ codec }) => codec)
    .filter((codec) => partsOfCodec(codec).form === form)
  const sum = (codec: FeatureCodec) =>
    offloads.reduce((total, offload) => total + frameBytesOf(offload, codec), 0)
  const sized = codecs.map((codec) => ({ codec, bytes: sum(codec) }))
  const known = sized.filter(({ bytes }) => Number.isFinite(bytes))
  return known.toSorted((a, b) => a.bytes - b.bytes)[0]?.codec
}

function bytesOf({ stages, exits }: Scores, codec: FeatureCodec, calibration: Calibration): number {
  const { shares } = measureOf(calibration)
  return stages.reduce((sum, { offload }, stage) => {
    if (offload === null) return sum
    const over = shares.filter((_, exit) => (exits[exit]?.stage ?? 0) > stage)
    return sum + frameBytesOf(offload, codec) * over.reduce((a, b) => a + b, 0)
  }, 0)
}

function exitLossOf({ exits }: Scores, reference: Calibration, own: Calibration): number {
  const losses = exits.flatMap(({ stage }, exit) => {
    const [before, now] = [reference.exits[exit], own.exits[exit]]
    return stage === 0 || before === undefined || now === undefined
      ? []
      : [before.accuracy - now.accuracy]
  })
  return Math.max(0, ...losses)
}

function accuracyOf(calibration: Calibration): number {
  return measureOf(calibration).accuracy
}

/** Where figures of exits are from too: the images that did not choose, if any. */
function measureOf({ onTested, onChosen }: Calibration): Calibration['onChosen'] {
  return onTested ?? onChosen
}
