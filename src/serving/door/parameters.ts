// The parameters of a request that are ddnn's: its budget, and thresholds of its own. Others are passed over,
// as the protocol says.
import { thresholdOfWord } from '../../domain/threshold-words.ts'
import { DoorError, type InferParameters } from './protocol.ts'

export interface AskedFor {
  /** Time that the whole request may take, milliseconds. */
  readonly budgetMs: number
  /** By place of the exit in the family, the last one for all behind it; undefined where none are asked for. */
  readonly thresholds: readonly number[] | undefined
}

/** The wire carries no more. */
const mostThresholds = 64

/**
 * @param timeoutMs the budget of who names none, and the most that one may name.
 * @throws DoorError 'invalid' for a parameter of ours of another type or out of its range.
 */
export function readParameters(parameters: InferParameters, timeoutMs: number): AskedFor {
  const { budget_ms: budget, threshold, thresholds } = parameters
  if (threshold !== undefined && thresholds !== undefined) {
    throw invalid("Expected parameter 'threshold' or 'thresholds', got both")
  }
  return {
    budgetMs: budget === undefined ? timeoutMs : readBudget(budget, timeoutMs),
    thresholds:
      threshold !== undefined
        ? [readThreshold(threshold)]
        : thresholds !== undefined
          ? readThresholds(thresholds)
          : undefined,
  }
}

function readBudget(value: boolean | number | string, most: number): number {
  if (typeof value === 'number' && value >= 1 && value <= most) return value
  throw invalid(
    `Expected parameter 'budget_ms' to be a number from 1 to ${most}, got ${shown(value)}`,
    'The most is the --timeout-ms of the process that answers',
  )
}

function readThreshold(value: boolean | number | string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  const word = typeof value === 'string' ? thresholdOfWord(value) : undefined
  if (word !== undefined) return word
  throw invalid(
    `Expected parameter 'threshold' to be a finite number, got ${shown(value)}`,
    "Pass 0.8, always or never, or a list by exit as 'thresholds'",
  )
}

function readThresholds(value: boolean | number | string): readonly number[] {
  const expected = `Expected parameter 'thresholds' to be 1 to ${mostThresholds} finite numbers`
  const hint = "Pass '0.9,0.8': by exit, the last one for all exits behind it"
  if (typeof value !== 'string') throw invalid(`${expected} as text, got ${shown(value)}`, hint)
  const parts = value.split(',').map((part) => part.trim())
  const numbers = parts.map((part) => thresholdOfWord(part) ?? Number(part))
  const isGood = parts.every((part, i) => part !== '' && Number.isFinite(numbers[i]))
  if (isGood && numbers.length <= mostThresholds) return numbers
  throw invalid(`${expected}, got ${shown(value)}`, hint)
}

function shown(value: boolean | number | string): string {
  return typeof value === 'string' ? `'${value.slice(0, 100)}'` : String(value)
}

function invalid(message: string, hint?: string): DoorError {
  return new DoorError('invalid', 'DDNN_FRAME_VALUE', message, { hint })
}

/**
 * Parameters of one tensor that would be answered with something else than was asked for, were they passed over.
 * @throws DoorError 'invalid'
 */
export function refuseForeign(name: string, parameters: object): void {
  const foreign = Object.keys(parameters).find(
    (key) => key.startsWith('shared_memory_') || key === 'classification',
  )
  if (foreign === undefined) return
  const hint =
    foreign === 'classification'
      ? "Ask for the outputs 'class', 'label' and 'probabilities'"
      : 'Send tensors in the request itself'
  throw new DoorError(
    'invalid',
    'DDNN_FRAME_MALFORMED',
    `Expected no parameter '${foreign}' of '${name}'`,
    { hint },
  )
}
