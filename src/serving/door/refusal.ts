// What kept a request from its answer, as a refusal of the protocol. Never a time-out of a gateway: where time
// ran out nobody was there to answer.
import { findNonFinite } from '../../domain/finite.ts'
import { hopsOf, type Reply } from '../../domain/reply.ts'
import { errorCodes, toDdnnError, type DdnnErrorOptions, type ErrorCode } from '../../errors.ts'
import { DoorError, type Refusal } from './protocol.ts'

/** Any thrown value as the error that an asker is told. */
export function toDoorError(thrown: unknown): DoorError {
  if (thrown instanceof DoorError) return thrown
  const { code, message, hint, retriable } = toDdnnError(thrown)
  return refuse(code, message, { hint, retriable, cause: thrown })
}

/** Why a reply holds no answer. */
export function toRefusal(reply: Reply): DoorError {
  const hops = hopsOf(reply)
  const problem = hops.findLast((hop) => hop.problem !== undefined)?.problem
  if (problem !== undefined) {
    const code = errorCodes.find((known) => known === problem.code) ?? 'DDNN_REPLY_FAILED'
    return refuse(code, problem.message)
  }
  const spoilt = hops.findLast((hop) => hop.result !== undefined)
  return refuse(
    'DDNN_ENGINE_VALUE',
    spoilt === undefined
      ? `Expected class values of '${reply.tier}', got none`
      : `Expected finite class values of '${spoilt.tier}', got ${findNonFinite(spoilt.result?.logits ?? []) ?? 'no prediction'}`,
  )
}

function refuse(code: ErrorCode, message: string, options: DdnnErrorOptions = {}): DoorError {
  return new DoorError(refusalOf(code), code, message, options)
}

function refusalOf(code: ErrorCode): Refusal {
  if (code === 'DDNN_OVERLOADED') return 'overloaded'
  if (code.startsWith('DDNN_FRAME_') || code.startsWith('DDNN_INPUT_')) return 'invalid'
  if (code.startsWith('DDNN_TRANSPORT_') || code.startsWith('DDNN_REPLY_')) return 'unavailable'
  return code === 'DDNN_FRONT_SILENT' ? 'unavailable' : 'failed'
}
