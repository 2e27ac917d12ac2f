// The seam of the transports. A transport moves bytes and what goes with them, nothing else: it knows of
// no tensor and no model, and nobody outside it knows of its headers. Two links exist: the back link of a
// tier, which receives requests that carry their own end, and the front link of a device or tier, which
// sends requests and receives replies.
import type { Trace } from '../../domain/trace.ts'
import type { Ending } from './deadline.ts'

/** Where a record stood, for logs and dead letters. */
export interface Origin {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  /** By the broker's clock (or the producer's, on CreateTime topics), milliseconds since 1970. */
  readonly timestampMs: number | undefined
}

/** What carries messages, as traces name it. */
export type MessagingSystem = 'kafka' | 'in_process'

/** Why a request cannot be answered. */
export interface PutAsideReason {
  readonly code: string
  readonly message: string
}

/** A request as it was received. It carries its own end: `reply` or `putAside`, or both. */
export interface IncomingRequest {
  /** May share memory with other records: read it, copy out of it, do not keep it after the reply. */
  readonly value: Uint8Array
  /** Undefined for a request of an original, whose reply carries no headers either. */
  readonly correlationId: string | undefined
  /**
   * The process that asked first, over however many tiers; undefined where it names itself not. Not to be
   * trusted, only to be told apart.
   */
  readonly clientId: string | undefined
  /** Time that its asker gave when it was sent, milliseconds; undefined where none is named. */
  readonly budgetMs: number | undefined
  /** Time since the broker took it in, by the broker's own clock; 0 where that is not known. */
  readonly ageMs: number
  /** The wire's version that its asker names; undefined for an original. */
  readonly wireVersion: string | undefined
  /** Asks who stands here; nothing is to be computed. */
  readonly isProbe: boolean
  readonly trace: Trace | undefined
  readonly system: MessagingSystem
  readonly origin: Origin
  /**
   * Sends a reply to the asking process and resolves when it is acknowledged. Retries for ever while the
   * link is open. @throws DDNN_TRANSPORT_CLOSED when it was closed meanwhile, DDNN_FRAME_TOO_LARGE,
   *   DDNN_TRANSPORT_REFUSED when the broker says no.
   */
  reply(value: Uint8Array): Promise<void>
  /** Puts it aside in `<topic>_dlq` with its origin and the reason in headers; as `reply`. */
  putAside(reason: PutAsideReason): Promise<void>
}

export interface IncomingReply {
  /** As `IncomingRequest.value`. */
  readonly value: Uint8Array
  /** Of the request that it belongs to; undefined in replies of originals. */
  readonly correlationId: string | undefined
  readonly wireVersion: string | undefined
}

/**
 * Called once for each request, at most `maxInFlight` at a time. The request is done, and may be
 * committed, when the promise resolves: so it resolves only after the reply or dead letter was
 * acknowledged. A rejection leaves the request undone: it is tried again, here or by another process.
 * One that is not retriable is tried a few times only, then put aside, logged and counted as done.
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
  /** Takes no more requests; those under way go on. Idempotent. */
  pause(): void
  /**
   * Takes no more requests, waits for those under way until the signal aborts, commits what is done
   * and leaves the group. Idempotent.
   */
  close(signal?: AbortSignal): Promise<void>
  readonly state: LinkState
}

/** A request as it is to be sent. With a value alone it is an original's. */
export interface OutgoingRequest {
  /** The link's until the send has ended; the caller may use its memory again then. */
  readonly value: Uint8Array
  readonly correlationId?: string
  /** The process that asked first, where this request goes on for it; else the asking one. */
  readonly clientId?: string | undefined
  /**
   * What is left of the asker's time, milliseconds; read when the record really goes out, and again
   * when it goes out again. Below or at 0 the receiver passes it over.
   */
  readonly remainingMs?: () => number
  readonly trace?: Trace | undefined
  readonly isProbe?: boolean
}

/** Largest request and reply, bytes. */
export interface FrameLimits {
  readonly maxRequestBytes: number
  readonly maxReplyBytes: number
}

