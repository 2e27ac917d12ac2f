// Which topic someone may have meant who mistyped one. Names of one deployment are alike on purpose
// (requests-1 and requests-2, edge.in and edge.out), so only what looks like a slip counts.
import { editDistance } from '../../../domain/nearest-name.ts'
import { deadLetterTopic } from '../dead-letter.ts'

/** Letters that may be wrong, at most; a letter a four of the name. */
const mostSlips = 2

/**
 * The nearest of the topics that are there: one that is the same but for case and `-`, `_` and `.`, or but for
 * one or two letters. Never one that differs in its numbers alone, Kafka's own, or one of dead letters.
 */
export function nearestTopic(topic: string, present: Iterable<string>): string | undefined {
  const wanted = plain(topic)
  const limit = Math.min(mostSlips, Math.floor(wanted.length / 4))
  let nearest: { readonly name: string; readonly distance: number } | undefined
  for (const name of present) {
    if (name === topic || isAside(name)) continue
    const other = plain(name)
    if (Math.abs(other.length - wanted.length) > limit) continue
    if (other !== wanted && numbered(other) === numbered(wanted)) continue
    const distance = editDistance(wanted, other)
    if (distance > limit || distance >= (nearest?.distance ?? Infinity)) continue
    nearest = { name, distance }
  }
  return nearest?.name
}

/** " Did you mean..." behind a sentence; empty where none is near. */
export function didYouMean(near: readonly string[]): string {
  return near.length === 0 ? '' : `; did you mean '${near.join("', '")}'?`
}

const isAside = (name: string) => name.startsWith('__') || name.endsWith(deadLetterTopic(''))
const plain = (name: string) => name.toLowerCase().replace(/[-_.]/g, '_')
const numbered = (name: string) => name.replace(/\d+/g, '#')
