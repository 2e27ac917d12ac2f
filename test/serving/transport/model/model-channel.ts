// The requests of port.ts to the model, each over its way: it may be lost, be slow, or wait at a broker that
// is frozen.
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  Channel,
  FetchedPartition,
  FetchRequest,
  Membership,
  PartitionEnds,
  ProduceBatch,
  ProduceOutcome,
  TopicView,
} from '../../../../src/serving/transport/kafka/port.ts'
import type { ModelCluster, ModelLine } from './model-cluster.ts'
import { ConnectionLost, ModelError } from './model-error.ts'
import type { Api } from './model-faults.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const slowMs = 30
const stallMs = 10

export class ModelChannel implements Channel {
  readonly #cluster: ModelCluster
  readonly #line: ModelLine
  readonly #drops = new Map<number, Set<() => void>>()
  #isDisconnected = false
  /** Nodes that `drop` was called for. */
  readonly dropped: number[] = []
  /** Every Produce that was begun, and how many were under way to its node with it. */
  readonly produced: { readonly batches: readonly ProduceBatch[]; readonly underWay: number }[] = []
  readonly #underWay = new Map<number, number>()
  #made = 0

  constructor(cluster: ModelCluster, line: ModelLine) {
    this.#cluster = cluster
    this.#line = line
  }

  topics(names: readonly string[]): Promise<readonly TopicView[]> {
    return this.#ask(undefined, 'topics', (kind) => this.#cluster.views(names, kind === 'stale'))
  }

  ends(node: number, topic: string, partitions: readonly number[]) {
    return this.#ask(node, 'ends', (): readonly PartitionEnds[] =>
      partitions.map((partition) => this.#cluster.led(node, topic, partition).ends),
    )
  }

