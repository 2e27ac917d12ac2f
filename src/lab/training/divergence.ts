// The end of a training whose numbers are none any more: found before the update of that step reaches the weights.
import { isEveryFinite } from '../../domain/finite.ts'
import { DdnnError } from '../../errors.ts'

/** A step, as what goes wrong at it names it. */
export interface StepPlace {
  readonly epoch: number
  /** From 1, within the epoch. */
  readonly step: number
  /** Of this step, as scheduled. */
  readonly learningRate: number
  /** Whether no update came before it. */
  readonly isFirst: boolean
  readonly rates: RateAdvice
}

/** What the run was told of the rate that holds, for the advice. */
export interface RateAdvice {
  /** The highest rate of the schedule. */
  readonly learningRate: number
  /** That of the network's own recipe. */
  readonly ownLearningRate: number
  /** That, or the field of a recipe that, sets the rate; --learning-rate where undefined. */
  readonly flag?: string
  /** What else there is to look at, where the rate is not why. */
  readonly suspects?: string
}

/** DDNN_TRAINING_DIVERGED. */
export class DivergedError extends DdnnError {
  readonly #made: readonly [found: string, place: StepPlace]

  /** @param found 'a loss of NaN' */
  constructor(found: string, place: StepPlace, kept?: string) {
    const { epoch, step, learningRate, isFirst, rates } = place
    const rate = `a learning rate of ${shortNumber(learningRate)}`
    const advice = isFirst ? lookAtInputs(rates) : lowerRate(rates)
    super(
      'DDNN_TRAINING_DIVERGED',
      `Expected finite numbers, got ${found} at step ${step} of epoch ${epoch}, at ${rate}`,
      { hint: kept === undefined ? advice : `${advice}; ${kept}` },
    )
    this.#made = [found, place]
  }

  /** The same, and what became of the weights. */
  with(kept: string): DivergedError {
    return new DivergedError(...this.#made, kept)
  }
}

/** @throws {DivergedError} before the optimizer sees the gradients. `norm` is their joint one. */
export function assertStepFinite(loss: number, norm: number, place: StepPlace): void {
  if (!Number.isFinite(loss)) throw new DivergedError(`a loss of ${loss}`, place)
  if (!Number.isFinite(norm)) throw new DivergedError(`gradients of norm ${norm}`, place)
}

/** @throws {DivergedError} where an update overflowed float32. */
export function assertWeightsFinite(
  weights: readonly { readonly values: Float32Array }[],
  place: StepPlace,
): void {
  if (weights.every(({ values }) => isEveryFinite(values))) return
  throw new DivergedError('weights that are no numbers', place)
}

function lookAtInputs({
  suspects = 'the weights it began with (--initial-weights) and at --model-module',
}: RateAdvice): string {
  return `No update came before it, so the learning rate is not why: look at the images, at ${suspects}`
}

function lowerRate({
  learningRate,
  ownLearningRate,
  flag = '--learning-rate',
}: RateAdvice): string {
  const isRaised = learningRate > ownLearningRate
  const wanted = isRaised ? ownLearningRate : learningRate / 10
  const why = isRaised ? ", the network's own" : ''
  const how = flag.startsWith('--') ? `pass ${flag}` : `set ${flag} to`
  return `The learning rate is too high for these images: ${how} ${shortNumber(wanted)}${why}`
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(3)))
}
