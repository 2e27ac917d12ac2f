// Asks over a front link: gives each request its correlation id, a place among those under way and a
// deadline, and hands each reply to the request that it belongs to. Step 4 and 11 of the reading path.
import { ReplyError, TransportError } from '../../errors.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics/metrics.ts'
import { closedError } from './closed-error.ts'
import { Deadline, type Ending } from './deadline.ts'
import { EndedIds } from './ended-ids.ts'
import { createFrontBreaker, type BreakerOptions, type FrontBreaker } from './front-breaker.ts'
import { createSemaphore, type Semaphore } from './semaphore.ts'
import type { AskOptions, FrontLink, IncomingReply, LinkState, Requester } from './transport.ts'

export interface RequesterOptions {
  /** Prefix of the correlation ids; the link's own. */
  readonly processId: string
  /** The request topic, as metrics and messages name this front. */
  readonly topic: string
  /** Most requests under way; others wait for a place within their budgets. */
  readonly maxInFlight: number
  readonly breaker?: BreakerOptions
  /**
   * What becomes of a request while the front is known not to answer. `refuse`, the default, ends it at
   * once (DDNN_FRONT_SILENT), for an asker that has an answer of its own; `wait` sends it all the same, for
   * one that has none: it takes its budget at most, and is answered if the front comes back within.
   */
  readonly whenOpen?: 'refuse' | 'wait'
  readonly log: Logger
  readonly metrics: Metrics
}

/** A requester for a front that speaks frames. Owns the link: opens and closes it. */
export function createRequester(link: FrontLink, options: RequesterOptions): Requester {
  return new CorrelatingRequester(link, options)
}

interface Pending {
  readonly resolve: (reply: IncomingReply) => void
  readonly reject: (error: Error) => void
}

class CorrelatingRequester implements Requester {
  readonly #link: FrontLink
  readonly #options: RequesterOptions
  readonly #breaker: FrontBreaker
  readonly #places: Semaphore
  readonly #pending = new Map<string, Pending>()
  readonly #ended = new EndedIds()
  /** Of those that ask or wait for a place. */
  readonly #endings = new Set<Deadline>()
  #isClosed = false
  #lastNumber = 0
  /** How long the front takes, lately. */
  #typicalMs: number | undefined

