// Answers one sample: run the stages in order, leave at the first exit that is confident enough, else
// offload the features and nest the front's reply, else fall back to the deepest exit computed.
// A tier (serve.ts) and a local run stand on it.
import { startBudget, type Budget } from '../../domain/budget.ts'
import { canTravel, type Remembered, type SampleMemory } from '../../domain/exit-memory.ts'
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import type { ExitRule } from '../../domain/exit.ts'
import { findNonFinite } from '../../domain/finite.ts'
import type { ExitResult, Reply } from '../../domain/reply.ts'
import { answerOf } from '../../domain/reply.ts'
import { withThresholds } from '../../domain/rules.ts'
import type { TurnedThresholds } from '../../domain/turned-thresholds.ts'
import { runStages, type StageHop, type StagesRun } from './run-stages.ts'
import type { WriteSample } from '../engine/engine.ts'
import { DdnnError, ModelError, ReplyError, toDdnnError } from '../../errors.ts'
import type { TierMeter } from '../../telemetry/metrics/tier-meter.ts'
import type { Logger } from '../../telemetry/log.ts'
import { passingSpan, type Span } from '../../telemetry/tracing/tracing.ts'
import type { Requester } from '../transport/transport.ts'
import type { Wire } from '../wire/wire.ts'
import { sendAttributes, type Destination } from '../../telemetry/tracing/message-attributes.ts'
import { createAloneLog } from './alone-log.ts'
import { createMisfitLog } from './misfit-log.ts'
import type { ServedModels } from './served-models.ts'

/** The next tier: how it is asked, and in which form. */
export interface Front {
  readonly requester: Requester
  readonly wire: Wire
  /** Where requests go, as traces name it. */
  readonly destination?: Destination | undefined
  /** How features travel to it; as the manifest of the last submodel says where undefined. */
  readonly codec?: FeatureCodec | undefined
}

export interface AnswerOptions {
  readonly name: string
  readonly front: Front | undefined
  /** Kept back of the budget given to the front, milliseconds. */
  readonly replyReserveMs: number
  /** `tier` gives one hop for all its stages; `stage` one hop each, as a local run's CSV shows them. */
  readonly hops: 'tier' | 'stage'
  /** Thresholds in place of the models', for requests that bring none; read anew for each. */
  readonly turned?: TurnedThresholds
  readonly meter: TierMeter
  readonly log: Logger
}

export interface AnswerCall {
  /** Time that the answer may take from now, milliseconds. */
  readonly budgetMs: number
  /** False for an asker that waits for ever (an original): then only the front's time is bounded. */
  readonly expires?: boolean
  /** This request's own, in place of the models', here and at the front; see `RequestMeta`. */
  readonly thresholds?: readonly number[] | undefined
  /** What exits of tiers behind said of the sample; handed on with what the own ones say. */
  readonly memory?: Remembered | undefined
  /** Who asked first: the front gives turns by it. */
  readonly clientId?: string | undefined
  /** Of the request; what is done for it hangs below. */
  readonly span?: Span | undefined
  readonly signal?: AbortSignal
  /** Told when the own submodels have run, before the front is asked. */
  readonly onComputed?: () => void
}

/** `models` are held by the caller until it settles. */
export type Answer = (models: ServedModels, write: WriteSample, call: AnswerCall) => Promise<Reply>

/**
 * Rejects when a forward pass fails (DDNN_ENGINE_FAILED), when `write` throws, when the budget is over
 * before the own submodels have run (DDNN_REPLY_TIMEOUT): samples that still wait then never run; and when
 * no exit gave finite values and no front can be asked (DDNN_ENGINE_VALUE). A reply of a tier that has
 * nothing to fall back to carries what kept the front from answering as its problem.
 */
export function createAnswer(options: AnswerOptions): Answer {
  const { name, meter } = options
  const tellOnce = createMisfitLog(options.log)
  const tellAlone = createAloneLog(options.log)
  return async (models, write, call) => {
    const budget = startBudget(call.budgetMs)
    const startedAt = performance.now()
    const run = await runInTime(name, models, write, {
      ...call,
      thresholds: call.thresholds ?? options.turned?.own,
    })
    call.onComputed?.()
    tellAlone(run.hops, models.rules)
    tellPasses(models, run.hops, { meter, span: call.span, startedAt })
    const offloaded =
      run.taken === undefined && options.front !== undefined
        ? await offload(options, options.front, { models, run, budget, call }, tellOnce)
        : undefined
    // Without a front the deepest exit answers, whatever its confidence.
    const leaves = run.taken ?? (options.front === undefined ? deepestOf(run.hops) : undefined)
    if (leaves !== undefined) meter.left(leaves.exit)
    const totalMs = performance.now() - startedAt
    const reply = buildReply(options, models, run.hops, offloaded, totalMs)
    if (answerOf(reply) !== undefined) return reply
    const failure =
      offloaded !== undefined && 'failure' in offloaded ? offloaded.failure : undefined
    if (failure === undefined) throw valueError(`class values of '${name}'`, 'none at any exit')
    // Nothing that the same request could do better another time.
    if (failure.code === 'DDNN_ENGINE_VALUE') throw failure
    return { ...reply, problem: { code: failure.code, message: failure.message } }
  }
}

