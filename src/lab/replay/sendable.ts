// What of a letter can be sent again, and why not.
import type { Headers } from '../../serving/transport/headers.ts'
import { readRequestHeaders, replaysOf } from '../../serving/transport/headers.ts'
import type { Origin } from '../../serving/transport/transport.ts'
import type { Letter } from './letter.ts'
import type { FoundRequest } from './origin.ts'

export interface SendRules {
  /** Where it goes. */
  readonly to: string
  /** The topic that letters come from, by the name of theirs. */
  readonly requestTopic: string
  /** Whether the user named where it goes. */
  readonly isToGiven: boolean
  readonly maxReplays: number
  readonly isForced: boolean
}

export type Sendable =
  | {
      readonly isSendable: true
      readonly value: Uint8Array
      /** The request's own. */
      readonly headers: Headers
      readonly valueFrom: 'letter' | 'origin'
    }
  | { readonly isSendable: false; readonly reason: string }

const no = (reason: string): Sendable => ({ isSendable: false, reason })

/** `findOrigin` is asked for a letter without a value alone. */
export async function sendableOf(
  letter: Letter,
  rules: SendRules,
  findOrigin: (origin: Origin) => Promise<FoundRequest>,
): Promise<Sendable> {
  const { facts, problem, value } = letter
  if (problem !== undefined) return no(`the letter cannot be read: ${problem}`)
  if (facts === undefined) return no('it is no dead letter')
  const { origin, own } = facts
  // Whoever may write letters must not choose where we write, nor what we read.
  if (origin.topic !== rules.requestTopic && (!rules.isToGiven || value === null)) {
    const name = `it names '${origin.topic}' as its topic, not '${rules.requestTopic}'`
    return no(value === null ? `${name}, and has no value` : `${name}: pass --to`)
  }
  const tooOften = oftenOf(letter.replays, rules)
  if (tooOften !== undefined) return no(tooOften)
  if (value !== null) return checked(value, own, 'letter', rules)
  const found = await findOrigin(origin)
  return found.isThere ? checked(found.value, found.headers, 'origin', rules) : no(found.reason)
}

function checked(
  value: Uint8Array,
  headers: Headers,
  valueFrom: 'letter' | 'origin',
  rules: SendRules,
): Sendable {
  const tooOften = oftenOf(replaysOf(headers), rules)
  if (tooOften !== undefined) return no(tooOften)
  if (readRequestHeaders(headers).correlationId === undefined && !rules.isForced) {
    return no(
      'its reply would bear no id, and an original that waits take it for its own (--force)',
    )
  }
  return { isSendable: true, value, headers, valueFrom }
}

function oftenOf(replays: number, { maxReplays, isForced }: SendRules): string | undefined {
  if (isForced || replays < maxReplays) return undefined
  return `it was sent again ${replays} times already (--max-replays, --force)`
}
