// Asks a front that speaks the original's JSON. An original copies no headers and answers without a
// key, so nothing in a reply says which request it belongs to: only the order does. Hence one request
// in flight, no headers, no request ever sent twice, and replies matched first-in first-out.
//
//   state       what it waits for             a reply then is           and then
//   opening     the ends of both topics       foreign                   owing or listening
//   owing       replies owed to processes     late                      listening, when all came or
//               that are gone                                           were given up
//   listening   quiet, before the first       foreign -> disturbed      idle
//   disturbed   quiet                         foreign, begins anew      idle
//   idle        somebody who asks             foreign -> disturbed      sending
//   sending     the end of the send           the answer (it may come   inFlight; idle if answered; overdue if
//               (acknowledged or not)         before the end)           its asker is gone; rejected: recounting
//   inFlight    the reply                     the answer -> idle        overdue when its asker goes
//   overdue     the reply, nobody asks        late -> idle              idle when given up
//   recounting  the ends of both topics:      the answer, as in         inFlight or overdue if a reply is
//               did it arrive?                sending                   owed; idle or disturbed if not
//   closed      nothing                       nothing
//
// The place of a request is free again only in `idle`: a late reply could otherwise be taken for the next
// one's. What is asked while the place is taken by a request without an asker is refused at once
// (DDNN_FRONT_SILENT), so that its asker falls back with its budget unspent - or waits, where it has
// nothing to fall back to; what was waiting already goes on waiting within its own budget.
// A send that rejects may have arrived. So the topics are counted: what is owed beyond what was owed before
// is this request. A count that finds nothing is made once more after a quiet time, since a broker may
// take a record a little after its sender was cut off.
// A reply that nobody waits for (an original that was restarted answers its whole topic again) closes the
// door until it has been quiet for a while. What cannot be told apart: what an original answers again
// just while one request is in flight, and an owed reply that comes after it was given up. Restart
// both together, or give new topics.
import { setTimeout as sleep } from 'node:timers/promises'
import { toDdnnError, TransportError } from '../../errors.ts'
import { closedError } from './closed-error.ts'
import { Asked } from './fifo/asked.ts'
import { countOwed } from './fifo/count-owed.ts'
import { isOut, type Placed, type State } from './fifo/state.ts'
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

class FifoRequester implements Requester {
  readonly #link: FrontLink
  readonly #options: FifoRequesterOptions
  readonly #queue = new Set<Asked>()
  readonly #closing = new AbortController()
  #state: State = { name: 'opening' }
  /** Ends the state by itself. */
  #timer: NodeJS.Timeout | undefined
  #handedOn = 0
  /** What `countOwed` tells while nothing is owed to anybody here. */
  #baseline = 0

  constructor(link: FrontLink, options: FifoRequesterOptions) {
    this.#link = link
    this.#options = options
    options.metrics.announce(['replies', 'breaker'], { topic: [options.topic] })
  }

  get state(): LinkState {
    return this.#link.state
  }

