// Where the partitions of the topics in use are led, as the brokers tell it: refreshed by the watch, and at
// once where a request shows that it is stale. A topic that was deleted and made anew is told by its id.
import type { Channel, PartitionView, TopicView } from '../port.ts'

export interface TopicChange {
  readonly view: TopicView
  /** It is another topic of the same name: no position in the former one means anything. */
  readonly isAnew: boolean
}

/** Former leaders that are remembered. */
const mostLeaders = 4096

type Listener = (change: TopicChange) => void

export class TopicMap {
  readonly #channel: Channel
  readonly #topics = new Map<string, TopicView | undefined>()
  readonly #listeners = new Set<{ readonly topic: string; readonly listener: Listener }>()
  /** Ids of topics that are gone: a broker that lags behind may still tell of them. */
  readonly #gone = new Set<string>()
  readonly #missing = new Set<string>()
  /** By topic, partition and epoch: a record is stamped by who led then. */
  readonly #leaders = new Map<string, number>()
  #refreshing: Promise<void> | undefined
  #refreshedAt = -Infinity

  constructor(channel: Channel) {
    this.#channel = channel
  }

  /** Milliseconds since the brokers were asked with success. */
  get ageMs(): number {
    return performance.now() - this.#refreshedAt
  }

  /** Names of topics in use that were missing when the brokers were asked last. */
  get missing(): readonly string[] {
    return [...this.#missing]
  }

  get views(): readonly TopicView[] {
    return [...this.#topics.values()].filter((view) => view !== undefined)
  }

  /** Takes a topic in; `refresh` asks for it. */
  add(topic: string): void {
    if (!this.#topics.has(topic)) this.#topics.set(topic, undefined)
  }

  view(topic: string): TopicView | undefined {
    return this.#topics.get(topic)
  }

  partition(topic: string, partition: number): PartitionView | undefined {
    return this.#topics.get(topic)?.partitions.find((one) => one.partition === partition)
  }

  /** Node that leads the partition; undefined where none does, or the partition is not known. */
  leader(topic: string, partition: number): number | undefined {
    const leader = this.partition(topic, partition)?.leader
    return leader === undefined || leader < 0 ? undefined : leader
  }

  /** Node that led the partition in this epoch, as far as it was seen; undefined otherwise. */
  leaderOf(topic: string, partition: number, epoch: number): number | undefined {
    return this.#leaders.get(`${topic}/${partition}/${epoch}`)
  }

  /** Tells of each change of this topic; returns how to stop that. */
  onChange(topic: string, listener: Listener): () => void {
    const entry = { topic, listener }
    this.#listeners.add(entry)
    return () => this.#listeners.delete(entry)
  }

  /** Asks the brokers, once for all that ask meanwhile. Rejects when none answers. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined))
    return this.#refreshing
  }

  async #refresh(): Promise<void> {
    const names = [...this.#topics.keys()]
    const views = await this.#channel.topics(names)
    this.#refreshedAt = performance.now()
    for (const name of names) {
      const view = views.find(({ topic }) => topic === name)
      if (view === undefined) this.#missing.add(name)
      else this.#learn(view)
    }
  }

  #learn(found: TopicView): void {
    const { topic } = found
    if (found.id !== undefined && this.#gone.has(found.id)) return
    const known = this.#topics.get(topic)
    const wasMissing = this.#missing.delete(topic)
    const isAnew =
      known !== undefined && (known.id === undefined ? wasMissing : known.id !== found.id)
    if (isAnew && known.id !== undefined) this.#gone.add(known.id)
    const view = known === undefined || isAnew ? found : merge(known, found)
    if (known !== undefined && !isAnew && isSame(known, view)) return
    this.#topics.set(topic, view)
    this.#remember(view)
    for (const entry of [...this.#listeners]) {
      if (entry.topic === topic) entry.listener({ view, isAnew })
    }
  }

  #remember({ topic, partitions }: TopicView): void {
    for (const { partition, leader, leaderEpoch } of partitions) {
      if (leader < 0 || leaderEpoch < 0) continue
      this.#leaders.set(`${topic}/${partition}/${leaderEpoch}`, leader)
    }
    while (this.#leaders.size > mostLeaders) {
      const [oldest] = this.#leaders.keys()
      if (oldest !== undefined) this.#leaders.delete(oldest)
    }
  }
}

/** Of one topic as two brokers tell it: partitions are never taken away, and the newer leader counts. */
function merge(known: TopicView, found: TopicView): TopicView {
  if (found.id === undefined) return found
  const partitions = new Map(known.partitions.map((one) => [one.partition, one]))
  for (const one of found.partitions) {
    const before = partitions.get(one.partition)
    if (before === undefined || one.leaderEpoch >= before.leaderEpoch) {
      partitions.set(one.partition, one)
    }
  }
  return { ...found, partitions: [...partitions.values()] }
}

function isSame(a: TopicView, b: TopicView): boolean {
  return (
    a.id === b.id &&
    a.partitions.length === b.partitions.length &&
    b.partitions.every((one) => {
      const other = a.partitions.find(({ partition }) => partition === one.partition)
      return other?.leader === one.leader && other.leaderEpoch === one.leaderEpoch
    })
  )
}
