// One request as its asker sees it: it ends once, with its reply, an error, or because its time is over.
// Its place in the order is another matter, and the requester's (fifo-requester.ts).
import { ReplyError, TransportError } from '../../../errors.ts'
import type { AskOptions, IncomingReply } from '../transport.ts'

/** The longest time that a timer of Node holds, milliseconds; a longer one fires at once. */
const maxTimerMs = 2 ** 31 - 1

export class Asked {
  readonly value: Uint8Array
  readonly outcome: Promise<IncomingReply>
  readonly #options: AskOptions
  readonly #onEnd: (asked: Asked) => void
  readonly #timer: NodeJS.Timeout
  readonly #giveUp: () => void
  #settle: ((outcome: IncomingReply | Error) => void) | undefined

  /** Its time runs from now; `onEnd` is called once, when it is over for its asker. */
  constructor(
    value: Uint8Array,
    topic: string,
    options: AskOptions,
    onEnd: (asked: Asked) => void,
  ) {
    this.value = value
    this.#options = options
    this.#onEnd = onEnd
    this.outcome = new Promise((resolve, reject) => {
      this.#settle = (outcome) => {
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome)
      }
    })
    this.#timer = setTimeout(
      () => this.end(timeoutError(topic, options.budgetMs)),
      Math.min(Math.max(0, options.budgetMs), maxTimerMs),
    )
    this.#giveUp = () => this.end(abandonedError(topic))
    if (options.signal?.aborted === true) this.#giveUp()
    else options.signal?.addEventListener('abort', this.#giveUp, { once: true })
  }

  get isOver(): boolean {
    return this.#settle === undefined
  }

  /** Ends it for its asker; what comes after the first end is nothing. */
  end(outcome: IncomingReply | Error): void {
    const settle = this.#settle
    if (settle === undefined) return
    this.#settle = undefined
    clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.#giveUp)
    settle(outcome)
    this.#onEnd(this)
  }
}

function abandonedError(topic: string): TransportError {
  return new TransportError(
    'DDNN_TRANSPORT_CLOSED',
    `Expected a reply from '${topic}', but its asker gave the request up`,
  )
}

function timeoutError(topic: string, budgetMs: number): ReplyError {
  return new ReplyError(
    'DDNN_REPLY_TIMEOUT',
    `Expected a reply from '${topic}' within ${Math.round(budgetMs)} ms, got none`,
    { retriable: true },
  )
}