/** An asker's side: requests out, its own replies in. */
export interface FrontLink {
  /** As `BackLink.prepare`. */
  prepare(): Promise<void>
  /**
   * Takes other limits in place of its options', also when it is open: then its topics are held against them.
   * @throws DDNN_TRANSPORT_REFUSED as `open`.
   */
  fit(limits: FrameLimits): Promise<void>
  /** Resolves when replies to requests sent from now on cannot be missed. Errors as `BackLink.open`. */
  open(onReply: (reply: IncomingReply) => void): Promise<void>
  /**
   * Sends one request and resolves when the broker has it, never before. Whatever happens on the way, the
   * broker takes it once where it can tell (an idempotent producer); where it cannot, a request with
   * `replies: 'all'` is not sent a second time and rejects, although it may have arrived.
   * @throws DDNN_FRAME_TOO_LARGE when the value is larger than the topic takes.
   * @throws DDNN_TRANSPORT_UNREACHABLE when it could not be sent by the deadline (the signal).
   */
  send(request: OutgoingRequest, signal?: Ending): Promise<void>
  /**
   * Counts the requests in the topic, whoever asked them, less the replies that `onReply` was given or
   * that stood before this link was opened: where the request topic ends now, less how far this link has
   * read the reply topic. So a reply that is stored and still on its way is owed, until it is handed on.
   * Below 0 where there are more replies than requests: only differences say something then.
   * Only for a front that gives one reply a request, in order (`replies: 'all'`).
   * @throws DDNN_TRANSPORT_UNREACHABLE when no broker tells.
   */
  countOwed(): Promise<number>
  close(): Promise<void>
  readonly state: LinkState
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

export interface FrontLinkOptions extends FrameLimits {
  readonly requestTopic: string
  readonly replyTopic: string
  /** Identity of this process: the prefix of its correlation ids, stable while it runs. */
  readonly processId: string
  /** Instance ordinal (a StatefulSet's number), where known: picks the reply partition. */
  readonly ordinal: number | undefined
  /**
   * `own` reads one partition, the one named in `reply-partition`; `all` reads every partition, for a
   * front whose replies carry no correlation id and come in any partition.
   */
  readonly replies: 'own' | 'all'
}

/** A topic that is not there. */
export interface MissingTopic {
  readonly topic: string
  /** Where it was looked for: hosts, and the flag that names them. */
  readonly place: string
  /** One that is there and may have been meant. */
  readonly near: string | undefined
}

/** A consumer group that reads the request topic. */
export interface ReadingGroup {
  readonly groupId: string
  readonly members: number
}

/** What stands at the topics of a front, as far as asking shows it: nothing is made or sent. */
export interface FrontView {
  /**
   * Waits for brokers as an open does. Empty where both topics are there.
   * @throws what `BackLink.open` throws for brokers and credentials.
   */
  missingTopics(): Promise<readonly MissingTopic[]>
  /** Undefined where this login may be kept from seeing the groups of others. Rejects when no broker tells. */
  readers(): Promise<readonly ReadingGroup[] | undefined>
}

/** One cluster or one process's memory. */
export interface Transport {
  readonly system: MessagingSystem
  backLink(options: BackLinkOptions): BackLink
  frontLink(options: FrontLinkOptions): FrontLink
  /** Left out where topics cannot be missing. */
  viewFront?(topics: Pick<FrontLinkOptions, 'requestTopic' | 'replyTopic'>): FrontView
  /** Closes what the transport itself holds. Links are closed by their owners first. */
  close(): Promise<void>
}

/** What the requester offers to a device or tier: ask and be answered, or told why not. */
export interface Requester {
  open(): Promise<void>
  /**
   * Sends a request and resolves with the reply that belongs to it.
   * @throws DDNN_REPLY_TIMEOUT when none came within the budget.
   * @throws DDNN_FRONT_SILENT when the breaker holds it back.
   * @throws DDNN_TRANSPORT_* as `FrontLink.send`.
   */
  ask(value: Uint8Array, options: AskOptions): Promise<IncomingReply>
  close(): Promise<void>
  readonly state: LinkState
}

export interface AskOptions {
  /** Time that the answer may take, milliseconds; what is left of it goes along. */
  readonly budgetMs: number
  /** As `OutgoingRequest.clientId`. */
  readonly clientId?: string | undefined
  readonly trace?: Trace | undefined
  readonly isProbe?: boolean
  readonly signal?: AbortSignal
}
