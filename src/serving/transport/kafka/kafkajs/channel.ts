// The requests of port.ts over kafkajs's connections. Answers are looked at here, partition by partition;
// kafkajs's own readers throw the first error of an answer and all the rest of it away.
import type {
  Channel,
  FetchedPartition,
  FetchRequest,
  PartitionEnds,
  ProduceBatch,
  ProduceOutcome,
  TopicView,
} from '../port.ts'
import { Brokers } from './brokers.ts'
import { fetchRecords } from './fetch.ts'
import {
  apiKeys,
  protocolErrors,
  requestOf,
  unchecked,
  type ApiName,
  type BrokerMaker,
  type RawBroker,
} from './internals.ts'
import { idVersion, metadataRequest, type Metadata } from './metadata.ts'
import { produce } from './produce.ts'

/** A broker that does not answer a small question within this time is dropped, and another one asked. */
const answerTimeoutMs = 5000
/** These wait for the other members of a group. */
const isSlow: Partial<Record<ApiName, boolean>> = { JoinGroup: true, SyncGroup: true }
const earliest = '-2'
const latest = '-1'

export class KafkaJsChannel implements Channel {
  readonly #brokers: Brokers

  constructor(make: BrokerMaker, given: readonly string[]) {
    this.#brokers = new Brokers(make, given)
  }

