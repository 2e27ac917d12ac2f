// A tier's side of the in-process transport.
import { closedError } from '../closed-error.ts'
import { deadLetterHeaders, deadLetterTopic } from '../dead-letter.ts'
import { replyHeaders, replyPartitionOf } from '../headers.ts'
import { settledOrAborted } from '../settled.ts'
import type {
  BackLink,
  BackLinkOptions,
  Headers,
  IncomingRequest,
  LinkState,
  RequestHandler,
} from '../transport.ts'
import { replyPartitions, type MemoryBroker } from './broker.ts'
import type { GroupMember, RequestGroup, StoredRequest } from './group.ts'

/** A request whose handler failed waits this long, so that a fault is no busy loop. */
const retryDelayMs = 100

/** Takes at most `maxInFlight` requests from its group at a time; what stays undone goes back. */
export class InProcessBackLink implements BackLink, GroupMember {
  readonly #broker: MemoryBroker
  readonly #options: BackLinkOptions
  readonly #group: RequestGroup
  readonly #running = new Map<StoredRequest, Promise<void>>()
  #handler: RequestHandler | undefined
  #isPaused = false
  #isClosed = false
  #closing: Promise<void> | undefined

  constructor(broker: MemoryBroker, options: BackLinkOptions) {
    this.#broker = broker
    this.#options = options
    this.#group = broker.group(options.requestTopic, options.groupId)
  }

  get state(): LinkState {
    const isReady = this.#handler !== undefined && this.#closing === undefined
    return { ready: isReady, reason: isReady ? undefined : 'the back link is not open' }
  }

  get hasRoom(): boolean {
    return !this.#isPaused && this.#running.size < this.#options.maxInFlight
  }

  prepare(): Promise<void> {
    return Promise.resolve()
  }

  open(onRequest: RequestHandler): Promise<void> {
    if (this.#closing !== undefined) {
      return Promise.reject(closedError('request', this.#options.requestTopic))
    }
    this.#handler = onRequest
    this.#group.join(this)
    return Promise.resolve()
  }

  take(request: StoredRequest): void {
    this.#running.set(request, this.#run(request))
  }

  async #run(stored: StoredRequest): Promise<void> {
    // Never within the call that sent it, as over a wire.
    await Promise.resolve()
    try {
      await this.#handler?.({
        value: stored.value,
        headers: stored.headers,
        ageMs: performance.now() - stored.storedAt,
        origin: { topic: stored.topic, partition: 0, offset: String(stored.offset) },
      })
      this.#running.delete(stored)
    } catch {
      // The handler tells of its failure; here it only means that the request is not done. Where
      // this link has been closed meanwhile, it went back to the group then.
      if (this.#running.delete(stored)) {
        setTimeout(() => this.#group.giveBack([stored]), retryDelayMs).unref()
      }
    }
    this.#group.dispatch()
  }

  reply(request: IncomingRequest, value: Uint8Array, headers: Headers): Promise<void> {
    const topic = this.#options.replyTopic
    if (this.#isClosed) return Promise.reject(closedError('reply', topic))
    const partition = replyPartitionOf(request.headers, replyPartitions) ?? 0
    this.#broker.addReply(topic, partition, value, replyHeaders(request.headers, headers))
    return Promise.resolve()
  }

  deadLetter(request: IncomingRequest, reason: { code: string; message: string }): Promise<void> {
    const topic = deadLetterTopic(this.#options.requestTopic)
    if (this.#isClosed) return Promise.reject(closedError('dead letter', topic))
    const timestamp = String(Math.round(Date.now() - request.ageMs))
    const headers = deadLetterHeaders(request, timestamp, reason)
    this.#broker.addDeadLetter(topic, { value: request.value, headers })
    return Promise.resolve()
  }

  pause(): void {
    this.#isPaused = true
  }

  close(signal?: AbortSignal): Promise<void> {
    this.#closing ??= this.#close(signal)
    return this.#closing
  }

  async #close(signal: AbortSignal | undefined): Promise<void> {
    this.pause()
    this.#group.leave(this)
    await settledOrAborted([...this.#running.values()], signal)
    this.#isClosed = true
    const undone = [...this.#running.keys()]
    this.#running.clear()
    this.#group.giveBack(undone)
  }
}
