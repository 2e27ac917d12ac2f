// Asks a front that speaks the original's JSON. An original copies no headers and answers without a
// key, so nothing in a reply says which request it belongs to: only the order does. Hence one request
// in flight, no headers, and replies matched first-in first-out.
//
// A request whose time is over keeps its place until its reply came: that reply is counted as late and
// thrown away, and could otherwise be taken for the next one's. What is asked meanwhile is refused at
// once (DDNN_FRONT_OPEN), so that its asker falls back with its budget unspent - or waits, where it has
// nothing to fall back to; what was already waiting goes on waiting within its own budget, since the
// late reply may free the place in time.
// A reply that nobody waits for (an original that was restarted answers its whole topic again; one that
// was asked by a process that is gone still answers that) closes the door until it has been quiet for a
// while; for the same reason the first request is held until then. What an original still owes to a
// former process (more requests than replies in the topics) is waited for too, for a while. What cannot be
// told apart: what an original answers again just while one request is in flight, and an owed reply that
// comes after all that. Restart both together, or give new topics.
import { ReplyError, TransportError, type DdnnError } from '../errors.ts'
import { closedError } from './closed-error.ts'
import type { RequesterOptions } from './requester.ts'
import type { AskOptions, FrontLink, IncomingReply, LinkState, Requester } from './transport.ts'

export interface FifoRequesterOptions extends Omit<RequesterOptions, 'breaker'> {
  /**
   * A reply that is overdue for so long is given up, and its place with it, milliseconds; default
   * 5 minutes. A reply later than that may be taken for another one's.
   */
  readonly giveUpAfterMs?: number
  /**
   * Quiet time before the first request and after a reply that nobody waited for, milliseconds; default
   * 2000. An original that takes longer over one request wants more.
   */
  readonly quietMs?: number
  /** How long replies owed to a former process are waited for at first, milliseconds; default 20000. */
  readonly owedMs?: number
}

/** More than so many owed replies mean that the topics do not belong together, or lost their records. */
const maxOwed = 16

/** A requester for an original. Owns the link: opens and closes it. */
export function createFifoRequester(link: FrontLink, options: FifoRequesterOptions): Requester {
  return new FifoRequester(link, options)
}

interface Waiting {
  readonly value: Uint8Array
  /** Ends the ask for its asker; the place in the order is another matter. */
  readonly settle: (outcome: IncomingReply | Error) => void
  isOver: boolean
}

class FifoRequester implements Requester {
  readonly #link: FrontLink
  readonly #options: FifoRequesterOptions
  readonly #queue = new Set<Waiting>()
  #inFlight: Waiting | undefined
  #giveUpTimer: NodeJS.Timeout | undefined
  #quietTimer: NodeJS.Timeout | undefined
  /** Replies to a former process's requests that came, or were given up. */
  #owedEnded = 0
  #owedTimer: NodeJS.Timeout | undefined
  /** Until the reply topic was quiet for the first time, or was found not to be. */
  #isOpening = true
  #isClosed = false

  constructor(link: FrontLink, options: FifoRequesterOptions) {
    this.#link = link
    this.#options = options
    options.metrics.breaker.set({ topic: options.topic }, 0)
  }

  get state(): LinkState {
    return this.#link.state
  }

