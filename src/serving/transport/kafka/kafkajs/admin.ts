// The port's admin client by kafkajs's.
import kafkajs, { type Admin as KafkaJsAdmin, type Kafka } from 'kafkajs'
import type { Admin, GroupView } from '../port.ts'
import { assignerProtocol } from './internals.ts'

/** Connected; rejects when no broker answers. */
export async function connectAdmin(kafka: Kafka): Promise<Admin> {
  const admin = kafka.admin({ retry: { retries: 0 } })
  try {
    await admin.connect()
  } catch (thrown) {
    await admin.disconnect().catch(() => undefined)
    throw thrown
  }
  return createAdmin(admin)
}

function createAdmin(admin: KafkaJsAdmin): Admin {
  const configOf = async (type: number, name: string) => {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type, name }],
    })
    const entries = resources[0]?.configEntries ?? []
    return new Map(entries.map(({ configName, configValue }) => [configName, configValue]))
  }
  return {
    topicNames: () => admin.listTopics(),
    async topic(name) {
      const { topics } = await admin.fetchTopicMetadata({ topics: [name] })
      const partitions = (topics[0]?.partitions ?? []).map((one) => ({
        partition: one.partitionId,
        leader: one.leader,
        leaderEpoch: -1,
        replicas: one.replicas,
        inSync: one.isr,
      }))
      return { topic: name, id: undefined, partitions }
    },
    async createTopic({ topic, partitions, replication, config }) {
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
      await admin.createTopics({
        waitForLeaders: true,
        topics: [
          { topic, numPartitions: partitions, replicationFactor: replication, configEntries },
        ],
      })
    },
    async brokers() {
      const { brokers } = await admin.describeCluster()
      return brokers.map(({ nodeId, host, port }) => ({ id: nodeId, host, port }))
    },
    topicConfig: (topic) => configOf(kafkajs.ConfigResourceTypes.TOPIC, topic),
    brokerConfig: (id) => configOf(kafkajs.ConfigResourceTypes.BROKER, String(id)),
    async ends(topic) {
      const ends = await admin.fetchTopicOffsets(topic)
      return ends.map(({ partition, low, high }) => ({
        partition,
        low: BigInt(low),
        high: BigInt(high),
      }))
    },
    async committed(groupId, topic) {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
      return new Map(
        (found?.partitions ?? [])
          .filter(({ offset }) => BigInt(offset) >= 0n)
          .map(({ partition, offset }) => [partition, BigInt(offset)]),
      )
    },
    async groupIds() {
      const { groups } = await admin.listGroups()
      return groups
        .filter(({ protocolType }) => protocolType === 'consumer')
        .map(({ groupId }) => groupId)
    },
    async groups(ids) {
      if (ids.length === 0) return []
      const { groups } = await admin.describeGroups([...ids])
      return groups.map(groupOf)
    },
    disconnect: () => admin.disconnect(),
  }
}

type KafkaJsGroup = Awaited<ReturnType<KafkaJsAdmin['describeGroups']>>['groups'][number]

function groupOf({ state, groupId, members }: KafkaJsGroup): GroupView {
  return {
    state,
    groupId,
    members: members.map(({ clientId, clientHost, memberAssignment }) => ({
      clientId,
      host: clientHost.replace(/^\//, ''),
      reads:
        memberAssignment.length === 0
          ? {}
          : (assignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? {}),
    })),
  }
}
