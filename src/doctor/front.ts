// Whether a tier stands in front: first by who reads the request topic, then by a question that it
// answers without computing anything, over the same requester as a run's.
import type { CommonConfig, LinkConfig } from '../cli/config.ts'
import { createFront, createKafka } from '../compose/links.ts'
import type { FrameSizes } from '../compose/frame-sizes.ts'
import { askAbout } from '../device/ask-about.ts'
import type { Reply } from '../domain/reply.ts'
import { describeShape, isSameShape, type Shape } from '../domain/tensor.ts'
import { ConfigError, ModelError, toDdnnError, TransportError } from '../errors.ts'
import { createSilentLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import type { KafkaCluster } from '../transport/kafka/cluster/kafka-cluster.ts'
import { readersOf } from '../transport/kafka/inspect/look.ts'
import { readVersion } from '../cli/version.ts'
import { createAsk } from './ask.ts'
import type { Verdict } from './check.ts'
import type { Together } from './together.ts'

/** What this process would send, as far as it is known. */
export interface Sent {
  readonly family: string | undefined
  readonly labelsHash: string | undefined
  /** Undefined where a user's own preprocessing decides. */
  readonly shape: Shape | undefined
}

/** Groups that read the front's request topic. */
export async function checkReaders(
  cluster: KafkaCluster,
  link: LinkConfig,
  signal: AbortSignal,
  together?: Together,
): Promise<Verdict<'now' | 'later'>> {
  const { requestTopic: topic } = link
  const ask = createAsk(cluster, 'a look at the groups', signal)
  const groups = await ask((admin) => readersOf(admin, topic))
  const answerer = together?.answerers.get(topic)
  if (groups.length === 0 && answerer !== undefined) {
    const found = `'${answerer}' is to read '${topic}' and is not started`
    return { status: 'unchecked', found, value: 'later' }
  }
  if (groups.length === 0) {
    const isHidden = link.sasl !== undefined || link.tls?.certFile !== undefined
    const message = `Expected a tier that reads '${topic}', got no consumer group with members there`
    const hint = `Start the tier in front (--consumer-back-topic ${topic}), or pass --wire-front json where an original stands`
    // Who logs in may be kept from seeing the groups of others: then the answer alone tells.
    if (isHidden) return { status: 'warning', found: message, advice: hint, value: 'now' }
    throw new TransportError('DDNN_TRANSPORT_UNREACHABLE', message, { hint })
  }
  const shown = groups.map(({ groupId, members }) => `'${groupId}' with ${members.length} members`)
  return { found: shown.join(', '), facts: { groups }, value: 'now' }
}

/** Asks the tier in front who it is, and holds that against what would be sent to it. */
export async function checkAnswer(
  config: CommonConfig,
  link: LinkConfig,
  sizes: FrameSizes,
  sent: Sent,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Verdict<true>> {
  const { reply, roundTripMs } = await askFront(config, link, sizes, timeoutMs, signal)
  const { about } = reply
  if (about === undefined) {
    // An earlier release: it knows nothing of probes, and says what it makes of one.
    return {
      status: 'warning',
      found: `'${reply.tier}' answered in ${roundTripMs} ms, and is of a release without probes`,
      advice: 'Run the same release of ddnn on all tiers and devices',
      facts: { tier: reply.tier, roundTripMs },
      value: true,
    }
  }
  assertFits(reply.tier, reply.labelsHash, about, sent)
  const own = readVersion()
  const advice =
    about.version === own
      ? []
      : [`It is ddnn ${about.version}, this is ${own}: see docs/upgrading.md`]
  return {
    status: advice.length > 0 ? 'warning' : 'ok',
    found: `'${reply.tier}' (ddnn ${about.version}${describeModels(reply)}) answered in ${roundTripMs} ms; labels and shape fit`,
    advice,
    facts: {
      tier: reply.tier,
      roundTripMs,
      labelsHash: reply.labelsHash,
      ...about,
      model: reply.model,
    },
    value: true,
  }
}

/** Of the newest models: an older family may be served beside them. */
function describeModels({ model }: Reply): string {
  if (model?.family === undefined) return ''
  const version = model.version === undefined ? '' : ` version ${model.version}`
  return `, family ${model.family}${version}, thresholds ${model.thresholds}`
}

async function askFront(
  config: CommonConfig,
  link: LinkConfig,
  sizes: FrameSizes,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ readonly reply: Reply; readonly roundTripMs: number }> {
  const log = createSilentLog()
  const metrics = createMetrics({ processMetrics: false })
  const context = { name: `${config.name}-doctor`, log, metrics }
  // Nothing is made by who only looks.
  const topics = { ...config.topics, create: false, isAwaited: false }
  const transport = createKafka(link, { topics, startTimeoutMs: timeoutMs }, context)
  const close = () => void transport.close()
  signal.addEventListener('abort', close, { once: true })
  const options = { ...link, ...sizes, form: 'binary', maxInFlight: 1, whenOpen: 'wait' } as const
  const { requester, wire } = createFront(transport, { ...options, ordinal: undefined }, context)
  try {
    await requester.open()
    const startedAt = performance.now()
    const reply = await askAbout(requester, wire, timeoutMs / 2, signal)
    const roundTripMs = Math.round((performance.now() - startedAt) * 10) / 10
    return { reply, roundTripMs }
  } catch (thrown) {
    const error = toDdnnError(thrown)
    if (error.code !== 'DDNN_REPLY_TIMEOUT') throw error
    throw new TransportError('DDNN_TRANSPORT_UNREACHABLE', error.message, {
      hint: `Look whether the tier that reads '${link.requestTopic}' is ready, and whether it replies to '${link.replyTopic}' (its --producer-back-topic)`,
      cause: error,
    })
  } finally {
    signal.removeEventListener('abort', close)
    await requester.close()
    await transport.close()
  }
}

function assertFits(
  tier: string,
  labelsHash: string | undefined,
  about: NonNullable<Reply['about']>,
  sent: Sent,
): void {
  if (sent.labelsHash !== undefined && labelsHash !== undefined && sent.labelsHash !== labelsHash) {
    throw new ConfigError(
      'DDNN_LABELS_MISMATCH',
      `Expected '${tier}' to have the labels of this process (${sent.labelsHash}), got others (${labelsHash})`,
      {
        hint: "Pass the model's own labels with --labels, in its order, and models of one training",
      },
    )
  }
  if (sent.family !== undefined && about.family !== undefined && sent.family !== about.family) {
    throw new ModelError(
      'DDNN_MODEL_MISMATCH',
      `Expected '${tier}' to be of family '${sent.family}', got '${about.family}'`,
      { hint: 'Deploy submodels that were trained together on all tiers' },
    )
  }
  if (sent.shape !== undefined && !isSameShape(sent.shape, about.input)) {
    throw new ModelError(
      'DDNN_FRAME_SHAPE',
      `Expected '${tier}' to take ${describeShape(sent.shape)}, as this process sends, got ${describeShape(about.input)}`,
      {
        hint: `Send ${describeShape(about.input)}: --height and --width, or the features of the submodel before`,
      },
    )
  }
}
