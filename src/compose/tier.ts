// Starts one tier: models warm, both links in position, then requests flow. Used by a tier's process
// and, three times over, by a whole continuum in one process.
import type { TierConfig } from '../cli/config.ts'
import { readVersion } from '../cli/version.ts'
import type { Backend } from '../serving/door/door.ts'
import { askAbout } from '../serving/device/ask-about.ts'
import { createImageDecoder } from '../input/decode.ts'
import { loadSharp } from '../input/sharp.ts'
import { openTierCsv } from '../report/tier-csv.ts'
import { Admission } from '../serving/tier/admission.ts'
import { createAnswer } from '../serving/tier/answer.ts'
import { createRequestHandler } from '../serving/tier/serve.ts'
import type { Transport } from '../serving/transport/transport.ts'
import { detectWire, wires } from '../serving/wire/detect.ts'
import { wireForms } from '../serving/wire/wire.ts'
import { backSizes } from './frame-sizes.ts'
import { modelOfServed } from './door-model.ts'
import { createOffloadFront, frontFormOf, missingOf, type ProcessContext } from './links.ts'
import { openModelStore } from './model-store.ts'
import { startReloads, type ReloadSetup } from '../serving/tier/models/triggers.ts'
import { describeServing } from '../serving/tier/describe-serving.ts'
import { pictureOfRequest } from './pictures.ts'
import { openTierDoor } from './tier-door.ts'
import { watchedTier, watchFront, watchModels } from './watch-sources.ts'

/** A link hands over so many times what may be under way, so that the tier can choose whose turn it is. */
const handedOver = 4
/** Of one asker: the batch that runs, and the next, so that no worker waits until it is made up. */
const batchesAWorker = 2
/** Requests in an engine at a time, a worker of it: more would fill its queue before another's turn. */
const sharedAWorker = 8

interface TierTransports {
  readonly back: Transport
  /** Where there is a front link; may be the same as `back`. */
  readonly front: Transport | undefined
}

export interface RunningTier {
  /** Resolves when the tier can never serve again: its engine is gone. */
  readonly gone: Promise<Error>
  /** What it serves and where, for the log. */
  readonly description: string
  /** For its doors; undefined where the process has none. */
  readonly backend: Backend | undefined
  /** Takes no more requests, finishes those under way until the signal aborts, and lets go of all. */
  stop(signal: AbortSignal): Promise<void>
}

/**
 * Resolves once requests flow.
 * @param onWarm called when the models are warm and the links begin to open, with what keeps the tier
 *   from being ready from then on, in words: empty while ready.
 * @param reloads where models may change while it runs.
 * @throws DDNN_MODEL_*, DDNN_ENGINE_UNAVAILABLE, DDNN_TRANSPORT_*, DDNN_OUTPUT_* with all closed again.
 */
