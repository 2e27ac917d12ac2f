// The one place that chooses adapters: a Config becomes a running device, tier, or a whole continuum
// in one process. Order of a start: health first (live, not ready), models (started), links, then ready.
import type { CommonConfig, DeviceConfig, GatewayConfig, TierConfig } from './cli/config.ts'
import type { CommandResult } from './cli/command-result.ts'
import { runDevice } from './compose/device.ts'
import { openDoors } from './compose/doors.ts'
import { openGateway } from './compose/gateway.ts'
import { openPage } from './compose/page.ts'
import { createContext, createKafka, type ProcessContext } from './compose/links.ts'
import type { ReloadSetup } from './serving/tier/models/triggers.ts'
import type { ModelState } from './serving/tier/models/state.ts'
import { startTier, type RunningTier } from './compose/tier.ts'
import type { Subscribe } from './domain/subscribe.ts'
import type { Backend } from './serving/door/door.ts'
import { ReplyError, toDdnnError } from './errors.ts'
import { serveHealth } from './telemetry/health.ts'
import { createLog, type Logger } from './telemetry/log.ts'
import { addAliases } from './telemetry/metrics/aliases.ts'
import { loadTracing } from './telemetry/tracing/load-tracing.ts'
import { readVersion } from './cli/version.ts'
import { createMetrics } from './telemetry/metrics/metrics.ts'
import { createInProcessTransport } from './serving/transport/in-process/in-process-transport.ts'
import type { Transport } from './serving/transport/transport.ts'

/** What a process says of itself: which step of the start it is in, what its links miss, what it serves. */
interface Readiness {
  loading: () => readonly string[]
  missing: () => readonly string[]
  models: () => readonly ModelState[]
  /** Who answers over HTTP and gRPC; undefined until it can. */
  backend: Backend | undefined
  /** Takes no more over HTTP and gRPC, and finishes what is under way until the signal aborts. */
  closeDoors: (signal: AbortSignal) => Promise<void>
}

type Run = (context: ProcessContext, readiness: Readiness) => Promise<CommandResult>

const nothing = () => []
const stopping = () => ['stopping']

/**
 * Runs a tier until the signal aborts, then drains it within the shutdown time-out.
 * @param onHangup tells when its models are to be read anew.
 */
export async function composeTier(
  config: TierConfig,
  signal: AbortSignal,
  onHangup: Subscribe,
): Promise<CommandResult> {
  return withHealth(config, async (context, readiness) => {
    const back = createKafka(config.back, config, context)
    const front =
      config.front === undefined ? undefined : createKafka(config.front, config, context)
    try {
      const onWarm = (missing: () => readonly string[]) => {
        readiness.loading = nothing
        readiness.missing = missing
      }
      const reloads = reloadsOf(config, onHangup, readiness)
      const starting = startTier(config, { back, front }, context, onWarm, reloads)
      const tier = await orStopped(starting, signal)
      if (tier === undefined) {
        readiness.missing = stopping
        // Closing the transports ends a start that waits for brokers or its group.
        await Promise.all([back.close(), front?.close()])
        const late = await starting.catch(() => undefined)
        await late?.stop(AbortSignal.abort())
        return { failures: 0 }
      }
      readiness.backend = tier.backend
      context.log.info(tier.description)
      context.log.info('ready')
      const failure = await Promise.race([tier.gone, aborted(signal)])
      if (failure !== undefined) {
        // Requests under way are not answered with errors: uncommitted, they are another process's.
        readiness.missing = () => [failure.message]
        await tier.stop(AbortSignal.abort())
        throw failure
      }
      context.log.info('stopping: finishing requests under way')
      readiness.missing = stopping
      const end = AbortSignal.timeout(config.shutdownTimeoutMs)
      await readiness.closeDoors(end)
      await tier.stop(end)
      context.log.info('stopped')
      return { failures: 0 }
    } finally {
      await Promise.all([back.close(), front?.close()])
    }
  })
}