  async open(): Promise<void> {
    await this.#link.open((reply) => this.#receive(reply))
    // A count during which a reply came says nothing of this moment.
    let owed: number
    let before: number
    do {
      before = this.#handedOn
      owed = await this.#count(true)
    } while (before !== this.#handedOn)
    const { topic, log } = this.#options
    if (this.#state.name !== 'opening') throw closedError('reply', topic)
    if (owed > maxOwed) {
      log.warn(
        { topic, owed },
        'many requests of former processes were never answered: their replies cannot be told from ours, should they come',
      )
    }
    const isOwing = owed > 0 && owed <= maxOwed
    this.#baseline = isOwing ? 0 : owed
    if (isOwing) {
      log.warn({ topic, owed }, "the front still owes a former process's replies: waiting")
    }
    this.#enter(isOwing ? { name: 'owing', owed } : { name: 'listening' })
  }

  async ask(value: Uint8Array, options: AskOptions): Promise<IncomingReply> {
    const { topic } = this.#options
    if (this.#state.name === 'closed') throw closedError('request', topic)
    if (this.#isRefusing) throw openError(topic)
    const asked = new Asked(value, topic, options, (ended) => this.#askerGone(ended))
    if (!asked.isOver) this.#queue.add(asked)
    this.#sendNext()
    return asked.outcome
  }

  /** Whether an asker that can fall back had better do so now. */
  get #isRefusing(): boolean {
    return this.#options.whenOpen !== 'wait' && isOut(this.#state)
  }

  // ---- transitions: the only places that leave a state

  #enter(state: State): void {
    clearTimeout(this.#timer)
    this.#state = state
    this.#tellGauge()
    const afterMs = this.#endsAfterMs(state)
    this.#timer = afterMs === undefined ? undefined : setTimeout(() => this.#timeOver(), afterMs)
    if (state.name === 'idle') this.#sendNext()
  }

  #endsAfterMs({ name }: State): number | undefined {
    const { quietMs = 2000, owedMs = 20_000, giveUpAfterMs = 300_000 } = this.#options
    if (name === 'listening' || name === 'disturbed') return quietMs
    if (name === 'owing') return owedMs
    return name === 'overdue' ? giveUpAfterMs : undefined
  }

  #timeOver(): void {
    const { topic, log, giveUpAfterMs = 300_000, owedMs = 20_000 } = this.#options
    if (this.#state.name === 'owing') {
      const { owed } = this.#state
      log.warn({ topic, owed }, `owed replies did not come in ${owedMs} ms: given up`)
      this.#baseline += owed
      this.#enter({ name: 'listening' })
      return
    }
    if (this.#state.name === 'overdue') {
      log.warn({ topic }, `a reply is overdue for ${giveUpAfterMs} ms and is given up`)
      this.#baseline += 1
    }
    this.#enter({ name: 'idle' })
  }

  #sendNext(): void {
    const [asked] = this.#queue
    if (this.#state.name !== 'idle' || asked === undefined) return
    this.#queue.delete(asked)
    const placed: Placed = { asked, isAnswered: false, isDisturbed: false }
    this.#enter({ name: 'sending', placed })
    // No signal: a request that may have been sent keeps its place, so the sending is never given up.
    this.#link.send({ value: asked.value }).then(
      () => this.#afterSend(placed, !placed.isAnswered),
      (thrown: unknown) => this.#unsure(placed, errorOf(thrown)),
    )
  }

  /** The send has ended, and whether a reply is still due is known. */
  #afterSend({ asked, isDisturbed }: Placed, isOwed: boolean): void {
    if (this.#state.name === 'closed') return
    if (isOwed) this.#enter(asked.isOver ? { name: 'overdue' } : { name: 'inFlight', asked })
    else this.#enter({ name: isDisturbed ? 'disturbed' : 'idle' })
  }

  /** The send was rejected: only the topics tell whether it arrived. */
  #unsure(placed: Placed, error: Error): void {
    if (this.#state.name === 'closed') return
    const { topic, log, whenOpen } = this.#options
    log.warn({ topic, err: error }, 'a request may have been sent or not: counting')
    this.#enter({ name: 'recounting', placed })
    // Who has nothing to fall back to may still be answered.
    if (whenOpen !== 'wait') placed.asked.end(error)
    // Closed meanwhile where it rejects, which ended the asker too.
    this.#recount(placed, error).catch(() => undefined)
  }

  /** Until it is known whether its reply is still owed. Nothing is awaited between the count and its use. */
  async #recount(placed: Placed, error: Error): Promise<void> {
    const isRefused = toDdnnError(error).code === 'DDNN_FRAME_TOO_LARGE'
    for (let isLast = isRefused; ;) {
      const before = this.#handedOn
      const owed = await this.#count(false)
      if (before !== this.#handedOn) continue
      const beyond = owed - this.#baseline
      // Answered already, and nothing is missing.
      const isSettled = placed.isAnswered && beyond === 0
      if (beyond > 0) {
        this.#baseline = owed - 1
        this.#afterSend(placed, true)
        return
      }
      if (isSettled || isLast) {
        this.#baseline = owed
        placed.asked.end(error)
        this.#afterSend(placed, false)
        return
      }
      await sleep(this.#options.quietMs ?? 2000, undefined, { signal: this.#closing.signal })
      isLast = true
    }
  }

  async #count(throwsRefusals: boolean): Promise<number> {
    const { topic, log } = this.#options
    const { signal } = this.#closing
    try {
      return await countOwed(this.#link, { topic, throwsRefusals, log, signal })
    } catch (thrown) {
      throw signal.aborted ? closedError('reply', topic) : thrown
    }
  }

  #receive(reply: IncomingReply): void {
    this.#handedOn += 1
    const state = this.#state
    switch (state.name) {
      case 'closed':
        return
      case 'opening':
        return this.#tell('foreign')
      case 'owing':
        this.#tell('late')
        state.owed -= 1
        if (state.owed === 0) this.#enter({ name: 'listening' })
        return
      case 'listening':
      case 'idle':
      case 'disturbed':
        this.#foreign()
        return this.#beDisturbed()
      case 'sending':
      case 'recounting':
        return this.#receiveEarly(state.placed, reply)
      case 'inFlight':
        this.#tell('matched')
        // Left before its asker hears of it, so that its end finds the place free.
        this.#enter({ name: 'idle' })
        return state.asked.end(reply)
      case 'overdue':
        this.#tell('late')
        return this.#enter({ name: 'idle' })
    }
  }

  #receiveEarly(placed: Placed, reply: IncomingReply): void {
    if (placed.isAnswered) {
      placed.isDisturbed = true
      return this.#foreign()
    }
    placed.isAnswered = true
    this.#tell(placed.asked.isOver ? 'late' : 'matched')
    placed.asked.end(reply)
  }

  #foreign(): void {
    this.#tell('foreign')
    this.#baseline -= 1
  }

  #beDisturbed(): void {
    const { topic, log } = this.#options
    if (this.#state.name !== 'disturbed') {
      log.warn({ topic }, 'replies come that nobody waits for: no requests until they end')
    }
    this.#enter({ name: 'disturbed' })
  }

  /** Its asker is answered, or gone: then its place stays taken. */
  #askerGone(asked: Asked): void {
    this.#queue.delete(asked)
    if (this.#state.name === 'inFlight' && this.#state.asked === asked) {
      this.#enter({ name: 'overdue' })
    } else this.#tellGauge()
  }

  #tell(kind: 'matched' | 'late' | 'foreign'): void {
    const { topic, metrics } = this.#options
    metrics.replies.inc({ topic, kind })
  }

  #tellGauge(): void {
    const { topic, metrics } = this.#options
    metrics.breaker.set({ topic }, isOut(this.#state) ? 2 : 0)
  }

  async close(): Promise<void> {
    const state = this.#state
    this.#enter({ name: 'closed' })
    this.#closing.abort()
    const placed = 'placed' in state ? [state.placed.asked] : []
    const inFlight = 'asked' in state ? [state.asked] : []
    for (const asked of [...this.#queue, ...placed, ...inFlight]) {
      asked.end(closedError('reply', this.#options.topic))
    }
    await this.#link.close()
  }
}

function openError(topic: string): TransportError {
  return new TransportError(
    'DDNN_FRONT_SILENT',
    `Expected the front at '${topic}' to have answered its last request, but it still owes that reply`,
    { retriable: true },
  )
}

function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
