// A Kafka cluster in memory, as far as the rooms behind port.ts can tell it from a real one: topics and
// their lives, leaders and epochs, logs, groups; brokers that freeze. Faults come by a schedule.
import { createCondition } from '../../../../src/serving/transport/kafka/condition.ts'
import type { KafkaClient, TopicView } from '../../../../src/serving/transport/kafka/port.ts'
import { ModelChannel } from './model-channel.ts'
import { ModelError } from './model-error.ts'
import { ModelFaults, type Fault } from './model-faults.ts'
import { ModelGroup } from './model-group.ts'
import { ModelPartition, type StoredRecord } from './model-partition.ts'

export interface ModelTopic {
  readonly topic: string
  /** A life of this name; another one when it is made anew. */
  readonly id: string
  readonly partitions: ModelPartition[]
}

export interface ModelOptions {
  readonly faults?: readonly Fault[]
  /** Whether producers get an identity; true unless given. */
  readonly hasProducerIds?: boolean
  /** Whether brokers tell topics' ids; true unless given. */
  readonly hasTopicIds?: boolean
  /** Largest batch that a topic takes, bytes of values. */
  readonly maxBatchBytes?: number
  /** A broker that does not answer for so long is given up by its client; 1500 unless given. */
  readonly requestTimeoutMs?: number
}

/** What becomes of the requests of one process: all are lost, or wait until it goes on. */
export interface ModelLine {
  state: 'open' | 'stalled' | 'dead'
}

export const nodes = [1, 2, 3] as const

export class ModelCluster {
  readonly options: ModelOptions
  readonly faults: ModelFaults
  readonly groups = new Map<string, ModelGroup>()
  readonly changed = createCondition()
  /** Told of each offset that a group commits in a partition of this life. */
  onCommit: (life: ModelTopic, partition: number, offset: bigint) => void = () => undefined
  readonly #topics = new Map<string, ModelTopic>()
  readonly #lives: ModelTopic[] = []
  readonly #frozen = new Set<number>()
  #before: readonly TopicView[] = []
  #made = 0
  coordinator = 1

  constructor(options: ModelOptions = {}) {
    this.options = options
    this.faults = new ModelFaults(options.faults ?? [])
  }

  /** `line` cuts off what is asked over it; uncut unless given. */
  channel(line: ModelLine = { state: 'open' }): ModelChannel {
    return new ModelChannel(this, line)
  }

  /** A client without an admin's questions, and the line that all its channels go over. */
  client(): KafkaClient & { readonly line: ModelLine } {
    const line: ModelLine = { state: 'open' }
    return {
      line,
      channel: () => this.channel(line),
      connectAdmin: () => Promise.resolve({ disconnect: () => Promise.resolve() } as never),
      destroy: () => undefined,
    }
  }

  /** Also anew, where it was there before. */
  make(topic: string, partitions: number): void {
    this.#keepViews()
    const life = { topic, id: `${topic}#${++this.#made}`, partitions: [] }
    this.#topics.set(topic, life)
    this.#lives.push(life)
    this.#forgetCommitted(topic)
    grow(life, partitions)
    this.changed.wake()
  }

  delete(topic: string): void {
    this.#keepViews()
    this.#topics.delete(topic)
    this.#forgetCommitted(topic)
    this.changed.wake()
  }

  #forgetCommitted(topic: string): void {
    for (const { committed } of this.groups.values()) {
      for (const key of committed.keys()) if (key.startsWith(`${topic}/`)) committed.delete(key)
    }
  }

  addPartitions(topic: string, count: number): void {
    this.#keepViews()
    grow(this.topic(topic), count)
    this.changed.wake()
  }

  /** -1 leaves it without a leader. */
  moveLeader(topic: string, partition: number, node: number): void {
    this.#keepViews()
    const one = this.#topics.get(topic)?.partitions[partition]
    if (one === undefined) return
    one.leader = node
    one.epoch++
    this.changed.wake()
  }

  /** It answers nothing until it is thawed; then it does what it was asked meanwhile. */
  freeze(node: number): void {
    this.#frozen.add(node)
  }

  thaw(node: number): void {
    this.#frozen.delete(node)
    this.changed.wake()
  }

  isFrozen(node: number): boolean {
    return this.#frozen.has(node)
  }

  /** All that a broker took of a topic, whatever became of it, by its lives. */
  lives(topic: string): readonly (readonly StoredRecord[])[] {
    return this.#lives
      .filter((life) => life.topic === topic)
      .map(({ partitions }) => partitions.flatMap(({ records }) => records))
  }

  /** @throws UNKNOWN_TOPIC_OR_PARTITION. */
  topic(topic: string): ModelTopic {
    const found = this.#topics.get(topic)
    if (found === undefined) throw new ModelError('UNKNOWN_TOPIC_OR_PARTITION')
    return found
  }

  /** The partition as this node has it. @throws where it does not lead it. */
  led(node: number, topic: string, partition: number): ModelPartition {
    const found = this.topic(topic).partitions[partition]
    if (found === undefined) throw new ModelError('UNKNOWN_TOPIC_OR_PARTITION')
    if (found.leader !== node) throw new ModelError('NOT_LEADER_FOR_PARTITION')
    return found
  }

  group(groupId: string): ModelGroup {
    const group = this.groups.get(groupId) ?? new ModelGroup()
    this.groups.set(groupId, group)
    return group
  }

  /** As a broker tells it that knows all, or one that lags a change behind. */
  views(names: readonly string[], isStale: boolean): readonly TopicView[] {
    const known = isStale ? this.#before : this.#now()
    return known.filter(({ topic }) => names.includes(topic))
  }

  #keepViews(): void {
    this.#before = this.#now()
  }

  #now(): readonly TopicView[] {
    const hasIds = this.options.hasTopicIds !== false
    return [...this.#topics.values()].map(({ topic, id, partitions }) => ({
      topic,
      id: hasIds ? id : undefined,
      partitions: partitions.map(({ partition, leader, epoch }) => ({
        partition,
        leader,
        leaderEpoch: epoch,
        replicas: nodes,
        inSync: nodes,
      })),
    }))
  }
}

function grow({ partitions }: ModelTopic, count: number): void {
  for (let i = 0; i < count; i++) {
    const partition = partitions.length
    partitions.push(new ModelPartition(partition, nodes[partition % nodes.length] ?? 1))
  }
}
