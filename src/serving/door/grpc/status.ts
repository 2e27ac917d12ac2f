// Errors as gRPC tells them: a status, a text, and for who is to come again how long to wait.
import { toUSVString } from 'node:util'
import { Metadata, status, type ServiceError, type StatusObject } from '@grpc/grpc-js'
import type { Refusal } from '../protocol.ts'
import { toDoorError } from '../refusal.ts'

const statuses: Readonly<Record<Refusal, status>> = {
  invalid: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  'not-found': status.NOT_FOUND,
  'too-large': status.RESOURCE_EXHAUSTED,
  overloaded: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  failed: status.INTERNAL,
}

/** Seconds until another try is worth it; HTTP says the same. */
const retryAfterS = '1'

/** Details travel as a header, of which clients take some 8 KiB, and a letter may become nine of it. */
const mostLetters = 600

/** Any thrown value as the end of a call. */
export function toStatus(thrown: unknown): StatusObject {
  const { refusal, message, hint } = toDoorError(thrown)
  const metadata = new Metadata()
  if (refusal === 'overloaded' || refusal === 'unavailable') {
    metadata.set('retry-after', retryAfterS)
  }
  const text = hint === undefined ? message : `${message}. ${hint}`
  // Half a surrogate pair, which a cut name may end with, would make grpc-js throw where nobody catches it.
  const details = toUSVString(text.slice(0, mostLetters))
  return { code: statuses[refusal], details, metadata }
}

/** As handlers of unary calls give it to their callback. */
export function toServiceError(thrown: unknown): ServiceError {
  const ended = toStatus(thrown)
  return Object.assign(new Error(ended.details), ended)
}
