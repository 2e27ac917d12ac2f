// A threshold that no confidence reaches, told beside the result that it made: nothing left early.
import { isBeyondReach } from '../domain/threshold-words.ts'
import type { FlagReader } from './flag-types.ts'

type Read = FlagReader<'threshold' | 'criterion', 'run' | 'demo' | 'classify' | 'evaluate'>

/** A sentence for a threshold above what softmax, entropy and margin come to; undefined for others. */
export function beyondReach(values: Read): string | undefined {
  const threshold = values.number('threshold')
  if (threshold === undefined || !isBeyondReach(threshold, values.string('criterion'))) {
    return undefined
  }
  return `No early exit lets an image leave at a threshold of ${threshold}: no confidence but raw is above 1. Pass 0 to 1, or ${values.sourceOf('threshold')} never where that is meant`
}

/** Writes the sentence to stderr, behind what the command said. */
export function tellBeyondReach(values: Read): void {
  const sentence = beyondReach(values)
  if (sentence !== undefined) process.stderr.write(`${sentence}\n`)
}