function valueError(what: string, got: string): ModelError {
  return new ModelError('DDNN_ENGINE_VALUE', `Expected finite ${what}, got ${got}`, {
    hint: 'Look at the weights, and at inputs of another scale than the model was trained on',
  })
}

/** As far as the own submodels go; thresholds may have holes here. */
type OwnCall = Omit<AnswerCall, 'thresholds'> & {
  readonly thresholds?: readonly (number | undefined)[] | undefined
}

async function runInTime(
  name: string,
  { stages, rules: ownRules }: ServedModels,
  write: WriteSample,
  { budgetMs, expires = true, thresholds, memory }: OwnCall,
): Promise<StagesRun> {
  const rules = thresholds === undefined ? ownRules : withThresholds(ownRules, thresholds)
  if (!expires) return runStages(stages, rules, write, undefined, memory)
  const expiry = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new ReplyError(
        'DDNN_REPLY_TIMEOUT',
        `Expected '${name}' to answer within ${Math.round(budgetMs)} ms, its submodels took longer`,
      )
      expiry.abort(error)
      reject(error)
    }, budgetMs)
  })
  try {
    return await Promise.race([runStages(stages, rules, write, expiry.signal, memory), over])
  } finally {
    clearTimeout(timer)
  }
}

function deepestOf(hops: readonly StageHop[]): ExitResult | undefined {
  return hops.findLast((hop) => hop.result !== undefined)?.result
}

type Offloaded = { readonly next: Reply } | { readonly failure: DdnnError }

/** The hops to the meter, and to the trace as if each began when the one before it ended. */
function tellPasses(
  models: ServedModels,
  hops: readonly StageHop[],
  to: { readonly meter: TierMeter; readonly span: Span | undefined; readonly startedAt: number },
): void {
  let at = to.startedAt
  for (const hop of hops) {
    const pass = passOf(models, hop)
    to.meter.passed(pass)
    const { submodel, queueMs, computeMs, batchSize, exits } = pass
    const begunAt = at
    at += queueMs + computeMs
    const last = exits.at(-1)
    to.span?.measured(`submodel ${submodel}`, begunAt, at, () => ({
      'ddnn.submodel': submodel,
      'ddnn.queue_ms': queueMs,
      'ddnn.compute_ms': computeMs,
      'ddnn.batch_size': batchSize,
      'ddnn.exit': last?.exit,
      'ddnn.confidence': last?.confidence,
      'ddnn.left': last?.left,
    }))
  }
}

/** One hop as the meter counts it. */
function passOf({ stages }: ServedModels, { stage, run, asked, left }: StageHop) {
  const { queueMs, computeMs, batchSize, isFirst } = run
  const exits = asked.map(({ exit, confidence }, i) => ({
    ...{ exit, confidence },
    left: left && i === asked.length - 1,
  }))
  const submodel = stages[stage]?.spec.name ?? String(stage)
  return { submodel, queueMs, computeMs, batchSize, isFirst, exits }
}

interface Asked {
  readonly models: ServedModels
  readonly run: StagesRun
  readonly budget: Budget
  readonly call: AnswerCall
}