  constructor(link: FrontLink, options: RequesterOptions) {
    this.#link = link
    this.#options = options
    this.#breaker = createFrontBreaker(
      options.topic,
      options.breaker ?? {},
      options.log,
      options.metrics,
    )
    this.#places = createSemaphore(options.maxInFlight)
    options.metrics.announce(['replies'], { topic: [options.topic] })
  }

  get state(): LinkState {
    return this.#link.state
  }

  open(): Promise<void> {
    return this.#link.open((reply) => this.#receive(reply))
  }

  async ask(value: Uint8Array, options: AskOptions): Promise<IncomingReply> {
    if (this.#isClosed) throw closedError('request', this.#options.topic)
    // Time the front had for its answer; undefined while the request waits for a place.
    let givenMs: number | undefined
    const ask = () => this.#askInTime(value, options, (leftMs) => (givenMs = leftMs))
    // A question who is there says nothing of how requests fare, and is asked of a silent front too.
    if (this.#options.whenOpen === 'wait' || options.isProbe === true) return ask()
    return this.#breaker.run(ask, () => givenMs !== undefined && givenMs >= this.#patienceMs)
  }

  /**
   * An asker that gives less time than this says nothing about the front: one impatient asker must not
   * close it for all others.
   */
  get #patienceMs(): number {
    const { patienceMs = 1000 } = this.#options.breaker ?? {}
    return Math.min(patienceMs, (this.#typicalMs ?? Infinity) * 4)
  }

  async #askInTime(
    value: Uint8Array,
    options: AskOptions,
    onPlace: (leftMs: number) => void,
  ): Promise<IncomingReply> {
    const deadline = performance.now() + options.budgetMs
    const ending = new Deadline(options.budgetMs, options.signal)
    this.#endings.add(ending)
    // A question who is there waits for no place: while all are taken it is worth the most.
    const takesPlace = options.isProbe !== true
    try {
      if (takesPlace && !(await this.#places.take(ending))) {
        throw this.#endError(options, 'waiting')
      }
      try {
        // A place may have come in the same turn as the end.
        if (ending.aborted) throw this.#endError(options, 'waiting')
        const begunAt = performance.now()
        onPlace(deadline - begunAt)
        const reply = await this.#exchange(value, options, deadline, ending)
        const tookMs = performance.now() - begunAt
        if (takesPlace) this.#typicalMs = (this.#typicalMs ?? tookMs) * 0.9 + tookMs * 0.1
        return reply
      } finally {
        if (takesPlace) this.#places.leave()
      }
    } finally {
      ending.release()
      this.#endings.delete(ending)
    }
  }

  /** Resolves with the reply; rejects when `ending` aborts or the request cannot be sent. */
  #exchange(
    value: Uint8Array,
    options: AskOptions,
    deadline: number,
    ending: Ending,
  ): Promise<IncomingReply> {
    const { processId } = this.#options
    const id = `${processId}:${++this.#lastNumber}`
    const request = {
      value,
      correlationId: id,
      remainingMs: () => deadline - performance.now(),
      clientId: options.clientId,
      trace: options.trace,
      isProbe: options.isProbe ?? false,
    }
    return new Promise((resolve, reject) => {
      const end = (isAnswered: boolean) => {
        this.#pending.delete(id)
        this.#ended.add(id, isAnswered)
        ending.removeEventListener('abort', onEnding)
      }
      let isSent = false
      const onEnding = () => {
        end(false)
        reject(this.#endError(options, isSent ? 'sent' : 'sending'))
      }
      this.#pending.set(id, {
        resolve: (reply) => {
          end(true)
          resolve(reply)
        },
        reject: (error) => {
          end(false)
          reject(error)
        },
      })
      ending.addEventListener('abort', onEnding, { once: true })
      this.#link.send(request, ending).then(
        () => (isSent = true),
        // The reply may have come before the acknowledgement failed: then this finds nothing.
        (error: Error) => this.#pending.get(id)?.reject(error),
      )
    })
  }

  /** Why a request ended without its reply: closed, given up by its asker, or out of time. */
  #endError(options: AskOptions, stage: 'waiting' | 'sending' | 'sent'): Error {
    const { topic, maxInFlight } = this.#options
    if (this.#isClosed) return closedError('reply', topic)
    if (options.signal?.aborted === true) {
      return new TransportError(
        'DDNN_TRANSPORT_CLOSED',
        `Expected a reply from '${topic}', but its asker gave the request up`,
      )
    }
    const budget = `${Math.round(options.budgetMs)} ms`
    if (stage === 'waiting') {
      return new ReplyError(
        'DDNN_REPLY_TIMEOUT',
        `Expected a place among the ${maxInFlight} requests under way to '${topic}' within ${budget}, got none`,
        { retriable: true },
      )
    }
    if (stage === 'sending') {
      return new TransportError(
        'DDNN_TRANSPORT_UNREACHABLE',
        `Expected the brokers to take a request to '${topic}' within ${budget}, got no acknowledgement`,
        { retriable: true },
      )
    }
    return new ReplyError(
      'DDNN_REPLY_TIMEOUT',
      `Expected a reply from '${topic}' within ${budget}, got none`,
      { retriable: true },
    )
  }

  #receive(reply: IncomingReply): void {
    const { processId, topic, metrics } = this.#options
    const id = reply.correlationId
    if (id === undefined || !id.startsWith(`${processId}:`)) {
      metrics.replies.inc({ topic, kind: 'foreign' })
      return
    }
    const pending = this.#pending.get(id)
    const kind = pending === undefined ? this.#ended.kindOf(id) : 'matched'
    metrics.replies.inc({ topic, kind })
    pending?.resolve(reply)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const ending of [...this.#endings]) ending.abort()
    await this.#link.close()
  }
}
