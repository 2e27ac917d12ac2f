// An asker's side of the in-process transport.
import { closedError } from '../closed-error.ts'
import { headerNames, partitionFor } from '../headers.ts'
import type {
  FrontLink,
  FrontLinkOptions,
  Headers,
  IncomingReply,
  LinkState,
} from '../transport.ts'
import { replyPartitions, type MemoryBroker, type ReplyReader } from './broker.ts'

/** Reads one reply partition, as over Kafka, so an asker sees what others in it are answered. */
export class InProcessFrontLink implements FrontLink, ReplyReader {
  readonly #broker: MemoryBroker
  readonly #options: FrontLinkOptions
  readonly #partition: number
  #onReply: ((reply: IncomingReply) => void) | undefined
  #isClosed = false

  constructor(broker: MemoryBroker, options: FrontLinkOptions) {
    this.#broker = broker
    this.#options = options
    this.#partition = partitionFor(options.processId, options.ordinal, replyPartitions)
  }

  /** Memory outlives no process: there is no former one. */
  readonly owed = 0

  get state(): LinkState {
    const isReady = this.#onReply !== undefined && !this.#isClosed
    return { ready: isReady, reason: isReady ? undefined : 'the front link is not open' }
  }

  prepare(): Promise<void> {
    return Promise.resolve()
  }

  open(onReply: (reply: IncomingReply) => void): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedError('reply', this.#options.replyTopic))
    this.#onReply = onReply
    this.#broker.readers(this.#options.replyTopic).add(this)
    return Promise.resolve()
  }

  deliver(partition: number, reply: IncomingReply): void {
    if (this.#options.replies === 'own' && partition !== this.#partition) return
    queueMicrotask(() => {
      if (!this.#isClosed) this.#onReply?.(reply)
    })
  }

  send(value: Uint8Array, headers: Headers): Promise<void> {
    const { requestTopic, replies } = this.#options
    if (this.#isClosed) return Promise.reject(closedError('request', requestTopic))
    const sent =
      replies === 'own'
        ? { ...headers, [headerNames.replyPartition]: String(this.#partition) }
        : headers
    this.#broker.addRequest(requestTopic, value, sent)
    return Promise.resolve()
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.#broker.readers(this.#options.replyTopic).delete(this)
    return Promise.resolve()
  }
}
