// Runs checks one after the other: each within its time, none stopped by another's failure, and those
// that build on a failed one named as not checked, because of what.
import { DdnnError, toDdnnError } from '../../errors.ts'
import type { CheckResult, Facts, Status, Verdict } from './check.ts'

interface ExaminationOptions {
  /** Longest time of one check, milliseconds. */
  readonly timeoutMs: number
  /** Ends the examination: what is left is not checked. */
  readonly signal: AbortSignal
  /** Told of each result as it comes. */
  readonly onResult: (result: CheckResult) => void
}

export interface CheckName {
  readonly id: string
  readonly group: string
  readonly title: string
}

/** What a check found for those that build on it; undefined where it failed or was not made. */
export interface Checked<T> {
  readonly name: CheckName
  readonly value: T | undefined
}

interface CheckOptions {
  /** Checks that this one builds on: where one of them has no value, this one is not made. */
  readonly needs?: readonly Checked<unknown>[]
  /** Times the usual time that it may take; loading models takes long. */
  readonly patience?: number
}

export class Examination {
  readonly #options: ExaminationOptions
  readonly #results: CheckResult[] = []

  constructor(options: ExaminationOptions) {
    this.#options = options
  }

  get results(): readonly CheckResult[] {
    return this.#results
  }

  /** Runs one check. A thrown DdnnError is its failure: message and hint are what is told. */
  async check<T>(
    name: CheckName,
    run: (signal: AbortSignal) => Promise<Verdict<T>> | Verdict<T>,
    { needs = [], patience = 1 }: CheckOptions = {},
  ): Promise<Checked<T>> {
    const missing = needs.find(({ value }) => value === undefined)
    if (missing !== undefined) {
      return this.skip(name, `'${missing.name.title}' was not well (${missing.name.id})`)
    }
    if (this.#options.signal.aborted) return this.skip(name, 'the examination was stopped')
    const startedAt = performance.now()
    const tell = (status: Status, found: string, advice: readonly string[], facts: Facts) => {
      this.#add({
        ...name,
        ...{ status, found, advice, facts },
        durationMs: performance.now() - startedAt,
      })
    }
    try {
      const verdict = await this.#inTime(run, this.#options.timeoutMs * patience)
      const { status = 'ok', found, advice = [], facts = {}, value } = verdict
      tell(status, found, typeof advice === 'string' ? [advice] : advice, facts)
      return { name, value }
    } catch (thrown) {
      const error = toDdnnError(thrown)
      const advice = error.hint === undefined ? [] : [error.hint]
      tell('failed', error.message, advice, { code: error.code })
      return { name, value: undefined }
    }
  }

  /** Says that something was not looked at, and why. */
  skip<T>(name: CheckName, why: string): Checked<T> {
    this.#add({
      ...name,
      status: 'unchecked',
      found: why,
      advice: [],
      facts: {},
      durationMs: 0,
    })
    return { name, value: undefined }
  }

  #add(result: CheckResult): void {
    this.#results.push(result)
    this.#options.onResult(result)
  }

  async #inTime<T>(
    run: (signal: AbortSignal) => Promise<Verdict<T>> | Verdict<T>,
    timeoutMs: number,
  ): Promise<Verdict<T>> {
    const controller = new AbortController()
    const stop = () => controller.abort()
    this.#options.signal.addEventListener('abort', stop, { once: true })
    let timer: NodeJS.Timeout | undefined
    // The check hears of its end first, so that its own words for it are told where it has some.
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        controller.abort()
        setTimeout(() => reject(lateError(timeoutMs)), graceMs)
      }, timeoutMs)
      controller.signal.addEventListener('abort', () => {
        if (this.#options.signal.aborted) reject(stoppedError())
      })
    })
    late.catch(() => undefined)
    try {
      return await Promise.race([Promise.resolve(run(controller.signal)), late])
    } finally {
      clearTimeout(timer)
      this.#options.signal.removeEventListener('abort', stop)
    }
  }
}

/** For a check to end by itself after its signal, milliseconds. */
const graceMs = 200

function lateError(timeoutMs: number): DdnnError {
  return new DdnnError(
    'DDNN_TRANSPORT_UNREACHABLE',
    `Expected an answer within ${timeoutMs} ms, got none`,
    { hint: 'Give it more time with --check-timeout-ms, if it is only slow' },
  )
}

function stoppedError(): DdnnError {
  return new DdnnError('DDNN_TRANSPORT_CLOSED', 'Expected an answer, but was stopped')
}
