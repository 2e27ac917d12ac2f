// What a start asks of a cluster: again and again until it succeeds, for as long as a start may take, with
// one admin client that is connected while it is needed.
import type { DdnnError } from '../../../../errors.ts'
import type { Logger } from '../../../../telemetry/log.ts'
import { createBackoff } from '../../backoff.ts'
import { closedError } from '../../closed-error.ts'
import { linkSignals, NoAnswerError, orAborted } from '../../linked-signal.ts'
import { advertisedError, unreachableOf, type ClusterView } from '../inspect/advertised.ts'
import {
  causesOf,
  isCertificateRefused,
  toTransportError,
  type KafkaPlace,
} from '../kafka-errors.ts'
import type { Admin } from '../port.ts'
import type { StartWaits } from './start-waits.ts'
import type { KafkaLogin } from './kafka-login.ts'

interface StarterOptions {
  readonly place: KafkaPlace
  readonly login: KafkaLogin
  readonly connectAdmin: () => Promise<Admin>
  readonly viewCluster: (login: KafkaLogin, signal: AbortSignal) => Promise<ClusterView>
  readonly waits: StartWaits
  /** Brokers must answer within this time, milliseconds; 0 waits without end. */
  readonly startTimeoutMs: number
  /** True once the watch tells of the brokers: then a start need not. */
  readonly isWatched: () => boolean
  readonly closing: AbortSignal
  readonly log: Logger
}

/** One question may take so long. */
const attemptTimeoutMs = 5000
/** Looking for what stands behind a failure may take so long, also past the end of a start. */
const explainTimeoutMs = 4000
/** An admin client that nobody used for so long lets its connection go. */
const idleMs = 2000

export class Starter {
  readonly #options: StarterOptions
  #admin: Promise<Admin> | undefined
  #idle: NodeJS.Timeout | undefined
  #underWay = 0
  #hasLooked = false

  constructor(options: StarterOptions) {
    this.#options = options
  }

  /**
   * Runs `use` until it succeeds. `doing` is what an error names: "topic 'a'".
   * @throws DDNN_TRANSPORT_UNREACHABLE when the time of a start is over; at once what waiting does not
   *   mend: DDNN_TRANSPORT_REFUSED, and a certificate that one end does not take.
   */
  async start<T>(use: (admin: Admin) => Promise<T>, doing: string): Promise<T> {
    const { startTimeoutMs, closing, place, waits } = this.#options
    const ending = linkSignals([closing], startTimeoutMs === 0 ? undefined : startTimeoutMs)
    const backoff = createBackoff()
    const waiting = waits.begin(doing)
    let isWell = false
    let last: unknown
    try {
      for (;;) {
        try {
          const result = await this.attempt(use, ending.signal)
          isWell = true
          this.#lookAtAll()
          return result
        } catch (thrown) {
          // An attempt that the end cut off knows less than the one before.
          const isKnown = ending.signal.aborted && last !== undefined
          if (!isKnown && !closing.aborted) last = await this.#explained(thrown)
          if (closing.aborted) throw closedError(doing, place.hosts)
          if (ending.signal.aborted) throw this.#late(last, doing)
          const error = toTransportError(last, place, doing)
          if (!error.retriable || isCertificateRefused(error)) throw error
          if (!this.#options.isWatched()) waiting.failed(error)
          await backoff.wait(ending.signal).catch(() => {
            throw closing.aborted ? closedError(doing, place.hosts) : this.#late(last, doing)
          })
        }
      }
    } finally {
      waiting.end(isWell)
      ending.release()
    }
  }

  #late(last: unknown, doing: string): DdnnError {
    const within = `within ${this.#options.startTimeoutMs} ms`
    return toTransportError(last, this.#options.place, `${doing} ${within}`)
  }

  /**
   * A cluster whose bootstrap address answers, while an address that it advertises does not, is named
   * as what it is. kafkajs names the dead address alone, which nobody has given, or the connection that
   * it closed itself; and of an address that takes no packets nothing is known when the attempt ends.
   */
  async #explained(thrown: unknown): Promise<unknown> {
    const { closing } = this.#options
    if (!isOfConnection(thrown)) return thrown
    const ending = linkSignals([closing], explainTimeoutMs)
    try {
      return (await this.advertisedFault(ending.signal)) ?? thrown
    } catch {
      return thrown
    } finally {
      ending.release()
    }
  }

  /** What is wrong with the advertised addresses; undefined where all are reached. */
  async advertisedFault(signal: AbortSignal): Promise<DdnnError | undefined> {
    const { login, place, viewCluster } = this.#options
    const { brokers } = await viewCluster(login, signal)
    const unreachable = await unreachableOf(brokers, login.ssl, signal)
    if (unreachable.length === 0) return undefined
    return advertisedError(place, brokers.length, unreachable)
  }

  /** Once and beside the start: a broker that is out of reach would be missed in its partitions alone. */
  #lookAtAll(): void {
    if (this.#hasLooked) return
    this.#hasLooked = true
    void this.advertisedFault(this.#options.closing)
      .then((fault) => {
        if (fault !== undefined) this.#options.log.warn({ hint: fault.hint }, fault.message)
      })
      .catch(() => undefined)
  }

  /** Runs `use` once with a connected admin client; a client that failed is not used again. */
  async attempt<T>(use: (admin: Admin) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const connecting = (this.#admin ??= this.#options.connectAdmin())
    clearTimeout(this.#idle)
    this.#underWay++
    const ending = linkSignals([signal], attemptTimeoutMs)
    try {
      return await orAborted(connecting.then(use), ending.signal)
    } catch (thrown) {
      if (this.#admin === connecting) this.#admin = undefined
      void connecting.then((admin) => admin.disconnect()).catch(() => undefined)
      throw thrown
    } finally {
      ending.release()
      if (--this.#underWay === 0) this.#letGoLater()
    }
  }

  #letGoLater(): void {
    this.#idle = setTimeout(() => void this.disconnect(), idleMs).unref()
  }

  async disconnect(): Promise<void> {
    clearTimeout(this.#idle)
    const connecting = this.#admin
    this.#admin = undefined
    await connecting?.then((admin) => admin.disconnect()).catch(() => undefined)
  }
}

/** Whether a broker was not reached or went silent; kafkajs says of such errors which broker it was. */
const isOfConnection = (thrown: unknown): boolean =>
  thrown instanceof NoAnswerError || causesOf(thrown).some((one) => 'broker' in one)
