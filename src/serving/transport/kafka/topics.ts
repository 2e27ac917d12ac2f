// The topics that a link needs: made where they are missing, and checked to take its largest record
// before anything is sent, so that a record too large is an error at start and never a silent hang.
import { TransportError, type DdnnErrorOptions } from '../../../errors.ts'
import type { Logger } from '../../../telemetry/log.ts'
import { isRefused, type KafkaPlace } from './kafka-errors.ts'
import { didYouMean, nearestTopic } from './nearest-topic.ts'
import type { Admin } from './port.ts'

export interface TopicNeed {
  readonly topic: string
  /** Largest value that goes into it. */
  readonly maxValueBytes: number
  /** The link's other topic, which is likely of a close name, and not what was meant. */
  readonly partner?: string
}

export interface TopicPolicy {
  /** Partitions of a topic that is made. */
  readonly partitions: number
  /** Copies of it; undefined takes 3, or as many as there are brokers. */
  readonly replication: number | undefined
  readonly createTopics: boolean
  /** Where they are not made: whether someone else may still be making them, so that a start waits. */
  readonly awaitTopics: boolean
}

/** Room for a record's headers and its batch, which the broker counts too. */
const recordOverheadBytes = 4096

/**
 * The two ends of a topic size their frames apart, and whoever starts first makes it: so it is made
 * larger than its maker needs. The limit itself costs nothing.
 */
const madeForBytes = 16 * 1024 * 1024

/** What max.message.bytes must be for values of this size. */
export function neededRecordBytes(maxValueBytes: number): number {
  return maxValueBytes + recordOverheadBytes
}

/**
 * Resolves when all of them are there. One that is made beside one of a close name is told.
 * @throws DDNN_TRANSPORT_REFUSED when one is missing and is not to be made (retriable where it is waited
 *   for); else what kafkajs throws.
 */
export async function ensureTopics(
  admin: Admin,
  needs: readonly TopicNeed[],
  policy: TopicPolicy,
  place: KafkaPlace,
  log?: Logger,
): Promise<void> {
  const names = await admin.topicNames()
  const present = new Set(names)
  const missing = needs.filter(({ topic }) => !present.has(topic))
  if (missing.length === 0) return
  const nearOf = ({ topic, partner }: TopicNeed) =>
    nearestTopic(
      topic,
      names.filter((name) => name !== partner),
    )
  if (!policy.createTopics) throw missingError(missing, nearOf, policy, place)
  await createTopics(admin, missing, policy)
  for (const need of missing) {
    const near = nearOf(need)
    if (near === undefined) continue
    const { topic } = need
    log?.info({ topic, near }, `made topic '${topic}', although '${near}' is there: mistyped?`)
  }
}

/**
 * One topic, made and checked; what costs CPU in it is told. Errors as `ensureTopics` and `checkSizes`.
 */
export async function prepareTopic(
  admin: Admin,
  need: TopicNeed,
  policy: TopicPolicy,
  place: KafkaPlace,
  log: Logger,
): Promise<void> {
  await ensureTopics(admin, [need], policy, place, log)
  await checkSizes(admin, [need], place, log)
  await tellCompression(admin, need.topic, log)
}

/** Undefined where the broker leaves records as they come, or its configuration may not be read. */
export function packingOf(compression: string | undefined): string | undefined {
  return ['producer', 'uncompressed', '', undefined].includes(compression) ? undefined : compression
}

/** The broker packs each record of such a topic, and every reader unpacks it. */
async function tellCompression(admin: Admin, topic: string, log: Logger): Promise<void> {
  const config = await admin.topicConfig(topic).catch(() => undefined)
  const packing = packingOf(config?.get('compression.type') ?? undefined)
  if (packing === undefined) return
  log.info(
    { topic },
    `'${topic}' has compression.type ${packing}: it costs CPU of the broker and of this process for each record`,
  )
}