/** Asks the front with the features; whatever goes wrong is a fallback with its reason counted. */
async function offload(
  options: AnswerOptions,
  front: Front,
  { models, run, budget, call }: Asked,
  tellOnce: (error: DdnnError) => void,
): Promise<Offloaded> {
  const { meter } = options
  const { labelsHash } = models
  const { features } = run
  const last = models.stages.at(-1)
  const remainingMs = budget.remainingMs()
  const shape = last?.shapes.features
  const budgetMs = remainingMs - options.replyReserveMs
  const startedAt = performance.now()
  const sending = (call.span ?? passingSpan(undefined)).child(
    `send ${front.destination?.topic ?? 'front'}`,
    'producer',
    () => sendAttributes(front.destination),
  )
  try {
    if (features === undefined || shape === null || shape === undefined) {
      throw new ReplyError(
        'DDNN_REPLY_FAILED',
        `Expected features of '${last?.spec.name}' to offload`,
      )
    }
    const found = findNonFinite(features)
    if (found !== undefined) throw valueError(`features of '${last?.spec.name}'`, found)
    if (budgetMs <= 0) {
      throw new ReplyError(
        'DDNN_REPLY_TIMEOUT',
        `Expected time for the front, got ${Math.round(remainingMs)} ms less a reserve of ${options.replyReserveMs} ms`,
      )
    }
    const codec = front.codec ?? last?.spec.featureCodec
    const value = front.wire.encodeRequest(
      { dtype: 'float32', shape, data: features },
      {
        family: models.info.family,
        labelsHash,
        codec,
        thresholds: call.thresholds ?? options.turned?.front,
        memory: rememberedBehind(run.memory, models.rules, call.memory),
      },
    )
    meter.spent('encode', performance.now() - startedAt)
    meter.moved('sent', codec ?? 'float32', value.byteLength)
    sending.add(() => ({ 'messaging.message.body.size': value.byteLength, 'ddnn.codec': codec }))
    const incoming = await front.requester.ask(value, {
      budgetMs,
      clientId: call.clientId,
      trace: sending.trace,
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    })
    meter.moved('answered', front.wire.form, incoming.value.byteLength)
    const next = front.wire.decodeReply(incoming.value, incoming.wireVersion)
    assertUsable(next, labelsHash)
    sending.end()
    return { next }
  } catch (thrown) {
    const error = toDdnnError(thrown)
    if (error.code === 'DDNN_INTERNAL') options.log.error({ err: error }, 'offload failed')
    else tellOnce(error)
    meter.fellBack(error.code)
    sending.end(`${error.code}: ${error.message}`)
    return { failure: error }
  } finally {
    meter.spent('offload', performance.now() - startedAt)
  }
}

/**
 * What goes on to the front: what came from behind, and what the own exits said that one in front goes by. Nothing of
 * the own ones where all together are too much.
 */
function rememberedBehind(
  memory: SampleMemory,
  rules: readonly (readonly ExitRule[])[],
  given: Remembered = [],
): Remembered {
  const all = [...given]
  for (const { exit, isRemembered } of rules.flat()) {
    all[exit] = isRemembered === true ? memory.at(exit) : undefined
  }
  return canTravel(all) ? all : given
}

/** Problems of the front that are told on by their own code; all else is DDNN_REPLY_FAILED. */
const passedOn = ['DDNN_MODEL_MISMATCH', 'DDNN_FRAME_VERSION', 'DDNN_OVERLOADED'] as const

/** A reply of the front that this tier cannot stand behind is as good as none. */
function assertUsable(next: Reply, labelsHash: string | undefined): void {
  if (next.problem !== undefined && answerOf(next) === undefined) {
    const { code } = next.problem
    throw new ReplyError(
      passedOn.find((own) => own === code) ?? 'DDNN_REPLY_FAILED',
      `Expected an answer of '${next.tier}', got ${next.problem.code}: ${next.problem.message}`,
    )
  }
  if (answerOf(next) === undefined) {
    throw new ReplyError(
      'DDNN_REPLY_FAILED',
      `Expected finite class values of '${next.tier}', got none`,
    )
  }
  if (labelsHash !== undefined && next.labelsHash !== undefined && next.labelsHash !== labelsHash) {
    throw new DdnnError(
      'DDNN_LABELS_MISMATCH',
      `Expected labels ${labelsHash} of '${next.tier}', got ${next.labelsHash}`,
    )
  }
}

/** The hops of one sample as a nested reply; times of a local run's hops are its stages' own. */
function buildReply(
  options: AnswerOptions,
  { stages, labelsHash, info }: ServedModels,
  hops: readonly StageHop[],
  offloaded: Offloaded | undefined,
  totalMs: number,
): Reply {
  const end = {
    fallback: offloaded !== undefined && 'failure' in offloaded,
    next: offloaded !== undefined && 'next' in offloaded ? offloaded.next : undefined,
  }
  const base = { labelsHash, model: info, problem: undefined }
  if (options.hops === 'tier') {
    const result = deepestOf(hops)
    const computeMs = hops.reduce((sum, hop) => sum + hop.run.computeMs, 0)
    return { ...base, ...end, tier: options.name, result, computeMs, totalMs }
  }
  return (
    hops.reduceRight<Reply | undefined>((next, hop, i) => {
      const isLast = i === hops.length - 1
      // A hop's total runs to the end of the sample, as a tier's does: all before it is taken off.
      const beforeMs = hops.slice(0, i).reduce((sum, h) => sum + h.run.queueMs + h.run.computeMs, 0)
      return {
        ...base,
        tier: stages[hop.stage]?.spec.name ?? options.name,
        result: hop.result,
        computeMs: hop.run.computeMs,
        totalMs: Math.max(hop.run.computeMs, totalMs - beforeMs),
        fallback: isLast && end.fallback,
        next: isLast ? end.next : next,
      }
    }, undefined) ?? {
      ...base,
      ...end,
      tier: options.name,
      result: undefined,
      computeMs: 0,
      totalMs,
    }
  )
}