  async topics(names: readonly string[]): Promise<readonly TopicView[]> {
    const { brokers, topics } = await this.#metadata(names)
    this.#brokers.learn(
      new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }] as const)),
    )
    return topics
  }

  async #metadata(names: readonly string[]): Promise<Metadata> {
    const broker = await this.#brokers.any()
    const best = broker.versions?.[apiKeys.Metadata]?.maxVersion ?? 0
    if (best >= idVersion) return (await this.#soon(broker, metadataRequest(names))) as Metadata
    const plain = requestOf(broker, 'Metadata', { topics: names, allowAutoTopicCreation: false })
    const answer = (await this.#soon(broker, unchecked(plain))) as PlainMetadata
    return { brokers: answer.brokers, topics: answer.topicMetadata.flatMap(viewOf) }
  }

  async ends(
    node: number,
    topic: string,
    partitions: readonly number[],
  ): Promise<readonly PartitionEnds[]> {
    const at = (timestamp: string) =>
      this.#ask(node, 'ListOffsets', {
        topics: [{ topic, partitions: partitions.map((partition) => ({ partition, timestamp })) }],
      }) as Promise<{ responses: { partitions: { partition: number; offset: string }[] }[] }>
    const [lows, highs] = await Promise.all([at(earliest), at(latest)])
    const offsets = ({ responses }: typeof lows) =>
      new Map(
        responses.flatMap((one) => one.partitions.map((p) => [p.partition, BigInt(p.offset)])),
      )
    const [low, high] = [offsets(lows), offsets(highs)]
    return partitions.map((partition) => ({
      partition,
      low: low.get(partition) ?? 0n,
      high: high.get(partition) ?? 0n,
    }))
  }

  async identify() {
    const broker = await this.#brokers.any()
    const fields = { transactionalId: null, transactionTimeout: 60_000 }
    const answer = (await this.#soon(broker, requestOf(broker, 'InitProducerId', fields))) as {
      producerId: string
      producerEpoch: number
    }
    return { producerId: String(answer.producerId), epoch: answer.producerEpoch }
  }

  async produce(
    node: number,
    batches: readonly ProduceBatch[],
  ): Promise<readonly ProduceOutcome[]> {
    return produce(await this.#brokers.node(node), batches)
  }

  async fetch(node: number, request: FetchRequest): Promise<readonly FetchedPartition[]> {
    return fetchRecords(await this.#brokers.node(node), request)
  }

  async coordinator(groupId: string): Promise<number> {
    const broker = await this.#brokers.any()
    const fields = { groupId, coordinatorType: 0 }
    const answer = (await this.#soon(broker, requestOf(broker, 'GroupCoordinator', fields))) as {
      coordinator: { nodeId: number }
    }
    const { nodeId } = answer.coordinator
    // Its answer tells the address too, but so does the metadata, and for all nodes.
    if (!this.#brokers.knows(nodeId)) await this.topics([])
    return nodeId
  }

  async join(node: number, group: Parameters<Channel['join']>[1]) {
    const answer = (await this.#ask(node, 'JoinGroup', {
      groupId: group.groupId,
      sessionTimeout: group.sessionTimeoutMs,
      rebalanceTimeout: group.rebalanceTimeoutMs,
      memberId: group.memberId,
      protocolType: 'consumer',
      groupProtocols: group.protocols,
    })) as PlainJoined
    return {
      generation: answer.generationId,
      memberId: answer.memberId,
      leaderId: answer.leaderId,
      members: answer.members.map(({ memberId, memberMetadata }) => ({
        memberId,
        metadata: memberMetadata,
      })),
    }
  }

  async sync(
    node: number,
    { groupId, memberId, generation }: Parameters<Channel['sync']>[1],
    assignments: Parameters<Channel['sync']>[2],
  ): Promise<Buffer> {
    const answer = (await this.#ask(node, 'SyncGroup', {
      groupId,
      generationId: generation,
      memberId,
      groupAssignment: assignments.map(({ memberId: id, assignment }) => ({
        memberId: id,
        memberAssignment: assignment,
      })),
    })) as { memberAssignment: Buffer }
    return answer.memberAssignment
  }

  async heartbeat(node: number, member: Parameters<Channel['heartbeat']>[1]): Promise<void> {
    const { groupId, memberId, generation } = member
    await this.#ask(node, 'Heartbeat', { groupId, memberId, groupGenerationId: generation })
  }

  async commit(
    node: number,
    { groupId, memberId, generation }: Parameters<Channel['commit']>[1],
    topic: string,
    offsets: Parameters<Channel['commit']>[3],
  ): Promise<void> {
    const partitions = offsets.map(({ partition, offset }) => ({
      partition,
      offset: String(offset),
    }))
    await this.#ask(node, 'OffsetCommit', {
      groupId,
      memberId,
      groupGenerationId: generation,
      topics: [{ topic, partitions }],
    })
  }

  async leave(node: number, { groupId, memberId }: Parameters<Channel['leave']>[1]): Promise<void> {
    await this.#ask(node, 'LeaveGroup', { groupId, memberId })
  }

  async committed(node: number, groupId: string, topic: string, partitions: readonly number[]) {
    const topics = [{ topic, partitions: partitions.map((partition) => ({ partition })) }]
    const answer = (await this.#ask(node, 'OffsetFetch', { groupId, topics })) as {
      responses: { partitions: { partition: number; offset: string }[] }[]
    }
    return new Map(
      answer.responses
        .flatMap((one) => one.partitions)
        .filter(({ offset }) => BigInt(offset) >= 0n)
        .map(({ partition, offset }) => [partition, BigInt(offset)]),
    )
  }

  async #ask(node: number, api: ApiName, fields: object): Promise<unknown> {
    const broker = await this.#brokers.node(node)
    const request = requestOf(broker, api, fields)
    return isSlow[api] === true ? broker.connectionPool.send(request) : this.#soon(broker, request)
  }

  /** What any broker answers at once: one that is frozen is let go. */
  async #soon(broker: RawBroker, request: ReturnType<typeof requestOf>): Promise<unknown> {
    const late = setTimeout(() => this.#brokers.dropBroker(broker), answerTimeoutMs)
    try {
      return await broker.connectionPool.send(request)
    } finally {
      clearTimeout(late)
    }
  }

  drop(node: number): void {
    this.#brokers.drop(node)
  }

  disconnect(): Promise<void> {
    return this.#brokers.disconnect()
  }
}

const unknownTopic = 3

function viewOf(one: PlainMetadata['topicMetadata'][number]): readonly TopicView[] {
  if (one.topicErrorCode === unknownTopic) return []
  if (one.topicErrorCode !== 0 && one.partitionMetadata.length === 0) {
    throw protocolErrors.createErrorFromCode(one.topicErrorCode)
  }
  const partitions = one.partitionMetadata.map(({ partitionId, leader, replicas, isr }) => ({
    partition: partitionId,
    leader,
    leaderEpoch: -1,
    replicas,
    inSync: isr,
  }))
  return [{ topic: one.topic, id: undefined, partitions }]
}

interface PlainMetadata {
  readonly brokers: Metadata['brokers']
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number
    readonly topic: string
    readonly partitionMetadata: readonly {
      readonly partitionId: number
      readonly leader: number
      readonly replicas: readonly number[]
      readonly isr: readonly number[]
    }[]
  }[]
}

interface PlainJoined {
  readonly generationId: number
  readonly memberId: string
  readonly leaderId: string
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[]
}
