// A front link with an original behind it, both in the hands of a test: what a send comes to, when the
// original answers, when a reply arrives and what a count tells. No timers: only what the test does happens.
import { TransportError } from '../../../src/errors.ts'
import type {
  FrontLink,
  IncomingReply,
  OutgoingRequest,
} from '../../../src/serving/transport/transport.ts'

interface Send {
  readonly value: string
  isStored: boolean
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Answers each stored request once, in their order, 'x!' to 'x'. */
export class Original implements FrontLink {
  readonly state = { ready: true, reason: undefined }
  /** Of all sends, in their order. */
  readonly sent: string[] = []
  /** Requests that stand in the topic. */
  readonly stored: string[] = []
  /** What went wrong: a request that was sent while another one had the place. */
  readonly faults: string[] = []
  /** Counts that are refused from now on. */
  failingCounts = 0
  /** Whether counts wait for `tellCounts`. */
  holdsCounts = false
  counts = 0
  readonly #replies: string[] = []
  readonly #heldCounts: (() => void)[] = []
  #sending: Send | undefined
  #late: string | undefined
  #handedOn = 0
  #onReply: ((reply: IncomingReply) => void) | undefined

  prepare(): Promise<void> {
    return Promise.resolve()
  }

  fit(): Promise<void> {
    return Promise.resolve()
  }

  /** Replies that stand in the topic now are not seen again. */
  open(onReply: (reply: IncomingReply) => void): Promise<void> {
    this.#handedOn = this.#replies.length
    this.#onReply = onReply
    return Promise.resolve()
  }

  send(request: OutgoingRequest): Promise<void> {
    const value = Buffer.from(request.value).toString()
    if (this.sent.includes(value)) this.faults.push(`${value} was sent twice`)
    if (this.#sending !== undefined) this.faults.push(`${value} was sent during another send`)
    if (this.#late !== undefined) this.faults.push(`${value} was sent before ${this.#late} arrived`)
    if (this.owed > 0) this.faults.push(`${value} was sent while ${this.owed} replies were owed`)
    this.sent.push(value)
    return new Promise((resolve, reject) => {
      this.#sending = { value, isStored: false, resolve, reject }
    })
  }

  /** Requests stored less replies handed on. */
  get owed(): number {
    return this.stored.length - this.#handedOn
  }

  /** Reads the end of the requests now, its own place in the replies when it tells. */
  async countOwed(): Promise<number> {
    this.counts += 1
    const end = this.stored.length
    this.storeLate()
    if (this.holdsCounts) await new Promise<void>((resolve) => this.#heldCounts.push(resolve))
    if (this.failingCounts > 0) {
      this.failingCounts -= 1
      throw new TransportError('DDNN_TRANSPORT_UNREACHABLE', 'no broker tells', { retriable: true })
    }
    return end - this.#handedOn
  }

  tellCounts(): void {
    for (const tell of this.#heldCounts.splice(0)) tell()
  }

  get isSending(): boolean {
    return this.#sending !== undefined
  }

  /** The broker has the request under way; its sender does not know yet. */
  store(): void {
    if (this.#sending === undefined || this.#sending.isStored) return
    this.#sending.isStored = true
    this.stored.push(this.#sending.value)
  }

  acknowledge(): void {
    this.store()
    this.#sending?.resolve()
    this.#sending = undefined
  }

  /** The send is cut off. With `isLate` the broker takes it all the same, just after the next count. */
  cutOff(isLate = false): void {
    const sending = this.#sending
    this.#sending = undefined
    if (isLate && sending?.isStored === false) this.#late = sending.value
    sending?.reject(
      new TransportError('DDNN_TRANSPORT_UNREACHABLE', 'cut off', { retriable: true }),
    )
  }

  storeLate(): void {
    if (this.#late !== undefined) this.stored.push(this.#late)
    this.#late = undefined
  }

  /** The next request is answered; its reply is stored. */
  answer(): void {
    const value = this.stored[this.#replies.length]
    if (value !== undefined) this.#replies.push(`${value}!`)
  }

  /** The next stored reply arrives. */
  deliver(): void {
    const reply = this.#replies[this.#handedOn]
    if (reply === undefined) return
    this.#handedOn += 1
    const value = Buffer.from(reply)
    this.#onReply?.({ value, correlationId: undefined, wireVersion: undefined })
  }

  /** A reply to nothing. */
  disturb(): void {
    this.#replies.splice(this.#handedOn, 0, 'a stranger')
    this.deliver()
    // It stands for no request: what is owed and answered goes on as before.
    this.stored.splice(this.#handedOn - 1, 0, 'a stranger')
  }

  close(): Promise<void> {
    this.cutOff()
    return Promise.resolve()
  }
}
