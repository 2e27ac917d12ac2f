// Which codec features are to travel by: of those that cost at most so much accuracy, the one of fewest bytes.
// Thresholds are chosen anew with each form, since confidences move with it. Only samples that choose take part, and with
// folds the others of each fold: what proves a loss has chosen no codec either. Pure.
import {
  featureForms,
  partsOfCodec,
  type FeatureCodec,
  type FeatureForm,
} from '../../domain/feature-codec.ts'
import { neverOfAll } from '../../domain/leaves.ts'
import { meanOf } from '../../domain/mean.ts'
import { toDdnnError } from '../../errors.ts'
import { calibrate, memoryOf, type CalibrateOptions, type Calibration } from './calibrate.ts'
import { checkSamples } from './check-samples.ts'
import { chosenColumns } from './choose-criteria.ts'
import type { KeepSamples } from './cross-fit.ts'
import { exitCosts } from './exit-costs.ts'
import { fitExits } from './fit-exits.ts'
import { frameBytesOf } from './frame-facts.ts'
import { checkShares, type Goal } from './goal.ts'
import { thresholdsForGoal } from './goal-thresholds.ts'
import { withMemoryOf } from './memory-bytes.ts'
import { measureCascade, type CascadeMeasure } from './measure-cascade.ts'
import type { SampleScores, Scores } from './scores.ts'
import { splitSamples } from './split-samples.ts'

/** One form of features with its smallest codec, as the samples that choose see it. */
export interface CodecCandidate {
  readonly codec: FeatureCodec
  /** Under thresholds for the goal as measured: what is to be proved needs samples that do not choose. */
  readonly measured: CascadeMeasure
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
  /** Where folds prove: what the others of each chose, by which the fold was measured. */
  readonly ofFolds: readonly FeatureCodec[]
}

/** Shares that differ by less are the same. */
const tolerance = 1e-9

/**
 * Chooses among float32 and the compared forms. A form is allowed where neither the cascade nor any exit
 * behind a link loses more than `maxLoss`, 0 to 1: few samples may reach a link, so the cascade alone shows
 * little of what the form does to them.
 * @param given collected with float32 features, and compared forms
 * @throws as `calibrate`
 */
export function chooseCodec(
  given: Scores,
  options: CalibrateOptions,
  maxLoss: number,
): CodecChoice {
  const { scores } = checkSamples(given)
  checkShares(options.goal, scores.exits.length)
  const chooseBy = (keep: KeepSamples) => chooseAmong(scores, options, maxLoss, keep)
  const { codec, candidates } = chooseBy((samples) => splitSamples(samples, options).chosenOn)
  const ofFolds: FeatureCodec[] = []
  const calibration = calibrate(
    { ...given, samples: samplesSentBy(given, codec) },
    {
      ...options,
      codec,
      sentInFold: (others) => {
        const own = chooseBy(others).codec
        ofFolds.push(own)
        return samplesSentBy(scores, own)
      },
    },
  )
  return { codec, calibration, candidates, ofFolds }
}

/** By the samples that `keep` leaves of each form's. */
function chooseAmong(
  scores: Scores,
  options: CalibrateOptions,
  maxLoss: number,
  keep: KeepSamples,
): Pick<CodecChoice, 'codec' | 'candidates'> {
  const reference = tryForm(scores, 'float32', options, keep)
  const candidates = featureForms.flatMap((form): CodecCandidate[] => {
    const own = form === 'float32' ? reference : tryForm(scores, form, options, keep)
    if (own === undefined || reference === undefined) return []
    const { accuracies, ...facts } = own
    const cascadeLoss = reference.measured.accuracy - own.measured.accuracy
    const exitLoss = exitLossOf(scores, reference.accuracies, accuracies)
    const isAllowed = Math.max(cascadeLoss, exitLoss) <= maxLoss + tolerance
    return [{ ...facts, cascadeLoss, exitLoss, isAllowed: isAllowed || form === 'float32' }]
  })
  // Without any, float32 says what is out of reach.
  const allowed = candidates.filter(({ isAllowed }) => isAllowed)
  const best = allowed.reduce<CodecCandidate | undefined>(
    (least, other) => (least === undefined || other.bytes < least.bytes ? other : least),
    undefined,
  )
  return { codec: best?.codec ?? 'float32', candidates }
}

type TriedForm = Pick<CodecCandidate, 'codec' | 'measured' | 'bytes'> & {
  /** Of each exit alone. */
  readonly accuracies: readonly number[]
}

/** Undefined where nobody collected the form, or thresholds for the goal are out of reach with it. */
function tryForm(
  scores: Scores,
  form: FeatureForm,
  options: CalibrateOptions,
  keep: KeepSamples,
): TriedForm | undefined {
  const samples = samplesOfForm(scores, form)
  const codec = smallestOf(scores, form)
  if (samples === undefined || codec === undefined) return undefined
  const { goal, confidence, minExitShare, criterion, seed, links } = options
  const memory = memoryOf(options)
  const chosenOn = keep(samples)
  const fitted = fitExits(chosenOn, scores.exits, { memory, seed })
  const { fits, criteria, columns } = chosenColumns(chosenOn, scores, fitted, criterion)
  const sent = withMemoryOf(scores, fits)
  const { costs, exitMs } = exitCosts(sent, links, codec)
  const choosing = { confidence, minExitShare, costs, exitMs, never: neverOfAll(criteria) }
  try {
    const thresholds = thresholdsForGoal(columns, undefined, { ...choosing, goal: measured(goal) })
    const measure = measureCascade(columns, thresholds, exitMs)
    return {
      codec,
      measured: measure,
      bytes: bytesOf(sent, codec, measure),
      accuracies: columns.isRight.map(meanOf),
    }
  } catch (thrown) {
    if (toDdnnError(thrown).code !== 'DDNN_CONFIG_INVALID') throw thrown
    return undefined
  }
}

function measured(goal: Goal): Goal {
  return goal.kind === 'loss' ? { ...goal, by: 'measured' } : goal
}

/** A form that lost samples on its way has others at the same places. */
function samplesOfForm(
  { samples, compared }: Scores,
  form: FeatureForm,
): readonly SampleScores[] | undefined {
  if (form === 'float32') return samples
  const own = compared?.find((other) => other.form === form)?.samples
  return own?.length === samples.length ? own : undefined
}

function samplesSentBy(scores: Scores, codec: FeatureCodec): readonly SampleScores[] {
  return samplesOfForm(scores, partsOfCodec(codec).form) ?? scores.samples
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

function bytesOf(
  { stages, exits }: Scores,
  codec: FeatureCodec,
  { shares }: CascadeMeasure,
): number {
  return stages.reduce((sum, { offload }, stage) => {
    if (offload === null) return sum
    const over = shares.filter((_, exit) => (exits[exit]?.stage ?? 0) > stage)
    return sum + frameBytesOf(offload, codec) * over.reduce((a, b) => a + b, 0)
  }, 0)
}

function exitLossOf(
  { exits }: Scores,
  reference: readonly number[],
  own: readonly number[],
): number {
  const losses = exits.flatMap(({ stage }, exit) =>
    stage === 0 ? [] : [(reference[exit] ?? 0) - (own[exit] ?? 0)],
  )
  return Math.max(0, ...losses)
}