  async open(): Promise<void> {
    await this.#link.open((reply) => this.#receive(reply))
    if (this.#isClosed) return
    this.#awaitOwed()
    if (this.#quietTimer === undefined) this.#beQuiet()
  }

  /** Replies to a former process's requests that are still to come. */
  get #owed(): number {
    return this.#link.owed > maxOwed ? 0 : Math.max(0, this.#link.owed - this.#owedEnded)
  }

  #awaitOwed(): void {
    const { topic, log, owedMs = 20_000 } = this.#options
    if (this.#link.owed > maxOwed) {
      log.warn(
        { topic, owed: this.#link.owed },
        'many requests of former processes were never answered: their replies cannot be told from ours, should they come',
      )
    }
    if (this.#owed === 0) return
    log.warn(
      { topic, owed: this.#owed },
      "the front still owes a former process's replies: waiting",
    )
    this.#owedTimer = setTimeout(() => {
      log.warn({ topic, owed: this.#owed }, `owed replies did not come in ${owedMs} ms: given up`)
      this.#owedEnded = this.#link.owed
      this.#sendNext()
    }, owedMs)
  }

  ask(value: Uint8Array, options: AskOptions): Promise<IncomingReply> {
    const { topic } = this.#options
    if (this.#isClosed) return Promise.reject(closedError('request', topic))
    if (this.#isRefusing) return Promise.reject(openError(topic))
    return new Promise((resolve, reject) => {
      const giveUp = () => waiting.settle(abandonedError(topic))
      const waiting: Waiting = {
        value,
        isOver: false,
        settle: (outcome) => {
          if (waiting.isOver) return
          waiting.isOver = true
          clearTimeout(timer)
          options.signal?.removeEventListener('abort', giveUp)
          this.#queue.delete(waiting)
          if (waiting === this.#inFlight) this.#overdue()
          if (outcome instanceof Error) reject(outcome)
          else resolve(outcome)
        },
      }
      const timer = setTimeout(
        () => waiting.settle(timeoutError(topic, options.budgetMs)),
        Math.min(Math.max(0, options.budgetMs), 2 ** 31 - 1),
      )
      options.signal?.addEventListener('abort', giveUp, { once: true })
      if (options.signal?.aborted === true) {
        giveUp()
        return
      }
      this.#queue.add(waiting)
      this.#sendNext()
    })
  }

  /** Whether an asker that can fall back had better do so now. */
  get #isRefusing(): boolean {
    if (this.#options.whenOpen === 'wait') return false
    const isDisturbed = this.#quietTimer !== undefined && !this.#isOpening
    return this.#inFlight?.isOver === true || isDisturbed || this.#owed > 0
  }

  #sendNext(): void {
    const [next] = this.#queue
    const isHeld = this.#inFlight !== undefined || this.#quietTimer !== undefined || this.#owed > 0
    if (next === undefined || isHeld || this.#isClosed) return
    this.#queue.delete(next)
    this.#inFlight = next
    // No signal: a request that may have been sent keeps its place, so the sending is never given up.
    this.#link.send(next.value, {}).catch((thrown: unknown) => {
      if (this.#inFlight === next) this.#free()
      next.settle(thrown instanceof Error ? thrown : new Error(String(thrown)))
      this.#sendNext()
    })
  }

  #receive(reply: IncomingReply): void {
    const { metrics } = this.#options
    const first = this.#inFlight
    if (first === undefined && this.#owed > 0) {
      metrics.replies.inc({ kind: 'late' })
      this.#owedEnded += 1
      if (this.#owed === 0) clearTimeout(this.#owedTimer)
      this.#sendNext()
      return
    }
    if (first === undefined) {
      metrics.replies.inc({ kind: 'foreign' })
      this.#beDisturbed()
      return
    }
    metrics.replies.inc({ kind: first.isOver ? 'late' : 'matched' })
    this.#free()
    first.settle(reply)
    this.#sendNext()
  }

  /** The asker of the request in flight is gone; its place stays taken. */
  #overdue(): void {
    const { topic, log, metrics, giveUpAfterMs = 300_000 } = this.#options
    metrics.breaker.set({ topic }, 2)
    this.#giveUpTimer = setTimeout(() => {
      log.warn({ topic }, `a reply is overdue for ${giveUpAfterMs} ms and is given up`)
      this.#free()
      this.#sendNext()
    }, giveUpAfterMs)
  }

  #free(): void {
    clearTimeout(this.#giveUpTimer)
    this.#inFlight = undefined
    this.#options.metrics.breaker.set({ topic: this.#options.topic }, 0)
  }

  #beDisturbed(): void {
    const { topic, log } = this.#options
    if (this.#quietTimer === undefined || this.#isOpening) {
      log.warn({ topic }, 'replies come that nobody waits for: no requests until they end')
    }
    this.#isOpening = false
    this.#beQuiet()
  }

  /** Holds requests back; a reply that comes meanwhile begins it anew. */
  #beQuiet(): void {
    clearTimeout(this.#quietTimer)
    this.#quietTimer = setTimeout(() => {
      this.#quietTimer = undefined
      this.#isOpening = false
      this.#sendNext()
    }, this.#options.quietMs ?? 2000)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const open = [...this.#queue, ...(this.#inFlight === undefined ? [] : [this.#inFlight])]
    for (const waiting of open) waiting.settle(closedError('reply', this.#options.topic))
    clearTimeout(this.#giveUpTimer)
    clearTimeout(this.#quietTimer)
    clearTimeout(this.#owedTimer)
    await this.#link.close()
  }
}

function openError(topic: string): DdnnError {
  return new TransportError(
    'DDNN_FRONT_OPEN',
    `Expected the front at '${topic}' to have answered its last request, but it still owes that reply`,
    { retriable: true },
  )
}

function abandonedError(topic: string): DdnnError {
  return new TransportError(
    'DDNN_TRANSPORT_CLOSED',
    `Expected a reply from '${topic}', but its asker gave the request up`,
  )
}

function timeoutError(topic: string, budgetMs: number): DdnnError {
  return new ReplyError(
    'DDNN_REPLY_TIMEOUT',
    `Expected a reply from '${topic}' within ${Math.round(budgetMs)} ms, got none`,
    { retriable: true },
  )
}
