// What a replay comes to: counts, and how far it got.
import { codeOf, type Letter } from './letter.ts'

/** What became of a letter. */
export type Fate =
  | { readonly kind: 'would-send'; readonly to: string; readonly valueFrom: 'letter' | 'origin' }
  | { readonly kind: 'sent'; readonly to: string; readonly valueFrom: 'letter' | 'origin' }
  /** It is not for sending. */
  | { readonly kind: 'kept'; readonly reason: string }
  /** No acknowledgement came: it may have been sent. */
  | { readonly kind: 'unsure'; readonly reason: string }

export interface ReplaySummary {
  readonly topic: string
  readonly isDryRun: boolean
  /** Records that were looked at. */
  readonly read: number
  /** Those that passed the filters. */
  readonly matching: number
  /** Of the matching ones, most first. */
  readonly codes: readonly (readonly [code: string, count: number])[]
  readonly fates: Readonly<Record<Fate['kind'], number>>
  /** The last letter that was sent, by partition. */
  readonly lastSent: ReadonlyMap<number, bigint>
  /** Why it ended early; undefined where it did not. */
  readonly stopped: string | undefined
}

/** Whoever may write letters chooses their codes; so many are told apart. */
const mostCodes = 100

export class Tally {
  readonly #codes = new Map<string, number>()
  readonly #fates = { 'would-send': 0, sent: 0, kept: 0, unsure: 0 }
  readonly #lastSent = new Map<number, bigint>()
  read = 0
  matching = 0
  stopped: string | undefined

  count(letter: Letter, { kind }: Fate): void {
    this.matching++
    const code = codeOf(letter)
    const counted = this.#codes.has(code) || this.#codes.size < mostCodes ? code : '(others)'
    this.#codes.set(counted, (this.#codes.get(counted) ?? 0) + 1)
    this.#fates[kind]++
    if (kind === 'sent') this.#lastSent.set(letter.partition, letter.offset)
  }

  summary(topic: string, isDryRun: boolean): ReplaySummary {
    const codes = [...this.#codes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    const { read, matching, stopped } = this
    const fates = { ...this.#fates }
    return { topic, isDryRun, read, matching, codes, fates, lastSent: this.#lastSent, stopped }
  }
}