export async function startTier(
  config: TierConfig,
  transports: TierTransports,
  context: ProcessContext,
  onWarm: (missing: () => readonly string[]) => void = () => undefined,
  reloads?: ReloadSetup,
): Promise<RunningTier> {
  const { log, metrics, meter, tracing, watch } = context
  const closing = new AbortController()
  const closers: ((signal: AbortSignal) => Promise<void>)[] = []
  const stop = async (signal: AbortSignal) => {
    closing.abort()
    for (const close of closers.splice(0).reverse()) await close(signal)
  }
  try {
    const store = await openModelStore({
      name: config.name,
      folders: config.models,
      engine: config.engine,
      exits: config.exits,
      links: { hasBack: true, front: config.front && frontFormOf(config) },
      keepMs: config.timeoutMs,
      log,
      metrics,
      meter,
    })
    closers.push((signal) => store.close(signal))
    const { served } = store
    const { stages } = served()[0]
    // While the links open, so that the first encoded image does not wait for it; if it fails, that one tells.
    const isOfImages = stages[0]?.shapes.input.length === 3 && stages[0].shapes.input[2] === 3
    if (isOfImages) loadSharp().catch(() => undefined)
    const csv = await openTierCsv(config.output, log)
    if (csv !== undefined) closers.push(() => csv.close())

    meter.receives(isOfImages ? ['uint8', 'float32', 'jpeg'] : ['float32'], wireForms)
    const front = createOffloadFront(config, stages, transports.front, context)
    const back = transports.back.backLink({
      requestTopic: config.back.requestTopic,
      replyTopic: config.back.replyTopic,
      groupId: config.groupId,
      maxInFlight: handedOver * config.maxInFlight,
      ...backSizes(stages),
    })
    const handle = createRequestHandler({
      name: config.name,
      version: readVersion(),
      admission: new Admission({
        maxUnderWay: config.maxInFlight,
        maxComputing: batchesAWorker * config.engine.maxBatchSize * config.engine.workers,
        maxComputingShared: sharedAWorker * config.engine.workers,
      }),
      answer: createAnswer({
        name: config.name,
        front,
        replyReserveMs: config.replyReserveMs,
        hops: 'tier',
        turned: watch.turned,
        meter,
        log,
      }),
      served,
      featureCodec: front?.codec,
      ...(front?.wire.carriesBudget === true
        ? {
            askFront: (budgetMs: number) =>
              askAbout(front.requester, front.wire, budgetMs, closing.signal, 'chain'),
          }
        : {}),
      wireOf: detectWire,
      ownWire: wires.binary,
      // The bytes come from the network: only what --send sends is looked at.
      decoder: createImageDecoder({
        formats: 'sent',
        maxPixels: config.maxImagePixels,
        orientation: config.orientation,
      }),
      orientation: config.orientation,
      timeoutMs: config.timeoutMs,
      onReply(id, reply, value) {
        csv?.add(id, reply)
        if (!watch.isOpen) return
        const picture = () => pictureOfRequest(value, served()[0].stages[0])
        watch.seen({ id, reply, totalMs: reply.totalMs, picture })
      },
      meter,
      tracing,
      log,
    })
    watch.show({
      ...watchModels(served, () => [watchedTier(config.name, served()[0], front?.codec)]),
      ...watchFront(front, closing.signal),
    })
    const links = front === undefined ? [back] : [back, front.requester]
    onWarm(() => [
      ...(store.isServing ? [] : ['no worker of the engine runs']),
      ...new Set(links.flatMap(missingOf)),
    ])
    if (reloads !== undefined) {
      const stopReloads = startReloads(store, reloads)
      closers.push(() => Promise.resolve(stopReloads()))
    }
    closers.push(async (signal) => {
      // The back first: the requests it still has under way may need the front.
      await back.close(signal)
      await front?.requester.close()
    })
    const openDoor = async (): Promise<Backend> => {
      const handedOverNow = handedOver * config.maxInFlight
      const sizes = backSizes(stages)
      const door = await openTierDoor({ handle, handedOver: handedOverNow, ...sizes, context })
      closers.push((signal) => door.close(signal))
      const { answer } = door
      return { model: () => modelOfServed(config.name, served), missing: () => [], answer }
    }
    // A front that is not there yet must not hold requests back that other replicas could answer.
    await Promise.all([back.prepare(), front?.prepare()])
    // Both at once, since a join takes as long as the other members of its group do; a request that comes
    // before the front is there waits for it.
    const frontOpen = front?.requester.open() ?? Promise.resolve()
    frontOpen.catch(() => undefined)
    const backOpen = back.open(async (request) => {
      await frontOpen
      await handle(request)
    })
    await Promise.all([frontOpen, backOpen])
    const backend = config.door === undefined ? undefined : await openDoor()
    const description = describeServing(served()[0], {
      engine: store.states()[0]?.engine,
      ...config.back,
      front: front?.destination.topic,
    })
    return { gone: store.gone, description, backend, stop }
  } catch (thrown) {
    await stop(AbortSignal.abort())
    throw thrown
  }
}
