// Who stands at the topics of a front, for an asker that has no answer yet: nothing is made, joined or sent.
import type { FrontLinkOptions, FrontView, MissingTopic } from '../../transport.ts'
import type { KafkaCluster } from '../cluster/kafka-cluster.ts'
import { isRefused } from '../kafka-errors.ts'
import { nearestTopic } from '../nearest-topic.ts'
import { readersOf } from './topics-and-groups.ts'

/** The clusters of a front link, which are often one. */
interface FrontClusters {
  readonly requests: KafkaCluster
  readonly replies: KafkaCluster
}

export function viewFront(
  { requests, replies }: FrontClusters,
  { requestTopic, replyTopic }: Pick<FrontLinkOptions, 'requestTopic' | 'replyTopic'>,
): FrontView {
  return {
    async missingTopics() {
      const missing = await Promise.all([
        missingIn(requests, requestTopic, replyTopic),
        missingIn(replies, replyTopic, requestTopic),
      ])
      return missing.filter((one) => one !== undefined)
    },
    async readers() {
      try {
        const groups = await requests.attempt((admin) => readersOf(admin, requestTopic))
        if (groups.length === 0 && mayBeHidden(requests)) return undefined
        return groups.map(({ groupId, members }) => ({ groupId, members: members.length }))
      } catch (thrown) {
        if (isRefused(thrown)) return undefined
        throw thrown
      }
    },
  }
}

/** Asked by its name: of a topic that may not be read the brokers say so, where a list leaves it out. */
function missingIn(
  cluster: KafkaCluster,
  topic: string,
  partner: string,
): Promise<MissingTopic | undefined> {
  const { place, channel } = cluster
  return cluster.start(async (admin) => {
    if ((await channel.topics([topic])).length > 0) return undefined
    const names = (await admin.topicNames()).filter((name) => name !== partner)
    return { topic, place: `${place.hosts}${place.flag}`, near: nearestTopic(topic, names) }
  }, `topic '${topic}'`)
}

/** Who logs in may be kept from seeing the groups of others. */
function mayBeHidden({ login: { sasl, ssl } }: KafkaCluster): boolean {
  return sasl !== undefined || (typeof ssl === 'object' && ssl.cert !== undefined)
}
