// Answers images by the models of this process: of a local run, and of a gateway that has models. Its front,
// where there is one, is offloaded to.
import type { CommonConfig } from '../cli/config.ts'
import { askChain } from '../serving/device/ask-chain.ts'
import type { AnswerImage } from '../serving/device/device.ts'
import type { ChainFacts } from '../domain/tier-facts.ts'
import { sizeOf } from '../domain/tensor.ts'
import { factsOfStages } from '../serving/tier/facts-of-stages.ts'
import { createAnswer, type Front } from '../serving/tier/answer.ts'
import { createImageAnswer } from '../serving/tier/answer-image.ts'
import type { Transport } from '../serving/transport/transport.ts'
import {
  createOffloadFront,
  frontFormOf,
  missingOf,
  openFront,
  type ProcessContext,
} from './links.ts'
import type { ModelStore } from '../serving/tier/models/model-store.ts'
import { openModelStore } from './model-store.ts'
import { startReloads, type ReloadSetup } from '../serving/tier/models/triggers.ts'

interface OwnAnswerOptions {
  readonly config: CommonConfig
  readonly store: ModelStore
  /** To the front link, where there is one. */
  readonly transport: Transport | undefined
  /** Of the labels that are known where the models name none. */
  readonly labelsHash: string | undefined
  readonly context: ProcessContext
  /** The models are warm, the link opens; `missing` says what it is short of, empty while ready. */
  readonly onWarm: (missing: () => readonly string[]) => void
  /** Where models may change while the process runs. */
  readonly reloads: ReloadSetup | undefined
}

interface OwnAnswer {
  readonly answer: AnswerImage
  readonly missing: () => readonly string[]
  /** What it offloads to; undefined where there is none. */
  readonly front: Front | undefined
  /** Asks the tiers in front; what it returns tells what is known of them and of these models by then. */
  readonly askChain: () => () => ChainFacts | undefined
  /** Lets go of the front and of reloads; the store is its owner's. */
  close(): Promise<void>
}

/** The models of a process without a back link. @throws as `openModelStore`. */
export function openOwnStore(
  config: CommonConfig,
  { log, metrics, meter }: ProcessContext,
): Promise<ModelStore> {
  return openModelStore({
    name: config.name,
    folders: config.models,
    engine: config.engine,
    exits: config.exits,
    links: { hasBack: false, front: config.front && frontFormOf(config) },
    keepMs: config.timeoutMs,
    log,
    metrics,
    meter,
  })
}

/** Resolves once the front that the models offload to is open. @throws what it throws, closed again. */
export async function openOwnAnswer(options: OwnAnswerOptions): Promise<OwnAnswer> {
  const { config, store, transport, context, onWarm, reloads } = options
  const front = createOffloadFront(config, store.served()[0].stages, transport, context)
  const missing = () => [
    ...(store.isServing ? [] : ['no worker of the engine runs']),
    ...(front === undefined ? [] : missingOf(front.requester)),
  ]
  onWarm(missing)
  if (front !== undefined) await openFront(front)
  const closing = new AbortController()
  const stopReloads = reloads === undefined ? () => undefined : startReloads(store, reloads)
  const answer = createAnswer({
    name: config.name,
    front,
    replyReserveMs: config.replyReserveMs,
    hops: 'stage',
    turned: context.watch.turned,
    meter: context.meter,
    log: context.log,
  })
  return {
    answer: createImageAnswer(store.served, options.labelsHash, answer),
    missing,
    front,
    askChain: () => {
      const next =
        front?.wire.carriesBudget === true
          ? askChain(front, config.timeoutMs, closing.signal)
          : undefined
      return () => ownChain(options, front, next?.())
    },
    close: async () => {
      stopReloads()
      closing.abort()
      await front?.requester.close()
    },
  }
}

/** Undefined where the front, if there is one, has not told of itself. */
function ownChain(
  { store }: OwnAnswerOptions,
  front: Front | undefined,
  next: ChainFacts | undefined,
): ChainFacts | undefined {
  if (front !== undefined && next === undefined) return undefined
  const [models] = store.served()
  const own = factsOfStages(models, front?.codec)
  return {
    tiers: [...own, ...(next?.tiers ?? [])],
    imageBytes: sizeOf(models.stages[0]?.shapes.input ?? []),
  }
}
