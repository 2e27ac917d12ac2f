// From a link's flags to a transport and a front to ask.
import { readFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import type { CommonConfig, LinkConfig, TierConfig, TlsConfig } from '../cli/config.ts'
import { partsOfCodec, type FeatureCodec } from '../domain/feature-codec.ts'
import type { Stage } from '../serving/engine/engine.ts'
import { ConfigError } from '../errors.ts'
import type { Front } from '../serving/tier/answer.ts'
import type { Logger } from '../telemetry/log.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics/metrics.ts'
import { createTierMeter, type TierMeter } from '../telemetry/metrics/tier-meter.ts'
import type { Destination } from '../telemetry/tracing/message-attributes.ts'
import { noTracing, type Tracing } from '../telemetry/tracing/tracing.ts'
import { noWatch } from '../serving/watch/no-watch.ts'
import type { Watch } from '../serving/watch/watch.ts'
import { createFifoRequester } from '../serving/transport/fifo-requester.ts'
import {
  createKafkaTransport,
  type KafkaTransportOptions,
} from '../serving/transport/kafka/kafka-transport.ts'
import { createRequester } from '../serving/transport/requester.ts'
import type { FrameLimits, LinkState, Transport } from '../serving/transport/transport.ts'
import { wires } from '../serving/wire/detect.ts'
import { canPack } from '../serving/wire/features/node-zstd.ts'
import type { WireForm } from '../serving/wire/wire.ts'
import { frontSizes } from './frame-sizes.ts'

export interface ProcessContext {
  /** The `--name`, for Kafka's client id. */
  readonly name: string
  readonly log: Logger
  readonly metrics: Metrics
  /** The metrics under this name. */
  readonly meter: TierMeter
  readonly tracing: Tracing
  /** Its live page. */
  readonly watch: Watch
}

/** A process under this name; with metrics of its own where it is given none, without traces and page. */
export function createContext(
  name: string,
  log: Logger,
  { metrics = createMetrics(), tracing = noTracing }: Partial<ProcessContext> = {},
): ProcessContext {
  const meter = createTierMeter(metrics, name)
  return { name, log, metrics, meter, tracing, watch: noWatch }
}

/** Kafka for one link; nothing connects before a link is opened. */
export function createKafka(
  link: LinkConfig,
  config: Pick<CommonConfig, 'topics' | 'startTimeoutMs'> &
    Partial<Pick<TierConfig, 'commitIntervalMs'>>,
  context: ProcessContext,
): Transport {
  const { commitIntervalMs } = config
  return createKafkaTransport({
    ...kafkaOptionsOf(link, config, context),
    ...(commitIntervalMs === undefined ? {} : { commitIntervalMs }),
    metrics: context.metrics,
  })
}

/** A link's flags as options of its transport. */
export function kafkaOptionsOf(
  link: LinkConfig,
  { topics, startTimeoutMs }: Pick<CommonConfig, 'topics' | 'startTimeoutMs'>,
  { name, log }: Pick<ProcessContext, 'name' | 'log'>,
): Omit<KafkaTransportOptions, 'metrics'> {
  return {
    requestBrokers: link.requestBrokers,
    replyBrokers: link.replyBrokers,
    clientId: name,
    side: link.side,
    ...(link.tls === undefined ? {} : { ssl: readTls(link.tls) }),
    ...(link.sasl === undefined ? {} : { sasl: link.sasl }),
    partitions: topics.partitions,
    createTopics: topics.create,
    awaitTopics: topics.isAwaited,
    startTimeoutMs,
    log,
  }
}

/** Options of node:tls, as kafkajs hands them on. */
function readTls(tls: TlsConfig) {
  const read = (file: string | undefined) =>
    file === undefined ? undefined : readFileSync(file, 'utf8')
  const options = {
    ca: read(tls.caFile),
    cert: read(tls.certFile),
    key: read(tls.keyFile),
    passphrase: tls.passphrase,
    servername: tls.servername,
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(given), rejectUnauthorized: tls.isVerified }
}

export interface OpenableFront extends Front {
  readonly destination: Destination
  /** Waits until its brokers answer and its topics are there. */
  prepare(): Promise<void>
  /** Holds its topics against other frames than it was made for. Errors as `prepare`. */
  fit(sizes: FrameLimits): Promise<void>
}

interface FrontOptions extends FrameLimits {
  readonly requestTopic: string
  readonly replyTopic: string
  readonly form: WireForm
  readonly ordinal: number | undefined
  readonly maxInFlight: number
  /** A tier that can fall back is refused by an open breaker; a device without models waits. */
  readonly whenOpen: 'refuse' | 'wait'
  /** How features travel; as the manifest says where undefined. */
  readonly codec?: FeatureCodec | undefined
}

/**
 * The front of a process with models, which features are offloaded to; undefined where there is no link,
 * or the models end the network here.
 */
export function createOffloadFront(
  config: CommonConfig,
  stages: readonly Stage[],
  transport: Transport | undefined,
  context: ProcessContext,
): OpenableFront | undefined {
  if (config.front === undefined || transport === undefined) return undefined
  if (stages.at(-1)?.shapes.features === null) {
    context.log.warn('the models end the network here, so the front link is never asked')
    return undefined
  }
  const { codec, form } = frontFormOf(config)
  const used = codec ?? stages.at(-1)?.spec.featureCodec
  assertCanSend(used)
  context.meter.offloads(used ?? 'float32', form)
  return createFront(
    transport,
    {
      ...config.front,
      ...frontSizes(stages, config.wireFront),
      form: config.wireFront,
      ordinal: config.ordinal,
      maxInFlight: config.maxInFlight,
      whenOpen: 'refuse',
      codec,
    },
    context,
  )
}

/** How a front is asked. */
export interface FrontForm {
  readonly form: WireForm
  /** As the manifest says where undefined. */
  readonly codec: FeatureCodec | undefined
}

/** JSON has numbers alone, whatever the manifest says. */
export function frontFormOf({
  wireFront: form,
  featureCodec,
}: Pick<CommonConfig, 'wireFront' | 'featureCodec'>): FrontForm {
  return { form, codec: form === 'json' ? 'float32' : featureCodec }
}

/** @throws DDNN_CONFIG_INVALID when this Node cannot write what the codec gives. */
export function assertCanSend(codec: FeatureCodec | undefined): void {
  if (codec === undefined || canPack(partsOfCodec(codec).pack)) return
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected Node 22.15 or later to send features as ${codec}, got ${process.version}`,
    { hint: 'Pass --feature-codec with +deflate, which is smaller for features' },
  )
}

/** What a link is short of, in words; empty while it is ready. */
export function missingOf({ state }: { readonly state: LinkState }): readonly string[] {
  return state.ready ? [] : [state.reason ?? 'a link is not ready']
}

/** Opens a front; one that does not open is closed again, so that nothing of it keeps the process. */
export async function openFront(front: Front): Promise<void> {
  try {
    await front.requester.open()
  } catch (thrown) {
    await front.requester.close()
    throw thrown
  }
}

/** A front that speaks frames has many requests under way; an original has one, matched by order. */
export function createFront(
  transport: Transport,
  options: FrontOptions,
  { name, log, metrics }: ProcessContext,
): OpenableFront {
  const { requestTopic, replyTopic, form, ordinal, maxInFlight, whenOpen } = options
  const wire = wires[form]
  const processId = `${name}-${randomUUID().slice(0, 13)}`
  const link = transport.frontLink({
    requestTopic,
    replyTopic,
    processId,
    ordinal,
    replies: wire.correlates ? 'own' : 'all',
    maxRequestBytes: options.maxRequestBytes,
    maxReplyBytes: options.maxReplyBytes,
  })
  const create = wire.correlates ? createRequester : createFifoRequester
  const requester = create(link, {
    processId,
    topic: requestTopic,
    maxInFlight,
    whenOpen,
    log,
    metrics,
  })
  return {
    ...{ requester, wire, codec: options.codec },
    destination: { system: transport.system, topic: requestTopic },
    prepare: () => link.prepare(),
    fit: (sizes) => link.fit(sizes),
  }
}
