// What ddnn needs of a Kafka client: connections, and the requests of Kafka's protocol over them. Nothing
// here waits, retries or remembers: loops, positions, coalescing and groups are ours (sending/, reading/,
// group/), so that another client can stand beside kafkajs/ by answering these requests.
//
// What a request rejects with is what the client throws; kafka-errors.ts reads it: an error of the
// broker's carries Kafka's own name for it as `type` ('NOT_LEADER_FOR_PARTITION').

/** One client for one cluster, with its login. */
export interface KafkaClient {
  /** Connections of their own, opened when they are used. */
  channel(): Channel
  /** A connected admin client. Rejects when no broker answers in time; the caller disconnects it. */
  connectAdmin(): Promise<Admin>
  /** Closes every connection at once, whatever waits on it. */
  destroy(): void
}

export interface PartitionView {
  readonly partition: number
  /** Node that leads it; -1 while it has no leader. */
  readonly leader: number
  /** Grows with each new leader; -1 where brokers do not tell. */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}

export interface TopicView {
  readonly topic: string
  /** Another one when the topic was made anew; undefined where brokers do not tell (before Kafka 2.8). */
  readonly id: string | undefined
  readonly partitions: readonly PartitionView[]
}

export interface PartitionEnds {
  readonly partition: number
  /** The oldest record that is there. */
  readonly low: bigint
  /** Where the next record goes. */
  readonly high: bigint
}

/** Who makes sequences of records: the broker takes each (identity, partition, sequence) once. */
export interface ProducerIdentity {
  readonly producerId: string
  readonly epoch: number
}

export interface ProduceRecord {
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
}

/** Records of one partition, which are taken together or not at all. */
export interface ProduceBatch {
  readonly topic: string
  readonly partition: number
  /** Undefined where brokers give none: then a batch that is sent twice is there twice. */
  readonly identity: ProducerIdentity | undefined
  /** Of the first record, in this partition and identity. */
  readonly firstSequence: number
  readonly records: readonly ProduceRecord[]
}

export type ProduceOutcome =
  /** `appendTimeMs` is the broker's clock, where it stamps the records; -1 otherwise. */
  | { readonly isTaken: true; readonly appendTimeMs: number }
  | { readonly isTaken: false; readonly error: unknown }

export interface FetchRequest {
  readonly topic: string
  readonly positions: readonly { readonly partition: number; readonly offset: bigint }[]
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly maxBytesPerPartition: number
}

export interface FetchedPartition {
  readonly partition: number
  /** Where the partition ends; -1 where that is not known. */
  readonly high: bigint
  /** The broker's refusal; undefined where it gave records, or none for want of any. */
  readonly error: unknown
  readonly abortedTransactions: readonly {
    readonly producerId: bigint
    readonly firstOffset: bigint
  }[]
  /** Record batches as they travel; the last one may be cut off. */
  readonly records: Buffer
}

interface GroupProtocol {
  readonly name: string
  readonly metadata: Buffer
}

export interface JoinedGroup {
  readonly generation: number
  readonly memberId: string
  readonly leaderId: string
  /** Of the leader alone; empty for the others. */
  readonly members: readonly { readonly memberId: string; readonly metadata: Buffer }[]
}

export interface Membership {
  readonly groupId: string
  readonly memberId: string
  readonly generation: number
}

/** Requests over connections of its own. Every one may reject; one that did may be sent again. */
export interface Channel {
  /** Topics that are missing are left out. Learns where the brokers are. */
  topics(names: readonly string[]): Promise<readonly TopicView[]>
  /** Of partitions that this node leads. */
  ends(
    node: number,
    topic: string,
    partitions: readonly number[],
  ): Promise<readonly PartitionEnds[]>
  identify(): Promise<ProducerIdentity>
  /**
   * One Produce request to one broker; resolves with what became of each batch. Rejects when that is not
   * known: all of it may be there, or none.
   */
  produce(node: number, batches: readonly ProduceBatch[]): Promise<readonly ProduceOutcome[]>
  fetch(node: number, request: FetchRequest): Promise<readonly FetchedPartition[]>
  /** Node that coordinates the group. */
  coordinator(groupId: string): Promise<number>
  /**
   * Resolves when the group is complete, which takes as long as its other members do; the connection
   * answers nothing else meanwhile. A new member, without an id, is rejected with its id as `memberId` of
   * the error, and joins again with it (KIP-394).
   */
  join(
    node: number,
    group: {
      readonly groupId: string
      readonly memberId: string
      readonly sessionTimeoutMs: number
      readonly rebalanceTimeoutMs: number
      readonly protocols: readonly GroupProtocol[]
    },
  ): Promise<JoinedGroup>
  /** `assignments` of the leader alone. Resolves with this member's. */
  sync(
    node: number,
    member: Membership,
    assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[],
  ): Promise<Buffer>
  heartbeat(node: number, member: Membership): Promise<void>
  commit(
    node: number,
    member: Membership,
    topic: string,
    offsets: readonly { readonly partition: number; readonly offset: bigint }[],
  ): Promise<void>
  leave(node: number, member: Membership): Promise<void>
  /** What the group has committed; partitions without an offset are left out. */
  committed(
    node: number,
    groupId: string,
    topic: string,
    partitions: readonly number[],
  ): Promise<ReadonlyMap<number, bigint>>
  /** Lets go of a broker's connection that may be half dead; the next request opens another. */
  drop(node: number): void
  disconnect(): Promise<void>
}

interface NewTopic {
  readonly topic: string
  readonly partitions: number
  readonly replication: number
  readonly config: Readonly<Record<string, string>>
}

interface BrokerView {
  readonly id: number
  readonly host: string
  readonly port: number
}

export interface GroupView {
  /** Kafka's own word: Stable, Empty, PreparingRebalance, Dead (there is no such group). */
  readonly state: string
  readonly groupId: string
  readonly members: readonly {
    readonly clientId: string
    readonly host: string
    /** Partitions that it reads, by topic; empty while the group shares its partitions out. */
    readonly reads: Readonly<Record<string, readonly number[]>>
  }[]
}

/** Questions and changes that a start or `ddnn doctor` asks for. Each rejects with what the client throws. */
export interface Admin {
  topicNames(): Promise<readonly string[]>
  topic(name: string): Promise<TopicView>
  /** Resolves when it is made, also where another process was faster. */
  createTopic(topic: NewTopic): Promise<void>
  brokers(): Promise<readonly BrokerView[]>
  topicConfig(topic: string): Promise<ReadonlyMap<string, string>>
  brokerConfig(id: number): Promise<ReadonlyMap<string, string>>
  ends(topic: string): Promise<readonly PartitionEnds[]>
  committed(groupId: string, topic: string): Promise<ReadonlyMap<number, bigint>>
  groupIds(): Promise<readonly string[]>
  groups(ids: readonly string[]): Promise<readonly GroupView[]>
  disconnect(): Promise<void>
}
