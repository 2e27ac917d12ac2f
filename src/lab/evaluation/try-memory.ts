// Whether an exit is better with those before it: fitted on each half of the samples that choose, measured on the other,
// since few images fit a mean that is worse on others. Pure.
import { argmax } from '../../domain/confidence.ts'
import { mostExits, mostRemembered } from '../../domain/exit-memory.ts'
import { meanOf } from '../../domain/mean.ts'
import { createRandom, shuffled } from '../../domain/random.ts'
import { fitMean } from './fit-mean.ts'
import { leastSamples } from './check-samples.ts'
import { recalledBy, type RecalledSample } from './recalled.ts'
import { fitTemperature, nllOf, type Scored } from './temperature.ts'

/** Means over samples that did not fit, each way at a temperature of its own. */
interface TriedWay {
  /** Negative log-likelihood of the truth, nats. */
  readonly nll: number
  readonly accuracy: number
}

export interface MemoryTrial {
  readonly isKept: boolean
  /** By its own values, and with the exits before it; undefined where it could not be tried. */
  readonly alone?: TriedWay | undefined
  readonly remembering?: TriedWay | undefined
  /** Why, in words. */
  readonly because: string
}

/** Least share of the likelihood's loss that is gained; what travels for it costs bytes. */
const leastGain = 0.01

interface TrialOptions {
  /** Places in the family of the exits up to this one. */
  readonly places: readonly number[]
  /** Exits of the family. */
  readonly exits: number
  /** Keeps it though it does not help. */
  readonly isForced: boolean
  readonly seed: number
}

/**
 * Kept where on samples that did not fit the likelihood gains at least 1 %, more than the standard error of that gain,
 * and accuracy is not lower by more than its own: asked to be no lower at all, it is off half of the time where the two
 * are equal.
 */
export function tryMemory(samples: readonly RecalledSample[], options: TrialOptions): MemoryTrial {
  const classes = samples[0]?.logits.length ?? 0
  if (samples.length < 2 * leastSamples) {
    return {
      isKept: false,
      because: `only ${samples.length} images of which all exits said something`,
    }
  }
  if (classes * (options.exits - 1) > mostRemembered || options.exits > mostExits) {
    const most = `${mostRemembered} values of ${mostExits} exits travel with features`
    return {
      isKept: false,
      because: `${classes} classes at ${options.exits} exits: at most ${most}`,
    }
  }
  const { alone, remembering } = crossFit(samples, options)
  const [own, mean] = [wayOf(alone), wayOf(remembering)]
  const gain = differenceOf(alone, remembering, ({ nll }) => nll)
  const lost = differenceOf(alone, remembering, ({ right }) => right)
  const isWorth = gain.mean >= leastGain * own.nll && gain.mean > gain.error
  const isAsRight = lost.mean <= lost.error
  const because =
    isWorth && isAsRight
      ? 'better on images that did not fit it'
      : isWorth
        ? 'less accurate on images that did not fit it'
        : 'no likelier on images that did not fit it'
  const isBetter = isWorth && isAsRight
  return {
    isKept: options.isForced || isBetter,
    ...{ alone: own, remembering: mean },
    because: options.isForced && !isBetter ? `asked for, though ${because}` : because,
  }
}

/** One sample, in means over the repeats. */
interface Tried {
  readonly nll: number
  readonly right: number
}

/** Splits in halves: with few samples one alone says little. */
const enough = 2000
const mostRepeats = 5

/** Each sample by fits of halves that it is not in. */
function crossFit(
  samples: readonly RecalledSample[],
  { places, seed }: TrialOptions,
): { readonly alone: readonly Tried[]; readonly remembering: readonly Tried[] } {
  const repeats = Math.min(mostRepeats, Math.ceil(enough / samples.length))
  const alone = new Sums(samples.length, repeats)
  const remembering = new Sums(samples.length, repeats)
  const place = places.at(-1) ?? 0
  for (let repeat = 0; repeat < repeats; repeat++) {
    const mixed = shuffled([...samples.keys()], createRandom(seed, 0x3e30, repeat))
    const middle = Math.round(mixed.length / 2)
    const halves = [mixed.slice(0, middle), mixed.slice(middle)] as const
    for (const [own, other] of [halves, halves.toReversed()] as const) {
      const [fitting, measured] = [own, other].map((half = []) =>
        half.map((i) => samples[i] as RecalledSample),
      ) as [RecalledSample[], RecalledSample[]]
      alone.add(other ?? [], measured, fitTemperature(fitting))
      const memory = fitMean(fitting, places)
      remembering.add(other ?? [], recalledBy(measured, place, memory), memory.temperature)
    }
  }
  return { alone: alone.read(), remembering: remembering.read() }
}

class Sums {
  readonly #repeats: number
  readonly #nll: Float64Array
  readonly #right: Float64Array

  constructor(count: number, repeats: number) {
    this.#repeats = repeats
    this.#nll = new Float64Array(count)
    this.#right = new Float64Array(count)
  }

  add(places: readonly number[], samples: readonly Scored[], temperature: number): void {
    for (const [i, sample] of samples.entries()) {
      const at = places[i] as number
      const isRight = argmax(sample.logits) === sample.label
      this.#nll[at] = (this.#nll[at] as number) + nllOf(sample, temperature)
      this.#right[at] = (this.#right[at] as number) + Number(isRight)
    }
  }

  read(): readonly Tried[] {
    const mean = (sum: number) => sum / this.#repeats
    return Array.from(this.#nll, (nll, i) => ({
      nll: mean(nll),
      right: mean(this.#right[i] as number),
    }))
  }
}

function wayOf(tried: readonly Tried[]): TriedWay {
  return {
    nll: meanOf(tried.map(({ nll }) => nll)),
    accuracy: meanOf(tried.map(({ right }) => right)),
  }
}

/** Mean and standard error of how much less it is; both lists are of the same samples. */
function differenceOf(
  from: readonly Tried[],
  to: readonly Tried[],
  valueOf: (tried: Tried) => number,
): { readonly mean: number; readonly error: number } {
  const gains = from.map((one, i) => valueOf(one) - valueOf(to[i] ?? one))
  const mean = meanOf(gains)
  const squares = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0)
  return { mean, error: Math.sqrt(squares / (gains.length - 1) / gains.length) }
}
