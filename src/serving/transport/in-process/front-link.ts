// An asker's side of the in-process transport.
import { closedError } from '../closed-error.ts'
import { partitionFor, readReplyHeaders, requestHeaders, type Headers } from '../headers.ts'
import type {
  FrontLink,
  FrontLinkOptions,
  IncomingReply,
  LinkState,
  OutgoingRequest,
} from '../transport.ts'
import { replyPartitions, type MemoryBroker, type ReplyReader } from './broker.ts'

/** Reads one reply partition, as over Kafka, so an asker sees what others in it are answered. */
export class InProcessFrontLink implements FrontLink, ReplyReader {
  readonly #broker: MemoryBroker
  readonly #options: FrontLinkOptions
  readonly #partition: number
  #onReply: ((reply: IncomingReply) => void) | undefined
  /** Replies of the topic that it will not see again: those before its opening, and those handed on. */
  #passed = 0
  #isClosed = false

  constructor(broker: MemoryBroker, options: FrontLinkOptions) {
    this.#broker = broker
    this.#options = options
    this.#partition = partitionFor(options.processId, options.ordinal, replyPartitions)
  }

  get state(): LinkState {
    const isReady = this.#onReply !== undefined && !this.#isClosed
    return { ready: isReady, reason: isReady ? undefined : 'the front link is not open' }
  }

  prepare(): Promise<void> {
    return Promise.resolve()
  }

  fit(): Promise<void> {
    return Promise.resolve()
  }

  open(onReply: (reply: IncomingReply) => void): Promise<void> {
    if (this.#isClosed) return Promise.reject(closedError('reply', this.#options.replyTopic))
    this.#onReply = onReply
    this.#passed = this.#broker.replyCount(this.#options.replyTopic)
    this.#broker.readers(this.#options.replyTopic).add(this)
    return Promise.resolve()
  }

  deliver(partition: number, value: Uint8Array, headers: Headers): void {
    if (this.#options.replies === 'own' && partition !== this.#partition) return
    queueMicrotask(() => {
      if (this.#isClosed) return
      this.#passed += 1
      this.#onReply?.({ value, ...readReplyHeaders(headers) })
    })
  }

  send(request: OutgoingRequest): Promise<void> {
    const { requestTopic, replies } = this.#options
    if (this.#isClosed) return Promise.reject(closedError('request', requestTopic))
    const headers = requestHeaders(request, replies === 'own' ? this.#partition : undefined)
    this.#broker.addRequest(requestTopic, request.value, headers)
    return Promise.resolve()
  }

  countOwed(): Promise<number> {
    return Promise.resolve(this.#broker.requestCount(this.#options.requestTopic) - this.#passed)
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.#broker.readers(this.#options.replyTopic).delete(this)
    return Promise.resolve()
  }
}