async function createTopics(
  admin: Admin,
  needs: readonly TopicNeed[],
  policy: TopicPolicy,
): Promise<void> {
  const brokers = await admin.brokers()
  const replication = policy.replication ?? Math.min(3, brokers.length)
  for (const { topic, maxValueBytes } of needs) {
    await admin.createTopic({
      topic,
      partitions: policy.partitions,
      replication,
      config: {
        'max.message.bytes': String(Math.max(madeForBytes, neededRecordBytes(maxValueBytes))),
        // The age of a request is told by the broker's clock.
        'message.timestamp.type': 'LogAppendTime',
      },
    })
  }
}

/** Topics that are not there and are not to be made. */
export class TopicsMissingError extends TransportError {
  /** Topics that are there and may have been meant. */
  readonly near: readonly string[]

  constructor(message: string, near: readonly string[], options: DdnnErrorOptions) {
    super('DDNN_TRANSPORT_REFUSED', message, options)
    this.near = near
  }
}

function missingError(
  missing: readonly TopicNeed[],
  nearOf: (need: TopicNeed) => string | undefined,
  policy: TopicPolicy,
  place: KafkaPlace,
): TopicsMissingError {
  const [first] = missing
  const bytes = neededRecordBytes(first?.maxValueBytes ?? 0)
  const near = missing.map(nearOf).filter((name) => name !== undefined)
  const wanted = missing.map(({ topic }) => `'${topic}'`).join(', ')
  return new TopicsMissingError(
    `Expected topics ${wanted} at ${place.hosts}${place.flag}, got none${didYouMean(near)}`,
    near,
    {
      retriable: policy.awaitTopics,
      hint:
        'Leave out --no-create-topics, or run kafka-topics --bootstrap-server ' +
        `${place.hosts} --create --topic ${first?.topic} --partitions 8 ` +
        `--config max.message.bytes=${bytes} --config message.timestamp.type=LogAppendTime`,
    },
  )
}

/**
 * Compares each topic's limit with what goes into it.
 * @throws DDNN_TRANSPORT_REFUSED naming the topic, both numbers and the command that mends it.
 */
export async function checkSizes(
  admin: Admin,
  needs: readonly TopicNeed[],
  place: KafkaPlace,
  log: Logger,
): Promise<void> {
  const limits = await topicLimits(admin, needs).catch((thrown: unknown) => {
    if (!isRefused(thrown)) throw thrown
    // Not everyone may look at configurations; then the first record too large tells.
    log.warn('the size limits of the topics may not be read, so they are not checked')
    return new Map<string, number>()
  })
  for (const { topic, maxValueBytes } of needs) {
    const limit = limits.get(topic)
    const needed = neededRecordBytes(maxValueBytes)
    if (limit === undefined || limit >= needed) continue
    const brokerLimit = await brokerMessageMaxBytes(admin).catch(() => 'unknown')
    throw new TransportError(
      'DDNN_TRANSPORT_REFUSED',
      `Expected topic '${topic}' to take records of ${needed} bytes, got max.message.bytes ${limit}` +
        ` (the broker's message.max.bytes is ${brokerLimit})`,
      {
        hint:
          `Run kafka-configs --bootstrap-server ${place.hosts} --alter --entity-type topics ` +
          `--entity-name ${topic} --add-config max.message.bytes=${needed}`,
      },
    )
  }
}

async function topicLimits(
  admin: Admin,
  needs: readonly TopicNeed[],
): Promise<Map<string, number>> {
  const limits = new Map<string, number>()
  for (const { topic } of needs) {
    const limit = Number((await admin.topicConfig(topic)).get('max.message.bytes'))
    if (Number.isFinite(limit)) limits.set(topic, limit)
  }
  return limits
}

async function brokerMessageMaxBytes(admin: Admin): Promise<string> {
  const [first] = await admin.brokers()
  if (first === undefined) return 'unknown'
  return (await admin.brokerConfig(first.id)).get('message.max.bytes') ?? 'unknown'
}
