// What an engine and its worker threads say to each other. A worker answers each message once, in
// order. Inputs lie in shared memory, outputs are transferred: neither is copied.
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { DdnnError, ModelError, toDdnnError, type ErrorCode } from '../../../errors.ts'
import type { EngineName, StageShapes } from '../engine.ts'
import type { BatchOutputs, CompiledModel, RuntimeMemory } from './runtime.ts'

export interface WorkerData {
  readonly engine: EngineName
  /** Of the thread's ExitGate. */
  readonly gate: SharedArrayBuffer
}

/** How one submodel was loaded. */
export interface LoadedStage {
  readonly shapes: StageShapes
  readonly threads: number | undefined
  /** As LoadedModel has it. */
  readonly passMs: number | undefined
  /** As LoadedModel has it, of short passes that were asked for. */
  readonly compiled?: CompiledModel | undefined
  readonly note: string | undefined
}

export type WorkerMessage =
  | {
      readonly kind: 'load'
      readonly specs: readonly SubmodelSpec[]
      /** Batches of these sizes are run once, so that the first real one does not pay for it. */
      readonly batchSizes: readonly number[]
      /** Threads of a forward pass, one entry a submodel; undefined leaves it to the runtime. */
      readonly threads: readonly (number | undefined)[]
      /** Of the engine: they share the processors. */
      readonly workers: number
      /** Of models whose pass takes no longer, milliseconds, what they were compiled to is asked for. */
      readonly shortMs: number | undefined
    }
  | {
      readonly kind: 'run'
      readonly stage: number
      /** Samples in the buffer, from its beginning. */
      readonly count: number
      /** Read until the answer, not after it. */
      readonly input: SharedArrayBuffer
    }
  | { readonly kind: 'memory' }
  | { readonly kind: 'dispose' }

export type WorkerReply =
  | { readonly kind: 'started'; readonly description: string }
  | { readonly kind: 'loaded'; readonly stages: readonly LoadedStage[] }
  | {
      readonly kind: 'ran'
      readonly outputs: BatchOutputs
      readonly computeMs: number
    }
  | { readonly kind: 'memory'; readonly memory: RuntimeMemory }
  /** Models are freed; `memory` is what is left. */
  | { readonly kind: 'disposed'; readonly memory: RuntimeMemory }
  | { readonly kind: 'failed'; readonly error: PlainError }

/** An error as it crosses threads: structured clone would keep the message only. */
interface PlainError {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string | undefined
  readonly stack: string | undefined
  /** Of the model that did not load. */
  readonly folder?: string | undefined
}

/** `code` is that of errors which are not ours. */
export function toPlainError(thrown: unknown, code: ErrorCode): PlainError {
  const error = toDdnnError(thrown)
  const stack = thrown instanceof Error ? thrown.stack : undefined
  return {
    code: thrown instanceof DdnnError ? error.code : code,
    message: error.message,
    hint: error.hint,
    stack,
    folder: thrown instanceof ModelError ? thrown.folder : undefined,
  }
}

export function fromPlainError(plain: PlainError): ModelError {
  const cause = new Error(plain.message)
  if (plain.stack !== undefined) cause.stack = plain.stack
  const { code, message, hint, folder } = plain
  return new ModelError(code, message, { hint, folder, cause })
}
