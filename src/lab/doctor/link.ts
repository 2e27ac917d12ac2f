// Checks of one link, in order: its cluster or clusters, its topics, then who stands behind them.
import type { Config, LinkConfig, TierConfig } from '../../cli/config.ts'
import type { FrameLimits } from '../../serving/transport/transport.ts'
import { kafkaOptionsOf } from '../../compose/links.ts'
import type { Sent } from '../../serving/device/fits.ts'
import { createSilentLog } from '../../telemetry/log.ts'
import { deadLetterTopic } from '../../serving/transport/dead-letter.ts'
import { clockTopic } from '../../serving/transport/kafka/cluster/clock-feed.ts'
import type { KafkaCluster } from '../../serving/transport/kafka/cluster/kafka-cluster.ts'
import { clustersOf } from '../../serving/transport/kafka/kafka-transport.ts'
import type { ClusterView } from '../../serving/transport/kafka/inspect/advertised.ts'
import type { Checked, Examination } from './examination.ts'
import { checkAnswer, checkReaders, type Told } from './front.ts'
import { checkGroup } from './group.ts'
import { checkClusterOnce, startsLater, type Together } from './together.ts'
import { checkTopic, type ExaminedTopic } from './topics.ts'

interface ExaminedLink {
  readonly link: LinkConfig
  /** Undefined where neither models nor images tell. */
  readonly sizes: FrameLimits | undefined
  readonly timeoutMs: number
  /** Where other processes are examined with this one. */
  readonly together?: Together | undefined
}

interface End {
  readonly cluster: KafkaCluster
  readonly view: Checked<ClusterView>
}

type TopicOf = Omit<ExaminedTopic, 'name' | 'policy' | 'brokers'> & {
  readonly what: string
  readonly title: string
  readonly partitions?: number
}

/** What both kinds of link have; closes its clusters when `use` has ended. */
async function withClusters(
  exam: Examination,
  config: Config,
  { link, together }: ExaminedLink,
  use: (
    requests: End,
    replies: End,
    checkOne: (end: End, topic: TopicOf) => ReturnType<typeof checkTopic>,
  ) => Promise<void>,
): Promise<void> {
  const { side } = link
  const group = side === 'back' ? 'Back link' : 'Front link'
  if (startsLater(link, together)) {
    exam.skip({ id: `${side}.brokers`, group, title: 'brokers' }, "'ddnn up' starts the broker")
    return
  }
  const options = kafkaOptionsOf(link, config, {
    name: `${config.name}-doctor`,
    log: createSilentLog(),
  })
  const { clientId, ssl, sasl, log } = options
  const clusters = clustersOf(options)
  const lookAt = async (cluster: KafkaCluster, brokers: readonly string[], end: string) => {
    const examined = {
      id: end === '' ? side : `${side}.${end}`,
      group: end === '' ? group : `${group}, cluster of ${end}`,
      cluster,
      options: { brokers, clientId, ssl, sasl, log },
    }
    return { cluster, view: await checkClusterOnce(exam, examined, link, together) }
  }
  const isOne = clusters.requests === clusters.replies
  try {
    const requests = await lookAt(clusters.requests, link.requestBrokers, isOne ? '' : 'requests')
    const replies = isOne ? requests : await lookAt(clusters.replies, link.replyBrokers, 'replies')
    const checkOne = (end: End, { what, title, partitions, ...topic }: TopicOf) => {
      const policy = {
        partitions: partitions ?? config.topics.partitions,
        replication: undefined,
        createTopics: config.topics.create,
        awaitTopics: false,
      }
      const name = { id: `${side}.${what}`, group, title }
      const brokers = end.view.value?.brokers.length ?? 0
      return checkTopic(exam, end.cluster, { name, policy, brokers, ...topic }, [end.view])
    }
    await use(requests, replies, checkOne)
  } finally {
    await Promise.all([...new Set(Object.values(clusters))].map((cluster) => cluster.close()))
  }
}

const endTopics = ({ link, sizes }: ExaminedLink) => ({
  requests: {
    what: 'requests',
    title: 'request topic',
    topic: link.requestTopic,
    partner: link.replyTopic,
    maxValueBytes: sizes?.maxRequestBytes,
  },
  replies: {
    what: 'replies',
    title: 'reply topic',
    topic: link.replyTopic,
    partner: link.requestTopic,
    maxValueBytes: sizes?.maxReplyBytes,
  },
})

export async function checkBackLink(
  exam: Examination,
  config: TierConfig,
  examined: ExaminedLink,
): Promise<void> {
  const { link } = examined
  await withClusters(exam, config, examined, async (requests, replies, checkOne) => {
    const topics = endTopics(examined)
    const requestTopic = await checkOne(requests, topics.requests)
    await checkOne(replies, topics.replies)
    await checkOne(requests, {
      what: 'dead-letters',
      title: 'dead letters',
      topic: deadLetterTopic(link.requestTopic),
      maxValueBytes: examined.sizes?.maxRequestBytes,
      isOptional: true,
      withoutIt: 'requests that cannot be answered are dropped',
    })
    await checkOne(requests, {
      what: 'clock',
      title: 'clock topic',
      topic: clockTopic,
      maxValueBytes: undefined,
      partitions: 1,
      isOptional: true,
      withoutIt: 'the age of requests is not known before the first reply',
    })
    await exam.check(
      { id: 'back.group', group: 'Back link', title: 'consumer group' },
      (signal) =>
        checkGroup(
          requests.cluster,
          config.groupId,
          link.requestTopic,
          requestTopic.value ?? null,
          signal,
        ),
      { needs: [requestTopic] },
    )
  })
}

export async function checkFrontLink(
  exam: Examination,
  config: Config,
  examined: ExaminedLink,
  /** Undefined where the models end the network here, so that nothing is ever sent. */
  sent: Sent | undefined,
  /** What the tier in front told already. */
  told: Told | undefined,
): Promise<void> {
  const { link, timeoutMs, together } = examined
  const name = (what: string, title: string) => ({
    id: `front.${what}`,
    group: 'Front link',
    title,
  })
  await withClusters(exam, config, examined, async (requests, replies, checkOne) => {
    const topics = endTopics(examined)
    const requestTopic = await checkOne(requests, topics.requests)
    const replyTopic = await checkOne(replies, topics.replies)
    const readers = name('readers', 'tier in front')
    const answer = name('answer', 'its answer')
    if (sent === undefined) {
      exam.skip(answer, 'the models end the network here, so that the front is never asked')
      return
    }
    if (config.wireFront === 'json') {
      exam.skip(
        answer,
        'an original stands in front (--wire-front json), and would take a question for a request',
      )
      return
    }
    const missing = [requestTopic, replyTopic].find(({ value }) => value === null)
    if (missing !== undefined) {
      exam.skip(readers, `the ${missing.name.title} is not there yet: nobody has started in front`)
      exam.skip(answer, `the ${missing.name.title} is not there yet`)
      return
    }
    const known = await exam.check(
      readers,
      (signal) => checkReaders(requests.cluster, link, signal, together),
      { needs: [requestTopic] },
    )
    if (known.value === 'later') {
      exam.skip(answer, 'the tier in front is not started')
      return
    }
    await exam.check(answer, (signal) => checkAnswer(config, link, sent, told, timeoutMs, signal), {
      needs: [known, replyTopic],
    })
  })
}
