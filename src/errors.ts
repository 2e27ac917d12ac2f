// The errors of the project: one base with a code, five kinds, and the facts as fields. Errors are
// thrown here and there, but printed in one place a process: cli/execute.ts, or the loop that decides.

import { withoutUsers } from './domain/shown-url.ts'

export const errorCodes = [
  'DDNN_CONFIG_INVALID', // flags, environment or config file: wrong, missing or contradictory
  'DDNN_INPUT_MISSING', // no such image folder, labels file or data set, or nothing in it
  'DDNN_INPUT_UNREADABLE', // one sample could not be read or decoded; the run goes on
  'DDNN_LABELS_MISMATCH', // the device's labels are not the model's, or in another order
  'DDNN_DOWNLOAD_DAMAGED', // an archive whose size, checksum or content is not what was expected
  'DDNN_OUTPUT_BUSY', // another process writes this file
  'DDNN_OUTPUT_FAILED', // a file could not be written
  'DDNN_TRAINING_DIVERGED', // a loss, gradient or weight of a training is NaN or infinite
  'DDNN_STOPPED', // a command was told to stop before it had a result
  'DDNN_TRAINING_STOPPED', // a training was told to stop before its first step
  'DDNN_INSTALL_INCOMPLETE', // a package that ddnn needs is missing, or lacks its native part
  'DDNN_MODULE_INVALID', // a user's module (--preprocess ...) lacks the documented export
  'DDNN_ENGINE_UNAVAILABLE', // the asked-for runtime is not installed or does not load
  'DDNN_ENGINE_FAILED', // a forward pass failed
  'DDNN_ENGINE_VALUE', // a forward pass gave NaN or infinity where an answer or features are needed
  'DDNN_MODEL_MISSING', // no model in this folder
  'DDNN_MODEL_DAMAGED', // a model or manifest that does not parse, or weights cut short
  'DDNN_MODEL_CHAIN', // submodels that do not fit each other
  'DDNN_MODEL_MISMATCH', // features of another family than this tier's
  'DDNN_FRAME_MALFORMED', // bytes that are no frame and no JSON tensor
  'DDNN_FRAME_VERSION', // a frame of another version
  'DDNN_FRAME_SHAPE', // a tensor whose shape or dtype is not what the submodel takes
  'DDNN_FRAME_VALUE', // a tensor with NaN or infinity in it
  'DDNN_FRAME_TOO_LARGE', // larger than the limit, before anything is allocated
  'DDNN_TRANSPORT_UNREACHABLE', // no broker answers
  'DDNN_TRANSPORT_REFUSED', // the broker answered no: authentication, authorisation, topic limits
  'DDNN_TRANSPORT_CLOSED', // the link was closed while this was under way
  'DDNN_REPLY_TIMEOUT', // no reply within the budget
  'DDNN_REPLY_FAILED', // the tier in front answered with an error
  'DDNN_FRONT_SILENT', // the breaker holds requests back from a front that does not answer
  'DDNN_OVERLOADED', // a tier that could not answer within the budget says so at once
  'DDNN_INTERNAL', // a fault of ours
] as const

export type ErrorCode = (typeof errorCodes)[number]

export interface DdnnErrorOptions {
  /** The next action for whoever reads it: 'Pass 0.8 for 80 %'. */
  readonly hint?: string | undefined
  /** Whether the same call may succeed later without a change. */
  readonly retriable?: boolean
  readonly cause?: unknown
}

/**
 * Base of all errors that ddnn throws on purpose. Match on `code`, never on the message. Message and hint may quote
 * what was typed: users and passwords of addresses stay out of them.
 */
export class DdnnError extends Error {
  readonly code: ErrorCode
  readonly retriable: boolean
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: DdnnErrorOptions = {}) {
    super(withoutUsers(message), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.retriable = options.retriable ?? false
    this.hint = options.hint === undefined ? undefined : withoutUsers(options.hint)
  }
}

/** The user's flags, files or folders are wrong: exit code 2. */
export class ConfigError extends DdnnError {}

interface ModelErrorOptions extends DdnnErrorOptions {
  /** Of the model that it is about, where it is about one. */
  readonly folder?: string | undefined
}

/** A model or its runtime cannot be used. */
export class ModelError extends DdnnError {
  readonly folder: string | undefined

  constructor(code: ErrorCode, message: string, options: ModelErrorOptions = {}) {
    super(code, message, options)
    this.folder = options.folder
  }
}

/** Bytes from the other side cannot be used. */
export class FrameError extends DdnnError {}

/** A broker or link failed. */
export class TransportError extends DdnnError {}

/** A request was sent, and its answer is missing or an error. */
export class ReplyError extends DdnnError {}

/** Any thrown value as a DdnnError; what is not ours already becomes DDNN_INTERNAL. */
export function toDdnnError(thrown: unknown): DdnnError {
  if (thrown instanceof DdnnError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new DdnnError('DDNN_INTERNAL', message, { cause: thrown })
}
