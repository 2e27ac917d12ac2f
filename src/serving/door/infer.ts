// One request of the Open Inference Protocol from its tensors to its answer, for HTTP and gRPC alike: the
// model is found, the images are read and all asked at once, and what came of them becomes the outputs.
import { startBudget } from '../../domain/budget.ts'
import { answerOf } from '../../domain/reply.ts'
import { ReplyError } from '../../errors.ts'
import type { Span } from '../../telemetry/tracing/tracing.ts'
import type { DoorOptions } from './door.ts'
import { findModel } from './find-model.ts'
import type { Limit } from './limit.ts'
import { wantedOutputs, writeOutputs, type Answered } from './outputs.ts'
import { readParameters, type AskedFor } from './parameters.ts'
import type { InferRequest, InferResponse } from './protocol.ts'
import { toDoorError, toRefusal } from './refusal.ts'
import { samplesOf, type Samples } from './samples.ts'

interface InferCall {
  /** Aborts when the asker is gone, or when the door closes. */
  readonly signal: AbortSignal
  /** Who asks: tiers give turns by it. */
  readonly clientId?: string | undefined
  /** Of the request; undefined where nobody records. */
  readonly span?: Span | undefined
  /** By which door, for the count of images. */
  readonly door: 'http' | 'grpc'
}

/**
 * The answer to all images of a request, or an error. The bytes of its tensors must not change until it settles.
 * @throws DoorError, whatever went wrong.
 */
export async function infer(
  options: DoorOptions,
  limit: Limit,
  request: InferRequest,
  call: InferCall,
): Promise<InferResponse> {
  try {
    const model = findModel(options, request.model, request.version)
    const wanted = wantedOutputs(request.outputs, model)
    const asked = readParameters(request.parameters, options.timeoutMs)
    const samples = samplesOf(request.inputs, model, options.decoder)
    const giveBack = limit.take(samples.count)
    options.metrics.doorImages.inc({ door: call.door }, samples.count)
    try {
      const rows = await answerAll(options, samples, asked, call)
      // Who answered may have been read anew meanwhile: labels are those of now.
      const now = options.backend.model() ?? model
      return {
        model: options.modelName,
        version: now.version,
        id: request.id,
        parameters: {},
        outputs: writeOutputs(wanted, rows, now),
      }
    } finally {
      giveBack()
    }
  } catch (thrown) {
    throw toDoorError(thrown)
  }
}

/** One answer an image, in their order. The first that fails ends the others; it settles when all have ended. */
async function answerAll(
  options: DoorOptions,
  samples: Samples,
  { budgetMs, thresholds }: AskedFor,
  { signal, clientId, span }: InferCall,
): Promise<readonly Answered[]> {
  const budget = startBudget(budgetMs)
  const failed = new AbortController()
  const ended = AbortSignal.any([signal, failed.signal])
  const answerOne = async (index: number): Promise<Answered> => {
    const image = await samples.read(index)
    ended.throwIfAborted()
    const leftMs = budget.remainingMs()
    if (leftMs < 1) throw tooLate(budgetMs)
    const call = { budgetMs: leftMs, signal: ended, thresholds, clientId, span }
    const reply = await options.backend.answer(image, call)
    const answer = answerOf(reply)
    if (answer === undefined) throw toRefusal(reply)
    return { reply, answer }
  }
  let failure: { readonly thrown: unknown } | undefined
  const rows: Answered[] = []
  const asking = Array.from({ length: samples.count }, async (_, index) => {
    try {
      rows[index] = await answerOne(index)
    } catch (thrown) {
      failure ??= { thrown }
      failed.abort()
    }
  })
  await Promise.all(asking)
  if (failure !== undefined) throw failure.thrown
  return rows
}

function tooLate(budgetMs: number): ReplyError {
  return new ReplyError(
    'DDNN_REPLY_TIMEOUT',
    `Expected the images to be read within ${Math.round(budgetMs)} ms, it took longer`,
    { hint: "Name a larger 'budget_ms', or send fewer or smaller images" },
  )
}
