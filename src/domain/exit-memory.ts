// Exits that remember: an exit's answer may be a weighted geometric mean of its own probabilities and those of the exits
// before it (Zero Time Waste, Wolczyk et al. 2021, arXiv 2106.05409, equation 3). What one exit says of a sample is kept
// here for those behind it, in this process or in the tier in front.
import { logitsOf, type ExitGives } from './confidence.ts'
import { isEveryFinite } from './finite.ts'

/** Whether calibration lets exits go by those before them: where it helps, wherever it can be had, or nowhere. */
export const memoryChoices = ['auto', 'on', 'off'] as const
export type MemoryChoice = (typeof memoryChoices)[number]

/** How an exit goes by those before it; fitted by calibration. */
export interface ExitMemory {
  /** Of each exit of the family up to this one, its own last; 0 or more. Where it is 0, that exit is not asked for. */
  readonly weights: readonly number[]
  /** Added to each class. */
  readonly bias: readonly number[]
  /** Of the mean, whatever the exit's own temperature is. */
  readonly temperature: number
}

/** Log-probabilities of a sample, float32 [classes], by place of the exit in the family; holes where nothing is known. */
export type Remembered = readonly (Float32Array | undefined)[]

/** Most values of all exits together that travel with features: a header has no room for more. */
export const mostRemembered = 512
/** Most places of exits that travel. */
export const mostExits = 64

/** Whether all of it can travel with features. */
export function canTravel(remembered: Remembered): boolean {
  return remembered.length <= mostExits && countOf(remembered) <= mostRemembered
}

function countOf(remembered: Remembered): number {
  return remembered.reduce((sum, logs) => sum + (logs?.length ?? 0), 0)
}

/** What the exits of one sample said so far. */
export interface SampleMemory {
  /** Keeps what an exit gave, class values as they are. Values that are not finite are no memory. */
  keep(exit: number, own: ArrayLike<number>, gives: ExitGives): void
  /** Log-probabilities of an exit; undefined where it said nothing. */
  at(exit: number): Float32Array | undefined
}

/** @param given what exits of tiers behind said of the sample. */
export function startMemory(given: Remembered = []): SampleMemory {
  const known: (Float32Array | (() => Float32Array) | undefined)[] = [...given]
  return {
    keep(exit, own, gives) {
      // Most exits are never asked for: the logarithms are taken when one is.
      known[exit] = isEveryFinite(own) ? () => logProbabilitiesOf(own, gives) : undefined
    },
    at(exit) {
      const found = known[exit]
      if (typeof found !== 'function') return found
      const taken = found()
      known[exit] = taken
      return taken
    },
  }
}

/**
 * The mean's logits of exit `exit`, float32 [classes]: bias + sum of weight x log p over the exits up to it; their softmax
 * is the normalised weighted geometric mean. Undefined where an exit of weight is not known or has other classes.
 */
export function recall(
  exit: number,
  { weights, bias }: ExitMemory,
  memory: SampleMemory,
): Float32Array | undefined {
  if (weights.length !== exit + 1) return undefined
  const sums = Float64Array.from(bias)
  for (const [from, weight] of weights.entries()) {
    if (weight === 0) continue
    const logs = memory.at(from)
    if (logs?.length !== sums.length) return undefined
    for (let c = 0; c < logs.length; c++)
      sums[c] = (sums[c] as number) + weight * (logs[c] as number)
  }
  // As they travel in every form of the wire.
  return Float32Array.from(sums)
}

/** At a temperature of 1; finite for finite values. */
export function logProbabilitiesOf(own: ArrayLike<number>, gives: ExitGives): Float32Array {
  const logits = logitsOf(own, gives)
  let max = -Infinity
  for (let i = 0; i < logits.length; i++) max = Math.max(max, logits[i] as number)
  let sum = 0
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i] as number) - max)
  const total = max + Math.log(sum)
  const logs = new Float32Array(logits.length)
  for (let i = 0; i < logits.length; i++) {
    logs[i] = Math.max((logits[i] as number) - total, leastLog)
  }
  return logs
}

/** Logits may be as far apart as float32 goes, and their logarithms are summed. */
const leastLog = Math.fround(-1e30)

/** Whether another process may have had these of `logProbabilitiesOf`. */
export function areLogProbabilities(values: Float32Array): boolean {
  return values.every((value) => value >= leastLog && value <= 0)
}
