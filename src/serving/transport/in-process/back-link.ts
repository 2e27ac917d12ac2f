// A tier's side of the in-process transport.
import { closedError } from '../closed-error.ts'
import { deadLetterHeaders, deadLetterTopic } from '../dead-letter.ts'
import { toDdnnError } from '../../../errors.ts'
import type { Logger } from '../../../telemetry/log.ts'
import { namedReplyPartition, readRequestHeaders, replyHeaders } from '../headers.ts'
import { settledOrAborted } from '../../../domain/settled.ts'
import type {
  BackLink,
  BackLinkOptions,
  IncomingRequest,
  LinkState,
  Origin,
  PutAsideReason,
  RequestHandler,
} from '../transport.ts'
import { replyPartitions, type MemoryBroker } from './broker.ts'
import type { GroupMember, RequestGroup, StoredRequest } from './group.ts'

/** A request whose handler failed waits this long, so that a fault is no busy loop. */
const retryDelayMs = 100
/** One that fails for good is tried so often, in all links of its group together. */
const mostTries = 4

/** Takes at most `maxInFlight` requests from its group at a time; what stays undone goes back. */
export class InProcessBackLink implements BackLink, GroupMember {
  readonly #broker: MemoryBroker
  readonly #options: BackLinkOptions
  readonly #group: RequestGroup
  readonly #log: Logger
  readonly #running = new Map<StoredRequest, Promise<void>>()
  #handler: RequestHandler | undefined
  #isPaused = false
  #isClosed = false
  #closing: Promise<void> | undefined

  constructor(broker: MemoryBroker, options: BackLinkOptions, log: Logger) {
    this.#broker = broker
    this.#options = options
    this.#log = log
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
      await this.#handler?.(this.#incoming(stored))
      this.#running.delete(stored)
    } catch (thrown) {
      await this.#fail(stored, thrown)
    }
    this.#group.dispatch()
  }

  #incoming(stored: StoredRequest): IncomingRequest {
    return {
      ...readRequestHeaders(stored.headers),
      value: stored.value,
      ageMs: performance.now() - stored.storedAt,
      system: 'in_process',
      origin: originOf(stored),
      reply: (value) => this.#reply(stored, value),
      putAside: (reason) => this.#putAside(stored, reason),
    }
  }

  /** It is tried again, here or by another link, unless it fails for good and was tried often enough. */
  async #fail(stored: StoredRequest, thrown: unknown): Promise<void> {
    const error = toDdnnError(thrown)
    const origin = originOf(stored)
    // Where this link has been closed meanwhile, it went back to the group then.
    if (!this.#running.has(stored)) return
    if (!error.retriable && error.code !== 'DDNN_TRANSPORT_CLOSED') {
      const tries = this.#group.countFailure(stored)
      if (tries >= mostTries) {
        this.#log.error({ err: error, origin }, `a request failed ${tries} times: put aside`)
        await this.#putAside(stored, error).catch(() => undefined)
        this.#running.delete(stored)
        return
      }
    }
    this.#log.debug({ err: error, origin }, 'a request failed and is tried again')
    this.#running.delete(stored)
    setTimeout(() => this.#group.giveBack([stored]), retryDelayMs).unref()
  }

  #reply(stored: StoredRequest, value: Uint8Array): Promise<void> {
    const topic = this.#options.replyTopic
    if (this.#isClosed) return Promise.reject(closedError('reply', topic))
    const named = namedReplyPartition(stored.headers)
    const partition = named !== undefined && named < replyPartitions ? named : 0
    this.#broker.addReply(topic, partition, value, replyHeaders(stored.headers))
    return Promise.resolve()
  }

  #putAside(stored: StoredRequest, reason: PutAsideReason): Promise<void> {
    const topic = deadLetterTopic(this.#options.requestTopic)
    if (this.#isClosed) return Promise.reject(closedError('dead letter', topic))
    const headers = deadLetterHeaders(stored.headers, originOf(stored), reason)
    this.#broker.addDeadLetter(topic, { value: stored.value, headers })
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

function originOf({ topic, offset, timestampMs }: StoredRequest): Origin {
  return { topic, partition: 0, offset: String(offset), timestampMs }
}