  identify() {
    const { hasProducerIds } = this.#cluster.options
    return this.#ask(undefined, 'identify', () => {
      if (hasProducerIds === false) throw new ModelError('CLUSTER_AUTHORIZATION_FAILED')
      return { producerId: `producer-${++this.#made}`, epoch: 0 }
    })
  }

  async produce(node: number, batches: readonly ProduceBatch[]): Promise<ProduceOutcome[]> {
    const underWay = (this.#underWay.get(node) ?? 0) + 1
    this.#underWay.set(node, underWay)
    this.produced.push({ batches, underWay })
    try {
      return await this.#ask(node, 'produce', (kind) =>
        batches.map((batch) => this.#append(node, batch, kind === 'unsure')),
      )
    } finally {
      this.#underWay.set(node, (this.#underWay.get(node) ?? 1) - 1)
    }
  }

  #append(node: number, batch: ProduceBatch, isUnsure: boolean): ProduceOutcome {
    const { maxBatchBytes = Infinity } = this.#cluster.options
    try {
      if (batch.topic === 'forbidden') throw new ModelError('TOPIC_AUTHORIZATION_FAILED')
      const bytes = batch.records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
      const partition = this.#cluster.led(node, batch.topic, batch.partition)
      if (bytes > maxBatchBytes) throw new ModelError('MESSAGE_TOO_LARGE')
      partition.append(batch)
      this.#cluster.changed.wake()
      if (isUnsure) throw new ModelError('REQUEST_TIMED_OUT')
      return { isTaken: true, appendTimeMs: Date.now() }
    } catch (error) {
      return { isTaken: false, error }
    }
  }

  fetch(node: number, request: FetchRequest): Promise<readonly FetchedPartition[]> {
    return this.#ask(node, 'fetch', async () => {
      const deadline = performance.now() + request.maxWaitMs
      for (;;) {
        const read = request.positions.map((one) => this.#read(node, request, one))
        const leftMs = deadline - performance.now()
        const isDone = read.some(({ error, records }) => error !== undefined || records.length > 0)
        if (isDone || leftMs <= 0) return read
        await this.#cluster.changed.wait(leftMs)
      }
    })
  }

  #read(
    node: number,
    { topic, maxBytesPerPartition }: FetchRequest,
    { partition, offset }: FetchRequest['positions'][number],
  ): FetchedPartition {
    const none = { partition, high: -1n, abortedTransactions: [], records: Buffer.alloc(0) }
    try {
      const found = this.#cluster.led(node, topic, partition)
      const records = found.read(offset, maxBytesPerPartition)
      return { ...none, high: found.high, error: undefined, records }
    } catch (error) {
      return { ...none, error }
    }
  }

  coordinator(): Promise<number> {
    return this.#ask(undefined, 'coordinator', () => this.#cluster.coordinator)
  }

  join(node: number, group: Parameters<Channel['join']>[1]) {
    const { groupId, memberId, protocols, sessionTimeoutMs } = group
    const metadata = protocols[0]?.metadata ?? Buffer.alloc(0)
    return this.#coordinate(node, 'join', groupId, (of) =>
      of.join(memberId, metadata, sessionTimeoutMs),
    )
  }

  sync(node: number, member: Membership, assignments: Parameters<Channel['sync']>[2]) {
    const { groupId, memberId, generation } = member
    return this.#coordinate(node, 'sync', groupId, (of) =>
      of.sync(memberId, generation, assignments),
    )
  }

  async heartbeat(node: number, { groupId, memberId, generation }: Membership): Promise<void> {
    await this.#coordinate(node, 'heartbeat', groupId, (of) => of.heartbeat(memberId, generation))
  }

  async commit(
    node: number,
    { groupId, memberId, generation }: Membership,
    topic: string,
    offsets: Parameters<Channel['commit']>[3],
  ): Promise<void> {
    await this.#coordinate(node, 'commit', groupId, (of) => {
      const life = this.#cluster.topic(topic)
      of.commit(
        memberId,
        generation,
        new Map(offsets.map(({ partition, offset }) => [`${topic}/${partition}`, offset])),
      )
      for (const { partition, offset } of offsets) {
        this.#cluster.onCommit(life, partition, offset)
      }
    })
  }

  async leave(node: number, { groupId, memberId }: Membership): Promise<void> {
    await this.#coordinate(node, 'leave', groupId, (of) => of.leave(memberId))
  }

  committed(node: number, groupId: string, topic: string, partitions: readonly number[]) {
    return this.#coordinate(node, 'committed', groupId, ({ committed }) => {
      const found = partitions.map((one) => [one, committed.get(`${topic}/${one}`)] as const)
      return new Map(
        found.flatMap(([one, offset]) => (offset === undefined ? [] : [[one, offset]])),
      )
    })
  }

  #coordinate<T>(
    node: number,
    api: Api,
    groupId: string,
    work: (group: ReturnType<ModelCluster['group']>) => T | Promise<T>,
  ): Promise<T> {
    return this.#ask(node, api, () => {
      if (node !== this.#cluster.coordinator) {
        throw new ModelError('NOT_COORDINATOR_FOR_GROUP')
      }
      return work(this.#cluster.group(groupId))
    })
  }

  /** `node` undefined asks any that answers. */
  async #ask<T>(
    node: number | undefined,
    api: Api,
    work: (kind: string | undefined) => T | Promise<T>,
  ): Promise<T> {
    const kind = this.#cluster.faults.next(api)
    if (this.#isDisconnected) throw new ConnectionLost()
    await turn()
    await this.#untilGoesOn()
    if (this.#isDead || kind === 'lostRequest') throw new ConnectionLost()
    if (kind === 'slow') await sleep(slowMs)
    // A broker that thaws does what it was asked, also where nobody waits for its answer any more.
    const answering = this.#thawed(node, () => work(kind)).then(async (answer) => {
      if (kind === 'slow') await sleep(slowMs)
      return answer
    })
    const answer = await this.#orLost(node, api, answering)
    await this.#untilGoesOn()
    if (this.#isDead || kind === 'lostAnswer') throw new ConnectionLost()
    await turn()
    return answer
  }

  async #thawed<T>(node: number | undefined, work: () => T | Promise<T>): Promise<T> {
    await this.#untilThawed(node)
    const answer = await work()
    await this.#untilThawed(node)
    return answer
  }

  get #isDead(): boolean {
    return this.#line.state === 'dead'
  }

  async #untilGoesOn(): Promise<void> {
    while (this.#line.state === 'stalled') await sleep(stallMs)
  }

  async #untilThawed(node: number | undefined): Promise<void> {
    while (node !== undefined && this.#cluster.isFrozen(node)) {
      await this.#cluster.changed.wait(1000)
    }
  }

  #orLost<T>(node: number | undefined, api: Api, answer: Promise<T>): Promise<T> {
    if (node === undefined) return answer
    return new Promise((resolve, reject) => {
      const drops = this.#drops.get(node) ?? new Set()
      this.#drops.set(node, drops)
      const lose = () => {
        end()
        reject(new ConnectionLost())
      }
      const { requestTimeoutMs = 1500 } = this.#cluster.options
      // Joins and syncs take as long as the others of the group do.
      const timer =
        api === 'join' || api === 'sync' ? undefined : setTimeout(lose, requestTimeoutMs)
      const end = () => {
        clearTimeout(timer)
        drops.delete(lose)
      }
      drops.add(lose)
      answer.finally(end).then(resolve, reject)
    })
  }

  drop(node: number): void {
    this.dropped.push(node)
    for (const lose of [...(this.#drops.get(node) ?? [])]) lose()
  }

  disconnect(): Promise<void> {
    this.#isDisconnected = true
    for (const node of this.#drops.keys()) this.drop(node)
    return Promise.resolve()
  }
}
