// The seam of the transports. A transport moves bytes and headers, nothing else: it knows of no
// tensor and no model. Two links exist: the back link of a tier, which receives requests and sends
// replies, and the front link of a device or tier, which sends requests and receives replies.

/** Header names and values are ASCII. Names are those of docs/wire-format.md. */
export type Headers = Readonly<Record<string, string>>

/** A request as it was received. */
export interface IncomingRequest {
  /** May share memory with other records: read it, copy out of it, do not keep it after the reply. */
  readonly value: Uint8Array
  readonly headers: Headers
  /** Time since the broker took it in, by the broker's own clock; 0 where that is not known. */
  readonly ageMs: number
  /** Where it stood, for logs and dead letters. */
  readonly origin: { readonly topic: string; readonly partition: number; readonly offset: string }
}

export interface IncomingReply {
  /** As `IncomingRequest.value`. */
  readonly value: Uint8Array
  readonly headers: Headers
}

/**
 * Called once for each request, at most `maxInFlight` at a time. The request is done, and may be
 * committed, when the promise resolves: so it resolves only after the reply or dead letter was
 * acknowledged. A rejection leaves the request undone: it is tried again, here or by another process.
 * One that is not retriable is tried a few times only, then logged and counted as done.
 */
export type RequestHandler = (request: IncomingRequest) => Promise<void>

/** What a link tells of itself, for readiness and metrics. */
export interface LinkState {
  /** True while it holds its position and the other side answers. */
  readonly ready: boolean
  /** What is missing, in words: 'no broker answers at 10.0.0.5:9092'; undefined while ready. */
  readonly reason: string | undefined
}

/** A tier's side: requests in, replies out. Requests are shared among the links of one group. */
export interface BackLink {
  /**
   * Waits until its brokers answer and its topics are there, and joins nothing yet. `open` does it too,
   * where it was not called. Errors as `open`.
   */
  prepare(): Promise<void>
  /**
   * Joins the group and resolves when it has its position. Requests flow from then on.
   * @throws DDNN_TRANSPORT_UNREACHABLE when no broker answers within the start time-out.
   * @throws DDNN_TRANSPORT_REFUSED when topics, sizes or credentials do not fit, with the fix as hint.
   */
  open(onRequest: RequestHandler): Promise<void>
  /**
   * Sends a reply to the asking process and resolves when it is acknowledged. Retries for ever while
   * open. @throws DDNN_TRANSPORT_CLOSED when the link was closed meanwhile.
   */
  reply(request: IncomingRequest, value: Uint8Array, headers: Headers): Promise<void>
  /** Puts a request aside in `<topic>_dlq` with its origin and the reason in headers; as `reply`. */
  deadLetter(request: IncomingRequest, reason: { code: string; message: string }): Promise<void>
  /** Takes no more requests; those under way go on. Idempotent. */
  pause(): void
  /**
   * Takes no more requests, waits for those under way until the signal aborts, commits what is done
   * and leaves the group. Idempotent.
   */
  close(signal?: AbortSignal): Promise<void>
  readonly state: LinkState
}

/** An asker's side: requests out, its own replies in. */
export interface FrontLink {
  /** As `BackLink.prepare`. */
  prepare(): Promise<void>
  /** Resolves when replies to requests sent from now on cannot be missed. Errors as `BackLink.open`. */
  open(onReply: (reply: IncomingReply) => void): Promise<void>
  /**
   * Sends one request and resolves when it is acknowledged. The link adds `reply-partition`.
   * @throws DDNN_FRAME_TOO_LARGE when the value is larger than the topic takes.
   * @throws DDNN_TRANSPORT_UNREACHABLE when it could not be sent by the deadline (the signal).
   */
  send(value: Uint8Array, headers: Headers, signal?: AbortSignal): Promise<void>
  close(): Promise<void>
  readonly state: LinkState
  /**
   * Requests that stood in the topic before this link opened and that no reply stood behind: so many
   * replies are to come that nobody here asked for. Known when `open` has its position, and only with
   * `replies: 'all'`; 0 otherwise.
   */
  readonly owed: number
}

export interface BackLinkOptions {
  /** Topic that requests come from. */
  readonly requestTopic: string
  /** Topic that replies go to; never taken from a header. */
  readonly replyTopic: string
  /** Consumer group that shares the requests. */
  readonly groupId: string
  /** Most requests under way at once. */
  readonly maxInFlight: number
  /** Largest request and reply, bytes, as the model implies; checked against the topics at open. */
  readonly maxRequestBytes: number
  readonly maxReplyBytes: number
}

export interface FrontLinkOptions {
  readonly requestTopic: string
  readonly replyTopic: string
  /** Identity of this process: the prefix of its correlation ids, stable while it runs. */
  readonly processId: string
  /** Instance ordinal (a StatefulSet's number), where known: picks the reply partition. */
  readonly ordinal: number | undefined
  /**
   * `own` reads one partition, the one named in `reply-partition`; `all` reads every partition, for a
   * front that speaks the original's JSON and answers anywhere.
   */
  readonly replies: 'own' | 'all'
  readonly maxRequestBytes: number
  readonly maxReplyBytes: number
}

/** One cluster or one process's memory. */
export interface Transport {
  backLink(options: BackLinkOptions): BackLink
  frontLink(options: FrontLinkOptions): FrontLink
  /** Closes what the transport itself holds. Links are closed by their owners first. */
  close(): Promise<void>
}

/** What the requester offers to a device or tier: ask and be answered, or told why not. */
export interface Requester {
  open(): Promise<void>
  /**
   * Sends a request and resolves with the reply that carries its correlation id.
   * @throws DDNN_REPLY_TIMEOUT when none came within the budget.
   * @throws DDNN_FRONT_OPEN when the breaker holds it back.
   * @throws DDNN_TRANSPORT_* as `FrontLink.send`.
   */
  ask(value: Uint8Array, options: AskOptions): Promise<IncomingReply>
  close(): Promise<void>
  readonly state: LinkState
}

export interface AskOptions {
  /** Time that the answer may take, milliseconds; goes along as `budget-ms`. */
  readonly budgetMs: number
  readonly headers?: Headers
  readonly signal?: AbortSignal
}
