// What `ddnn doctor` says of one thing that it looked at: plain data, for the terminal and for machines.

export const statuses = ['ok', 'warning', 'failed', 'unchecked'] as const
export type Status = (typeof statuses)[number]

/** Figures and names, for machines; documented in docs/doctor.md. */
export type Facts = Readonly<Record<string, unknown>>

export interface CheckResult {
  /** Stable over releases: 'front.brokers'. */
  readonly id: string
  /** Heading that it stands under: 'Front link'. */
  readonly group: string
  /** In words: 'brokers'. */
  readonly title: string
  readonly status: Status
  /** What was found; of an unchecked one, why it was not looked at. */
  readonly found: string
  /** What to do next, a sentence or command each; of failures and warnings alone. */
  readonly advice: readonly string[]
  readonly facts: Facts
  readonly durationMs: number
}

/** What a check gives back where nothing is wrong, or little. Throwing fails the check. */
export interface Verdict<T> {
  /** 'unchecked' where there was nothing to look at: `found` says why. */
  readonly status?: Exclude<Status, 'failed'>
  readonly found: string
  readonly advice?: string | readonly string[]
  readonly facts?: Facts
  /** For the checks that build on it. */
  readonly value: T
}
