// Whether these samples can calibrate anything, and what is odd about them. Pure.
import { ConfigError } from '../../errors.ts'
import { describeOdd, findOddExits, withoutNumbers } from './odd-exits.ts'
import type { ExitFacts, SampleScores, Scores } from './scores.ts'

/** Fewer say nothing of anything. */
export const leastSamples = 20

interface CheckedScores {
  /** With what an exit gives put right where its manifest is silent. */
  readonly scores: Scores
  /** Sentences for the user. */
  readonly warnings: readonly string[]
}

/** For whoever knows their number before they were run. @throws DDNN_CONFIG_INVALID for too few. */
export function checkCount(count: number): void {
  if (count >= leastSamples) return
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected at least ${leastSamples} images to calibrate on, got ${count}`,
    { hint: 'Some hundreds are needed for temperatures, some thousands for a bound' },
  )
}

/**
 * Refuses what cannot be calibrated on, and names what is odd.
 * @throws DDNN_CONFIG_INVALID for too few samples or one label; DDNN_ENGINE_VALUE for an exit without numbers.
 */
export function checkSamples(scores: Scores): CheckedScores {
  const { samples, labels } = scores
  checkCount(samples.length)
  const seen = new Set(samples.map(({ label }) => label))
  if (seen.size < 2) {
    const only = labels[samples[0]?.label ?? 0] ?? 'none'
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected images of at least two labels to calibrate on, got only '${only}'`,
      { hint: 'Pass held-out images of all labels, in the shares that serving will see' },
    )
  }
  const warnings: string[] = []
  const missing = labels.filter((_, label) => !seen.has(label))
  if (missing.length > 0) {
    warnings.push(`no images of ${missing.join(', ')}: nothing is known of the exits there`)
  }
  const odd = findOddExits(scores)
  const broken = odd.filter(({ images }) => images === samples.length).map(({ name }) => name)
  if (broken.length > 0) throw withoutNumbers(broken)
  warnings.push(...odd.map((one) => describeOdd(one, samples.length)))
  const exits = scores.exits.map((facts, exit) => checkExit(facts, exit, samples))
  return { scores: { ...scores, exits }, warnings }
}

function checkExit(facts: ExitFacts, exit: number, samples: readonly SampleScores[]): ExitFacts {
  // Only a manifest names a temperature: without one, `logits` was an assumption.
  const isAssumed = facts.temperature === undefined && facts.gives === 'logits'
  return isAssumed && areProbabilities(samples, exit) ? { ...facts, gives: 'probabilities' } : facts
}

/** Whether all outputs are a softmax's, as of a model with an activation at its end. */
function areProbabilities(samples: readonly SampleScores[], exit: number): boolean {
  return samples.every(({ values }) => {
    let sum = 0
    for (const value of values[exit] ?? []) {
      if (value < 0) return false
      sum += value
    }
    return Math.abs(sum - 1) < 1e-3 || Number.isNaN(sum)
  })
}
