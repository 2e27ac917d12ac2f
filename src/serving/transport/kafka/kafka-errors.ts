// From what kafkajs throws to the errors of this project.
import { DdnnError, FrameError, TransportError } from '../../../errors.ts'

/** What a kafkajs error may carry; read from outside, so nothing of it is taken for granted. */
interface KafkaFacts {
  readonly name?: string
  readonly type?: string
  /** OpenSSL's or Node's: UNABLE_TO_VERIFY_LEAF_SIGNATURE. */
  readonly code?: string
  readonly message?: string
  readonly cause?: unknown
  readonly errors?: readonly unknown[]
}

/** Answers of a broker that stay the same however often one asks. */
const refusals =
  /AUTHORIZATION_FAILED|SASL_AUTHENTICATION|UNSUPPORTED_SASL|SECURITY_DISABLED|POLICY_VIOLATION|INVALID_/
const tooLarge = /^(MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE)$/

/** Where it happened, for the message. */
export interface KafkaPlace {
  /** host:port, with commas. */
  readonly hosts: string
  /** The flags that name these hosts: ' (--consumer-back)'; empty where there are none. */
  readonly flag: string
}

/**
 * DDNN_TRANSPORT_REFUSED when the broker said no, DDNN_FRAME_TOO_LARGE when a record is too large for
 * it, else DDNN_TRANSPORT_UNREACHABLE, which is retriable. Errors of ours stay as they are.
 */
export function toTransportError(thrown: unknown, place: KafkaPlace, doing: string): DdnnError {
  // What is ours already knows better: a topic that is too small is not a broker that is away.
  if (thrown instanceof DdnnError) return thrown
  const chain = causesOf(thrown)
  const at = `${place.hosts}${place.flag}`
  const tooLargeCause = chain.find(({ type }) => tooLarge.test(type ?? ''))
  if (tooLargeCause !== undefined) {
    return new FrameError(
      'DDNN_FRAME_TOO_LARGE',
      `Expected ${at} to take ${doing}, got ${tooLargeCause.type}`,
      { hint: "Raise the topic's max.message.bytes", cause: thrown },
    )
  }
  const refusal = chain.find(isRefusal)
  if (refusal !== undefined) {
    return new TransportError(
      'DDNN_TRANSPORT_REFUSED',
      `Expected ${at} to allow ${doing}, got ${[refusal.type, refusal.message].filter(Boolean).join(' ')}`,
      { hint: 'Check the credentials and what they are allowed to do', cause: thrown },
    )
  }
  const got = reasonOf(thrown)
  return new TransportError(
    'DDNN_TRANSPORT_UNREACHABLE',
    `Expected a broker at ${at} for ${doing}, got: ${got}`,
    { retriable: true, hint: hintOf(chain, got), cause: thrown },
  )
}

/**
 * The message at the bottom of the chain. OpenSSL's come as
 * '80FC..:error:0A000412:SSL routines:function:reason:file:line:...'.
 */
export function reasonOf(thrown: unknown): string {
  const message = causesOf(thrown).at(-1)?.message ?? String(thrown)
  return message.trim().replace(/[0-9A-F]+:error:[0-9A-F]{8}:[^:]*:[^:]*:([^:]+):\S*.*/s, '$1')
}

/** Certificates may be changed while a process runs, so these stay retriable; only the hint tells. */
function hintOf(chain: readonly KafkaFacts[], got: string): string {
  return (
    certificateHint(chain, got) ??
    'Check that the brokers run, that hosts and ports are right, and that TLS and login are as theirs'
  )
}

/** What to do about a certificate that one of the two ends does not take; undefined where both do. */
function certificateHint(chain: readonly KafkaFacts[], got: string): string | undefined {
  const has = (pattern: RegExp) => chain.some(({ code }) => pattern.test(code ?? ''))
  if (has(/^ERR_TLS_CERT_ALTNAME_INVALID$/)) {
    return "Pass the name that the broker's certificate bears with --ssl-servername"
  }
  if (has(/^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_)/)) {
    return 'Give the authority of the brokers with --ssl-ca'
  }
  if (/alert (bad certificate|certificate required|certificate unknown)/.test(got)) {
    return 'The broker wants a client certificate of its authority: --ssl-cert and --ssl-key'
  }
  return undefined
}

/** Whether one of the two ends does not take the other's certificate. */
export function isCertificateRefused(thrown: unknown): boolean {
  return certificateHint(causesOf(thrown), reasonOf(thrown)) !== undefined
}

/** What the broker answered; undefined where it is not known that one did. */
export function answerOfBroker(thrown: unknown): string | undefined {
  return causesOf(thrown).find(({ type }) => type !== undefined)?.message
}

/** Whether the broker said no, for good. */
export function isRefused(thrown: unknown): boolean {
  return causesOf(thrown).some(isRefusal)
}

function isRefusal({ type, name }: KafkaFacts): boolean {
  return refusals.test(type ?? '') || name === 'KafkaJSSASLAuthenticationError'
}

/** Whether the group changes hands just now: what was asked may be asked again after the next join. */
export function isRebalance(thrown: unknown): boolean {
  const types = ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']
  return causesOf(thrown).some(({ type }) => types.includes(type ?? ''))
}

/** Whether a topic is missing. */
export function isUnknownTopic(thrown: unknown): boolean {
  return causesOf(thrown).some(({ type }) => type === 'UNKNOWN_TOPIC_OR_PARTITION')
}

/** The error and all that stands behind it, outermost first. */
export function causesOf(thrown: unknown): readonly KafkaFacts[] {
  const found: KafkaFacts[] = []
  const visit = (one: unknown) => {
    if (typeof one !== 'object' || one === null || found.includes(one)) return
    const facts = one as KafkaFacts
    found.push(facts)
    visit(facts.cause)
    for (const inner of facts.errors ?? []) visit(inner)
  }
  visit(thrown)
  return found
}

/** Whether the broker knows nothing of a producer's sequence: it starts a new one. */
export function isIdentitySpent(thrown: unknown): boolean {
  const types = [
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'UNKNOWN_PRODUCER_ID',
    'INVALID_PRODUCER_EPOCH',
    'INVALID_PRODUCER_ID_MAPPING',
    'PRODUCER_FENCED',
  ]
  return causesOf(thrown).some(({ type }) => types.includes(type ?? ''))
}

/** Whether the partition is led by another broker, or not known to this one. */
function isStale(thrown: unknown): boolean {
  const types = [
    'UNKNOWN_TOPIC_OR_PARTITION',
    'LEADER_NOT_AVAILABLE',
    'NOT_LEADER_FOR_PARTITION',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
  ]
  return causesOf(thrown).some(({ type }) => types.includes(type ?? ''))
}

/** Whether the broker surely has nothing of what it was sent. */
export function isNotTaken(thrown: unknown): boolean {
  return isStale(thrown) || causesOf(thrown).some(({ type }) => type === 'NOT_ENOUGH_REPLICAS')
}

/** Whether the position asked for is not there: the topic was cut, or made anew. */
export function isOutOfRange(thrown: unknown): boolean {
  return causesOf(thrown).some(({ type }) => type === 'OFFSET_OUT_OF_RANGE')
}

/** Whether the group has forgotten this member: it joins as a new one. */
export function isUnknownMember(thrown: unknown): boolean {
  return causesOf(thrown).some(({ type }) => type === 'UNKNOWN_MEMBER_ID')
}