/**
 * Runs a device or a local run over its whole input.
 * @param onHangup tells when the models of a local run are to be read anew.
 */
export async function composeDevice(
  config: DeviceConfig,
  signal: AbortSignal,
  onHangup: Subscribe,
): Promise<CommandResult> {
  return withHealth(config, async (context, readiness) => {
    const stopIgnoring =
      config.role === 'device'
        ? onHangup(() =>
            context.log.info('SIGHUP ignored: a device without models reads none anew'),
          )
        : () => undefined
    const front =
      config.front === undefined ? undefined : createKafka(config.front, config, context)
    let isReady = false
    // Before it is ready, nothing of it is worth waiting for: closing the transport ends the start.
    const onStop = () => {
      if (!isReady) void front?.close()
    }
    signal.addEventListener('abort', onStop, { once: true })
    try {
      return await runDevice(config, front, context, signal, {
        onWarm: (missing) => {
          readiness.loading = nothing
          readiness.missing = missing
        },
        onReady: (backend) => {
          isReady = true
          readiness.backend = backend
        },
        onEnd: () => {
          readiness.missing = stopping
          return readiness.closeDoors(AbortSignal.timeout(config.shutdownTimeoutMs))
        },
        reloads: reloadsOf(config, onHangup, readiness),
      })
    } catch (thrown) {
      return stoppedEarly(thrown, context, signal)
    } finally {
      stopIgnoring()
      await front?.close()
    }
  })
}

/**
 * Answers HTTP and gRPC until the signal aborts, then finishes what is under way within the shutdown time-out.
 * @param onHangup tells when its models are to be read anew.
 */
export async function composeGateway(
  config: GatewayConfig,
  signal: AbortSignal,
  onHangup: Subscribe,
): Promise<CommandResult> {
  return withHealth(config, async (context, readiness) => {
    const front =
      config.front === undefined ? undefined : createKafka(config.front, config, context)
    const starting = openGateway(config, front, context, signal, {
      onWarm: (missing) => {
        readiness.loading = nothing
        readiness.missing = missing
      },
      reloads: reloadsOf(config, onHangup, readiness),
    })
    try {
      const gateway = await orStopped(starting, signal)
      if (gateway === undefined) {
        readiness.missing = stopping
        await front?.close()
        const late = await starting.catch(() => undefined)
        await late?.close(AbortSignal.abort())
        return { failures: 0 }
      }
      readiness.backend = gateway.backend
      context.log.info('ready')
      const failure = await Promise.race([gateway.gone, aborted(signal)])
      readiness.missing = failure === undefined ? stopping : () => [failure.message]
      if (failure === undefined) context.log.info('stopping: finishing requests under way')
      const end =
        failure === undefined ? AbortSignal.timeout(config.shutdownTimeoutMs) : AbortSignal.abort()
      await readiness.closeDoors(end)
      await gateway.close(end)
      if (failure !== undefined) throw failure
      context.log.info('stopped')
      return { failures: 0 }
    } finally {
      await front?.close()
    }
  })
}

function reloadsOf(
  { reloadIntervalMs: intervalMs }: CommonConfig,
  onHangup: Subscribe,
  readiness: Readiness,
): ReloadSetup {
  return { intervalMs, onHangup, show: (states) => (readiness.models = states) }
}

/**
 * A device and its tiers in one process, joined by memory instead of Kafka; frames are encoded and
 * decoded as they would be between machines.
 * @param onPort told of the device's HTTP port, where it has one.
 */
export async function composeContinuum(
  device: DeviceConfig,
  tiers: readonly TierConfig[],
  signal: AbortSignal,
  onPort: (port: number) => void = () => undefined,
): Promise<CommandResult> {
  const run: Run = async (context, readiness) => {
    const transport: Transport = createInProcessTransport({ log: context.log })
    const running: RunningTier[] = []
    try {
      // From the cloud down, so that each tier finds its front in place.
      for (const tier of tiers.toReversed()) {
        const own = createContext(tier.name, createLogOf(tier), context)
        running.push(await startTier(tier, { back: transport, front: transport }, own))
      }
      return await runDevice(device, transport, context, signal, {
        onWarm: (missing) => (readiness.missing = missing),
        onReady: () => undefined,
        onEnd: () => Promise.resolve(),
      })
    } catch (thrown) {
      return stoppedEarly(thrown, context, signal)
    } finally {
      for (const tier of running.reverse()) {
        await tier.stop(AbortSignal.timeout(device.shutdownTimeoutMs))
      }
      await transport.close()
    }
  }
  return withHealth(device, run, onPort)
}

