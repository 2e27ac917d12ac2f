// Whether a tier stands in front: first by who reads the request topic, then by a question that it
// answers without computing anything, over the same requester as a run's.
import type { CommonConfig, LinkConfig } from '../../cli/config.ts'
import { probeSizes } from '../../compose/frame-sizes.ts'
import {
  createContext,
  createFront,
  createKafka,
  type ProcessContext,
} from '../../compose/links.ts'
import { askAbout, type AboutReply } from '../../serving/device/ask-about.ts'
import { assertFits, isKnown, type Sent } from '../../serving/device/fits.ts'
import type { Reply } from '../../domain/reply.ts'
import { toDdnnError, TransportError } from '../../errors.ts'
import { createSilentLog } from '../../telemetry/log.ts'
import type { KafkaCluster } from '../../serving/transport/kafka/cluster/kafka-cluster.ts'
import { readersOf } from '../../serving/transport/kafka/inspect/topics-and-groups.ts'
import type { Transport } from '../../serving/transport/transport.ts'
import { readVersion } from '../../cli/version.ts'
import { createAsk } from './ask.ts'
import type { Verdict } from './check.ts'
import type { Together } from './together.ts'

/** What the tier in front told, and how long that took. */
export interface Told {
  readonly reply: AboutReply
  readonly roundTripMs: number
}

/** Brokers that take longer than this to be seen have no part in the first look, milliseconds. */
const firstLookMs = 3000

/**
 * As a device's start: who stands in front, before its input is opened. Undefined where nobody answers; what keeps
 * them from it is for the checks of the link to say. Asks only where somebody reads, or may.
 */
export async function lookFirst(
  config: CommonConfig,
  link: LinkConfig,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Told | undefined> {
  const startTimeoutMs = Math.min(timeoutMs, firstLookMs)
  const use = async (transport: Transport, context: ProcessContext) => {
    const view = transport.viewFront?.(link)
    if (view === undefined || (await view.missingTopics()).length > 0) return undefined
    if ((await view.readers())?.length === 0) return undefined
    return askOver(transport, link, context, startTimeoutMs, signal)
  }
  return withTransport(config, link, startTimeoutMs, signal, use).catch(() => undefined)
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

/** Asks the tier in front who it is, where that is not known yet, and holds it against what would be sent. */
export async function checkAnswer(
  config: CommonConfig,
  link: LinkConfig,
  sent: Sent,
  told: Told | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Verdict<true>> {
  const { reply, roundTripMs } = told ?? (await askFront(config, link, timeoutMs, signal))
  if (!isKnown(reply)) {
    // An earlier release: it knows nothing of probes, and says what it makes of one.
    return {
      status: 'warning',
      found: `'${reply.tier}' answered in ${roundTripMs} ms, and is of a release without probes`,
      advice: 'Run the same release of ddnn on all tiers and devices',
      facts: { tier: reply.tier, roundTripMs },
      value: true,
    }
  }
  const { about } = reply
  assertFits(reply, sent)
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
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Told> {
  try {
    return await withTransport(config, link, timeoutMs, signal, (transport, context) =>
      askOver(transport, link, context, timeoutMs / 2, signal),
    )
  } catch (thrown) {
    const error = toDdnnError(thrown)
    if (error.code !== 'DDNN_REPLY_TIMEOUT') throw error
    throw new TransportError('DDNN_TRANSPORT_UNREACHABLE', error.message, {
      hint: `Look whether the tier that reads '${link.requestTopic}' is ready, and whether it replies to '${link.replyTopic}' (its --producer-back-topic)`,
      cause: error,
    })
  }
}

/** A transport that makes nothing, and is closed when `use` has ended. */
async function withTransport<T>(
  config: CommonConfig,
  link: LinkConfig,
  startTimeoutMs: number,
  signal: AbortSignal,
  use: (transport: Transport, context: ProcessContext) => Promise<T>,
): Promise<T> {
  const log = createSilentLog()
  const context = createContext(`${config.name}-doctor`, log)
  const topics = { ...config.topics, create: false, isAwaited: false }
  const transport = createKafka(link, { topics, startTimeoutMs }, context)
  const close = () => void transport.close()
  signal.addEventListener('abort', close, { once: true })
  try {
    return await use(transport, context)
  } finally {
    signal.removeEventListener('abort', close)
    await transport.close()
  }
}

async function askOver(
  transport: Transport,
  link: LinkConfig,
  context: ProcessContext,
  budgetMs: number,
  signal: AbortSignal,
): Promise<Told> {
  const how = { form: 'binary', ordinal: undefined, maxInFlight: 1, whenOpen: 'wait' } as const
  const { requester, wire } = createFront(transport, { ...link, ...probeSizes, ...how }, context)
  try {
    await requester.open()
    const startedAt = performance.now()
    const reply = await askAbout(requester, wire, budgetMs, signal)
    return { reply, roundTripMs: Math.round((performance.now() - startedAt) * 10) / 10 }
  } finally {
    await requester.close()
  }
}