/** A signal before the first sample closes the link under who waits for it. @throws anything else */
function stoppedEarly(
  thrown: unknown,
  { log }: ProcessContext,
  signal: AbortSignal,
): CommandResult {
  if (!signal.aborted || toDdnnError(thrown).code !== 'DDNN_TRANSPORT_CLOSED') throw thrown
  log.warn('stopped before the first image was asked: none was run')
  return { failures: 1 }
}

async function withHealth(
  config: DeviceConfig | TierConfig | GatewayConfig,
  run: Run,
  onPort?: (port: number) => void,
): Promise<CommandResult> {
  const log = createLogOf(config)
  for (const warning of config.warnings) log.warn(warning)
  const metrics = createMetrics({ processMetrics: true })
  if (config.http?.hasAliases === true) addAliases(metrics)
  const { models } = config
  const loading = models.length === 0 ? [] : [`models are loading: ${models.join(', ')}`]
  const readiness: Readiness = {
    loading: () => loading,
    missing: () => (loading.length > 0 ? loading : ['starting']),
    models: nothing,
    backend: undefined,
    closeDoors: () => Promise.resolve(),
  }
  const tracing = await loadTracing(
    config.tracing,
    { name: config.name, version: readVersion(), log },
    process.env,
  )
  const bare = createContext(config.name, log, { metrics, tracing })
  const page = openPage(config, bare, () => readiness.missing())
  const context = { ...bare, watch: page.watch }
  const doors = await openDoors(config, backendOf(readiness), context)
  readiness.closeDoors = async (signal) => {
    // Whoever watches sees the end of it, and keeps no connection of it.
    page.close()
    await doors.close(signal)
  }
  const health =
    config.http === undefined
      ? undefined
      : await serveHealth({
          ...config.http,
          metrics,
          door: (request, response) =>
            page.handle(request, response) || doors.http?.(request, response) === true,
          tls: doors.tls,
          loading: () => readiness.loading(),
          models: () => readiness.models(),
          missing: () => {
            const now = readiness.missing()
            metrics.ready.set({ tier: config.name }, now.length === 0 ? 1 : 0)
            return now
          },
        }).catch(async (thrown: unknown) => {
          await doors.close(AbortSignal.abort())
          throw thrown
        })
  if (health !== undefined) {
    log.info({ port: health.port }, `health on port ${health.port}`)
    onPort?.(health.port)
  }
  try {
    return await run(context, readiness)
  } finally {
    page.close()
    await doors.close(AbortSignal.abort())
    await health?.close()
    await tracing.close()
  }
}

/** Whoever answers by now. */
function backendOf(readiness: Readiness): Backend {
  return {
    model: () => readiness.backend?.model(),
    missing: () => {
      const missing = readiness.missing()
      // Its links may be there a little before it answers.
      return missing.length === 0 && readiness.backend === undefined ? ['starting'] : missing
    },
    answer: (image, call) => {
      if (readiness.backend !== undefined) return readiness.backend.answer(image, call)
      const missing = readiness.missing().join('; ')
      throw new ReplyError('DDNN_REPLY_FAILED', `Expected to be ready, got: ${missing}`)
    },
  }
}

function createLogOf(config: CommonConfig): Logger {
  return createLog({ level: config.logLevel, format: config.logFormat, name: config.name })
}

/** The value, or undefined when the signal aborts first. */
async function orStopped<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return Promise.race([promise, aborted(signal).then(() => undefined)])
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
