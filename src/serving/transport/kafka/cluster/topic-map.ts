// Where the partitions of the topics in use are led, as the brokers tell it: refreshed by the watch, and at
// once where a request shows that it is stale. A topic that was deleted and made anew is told by its id.
import type { Channel, PartitionView, TopicView } from '../port.ts'

export interface TopicChange {
  readonly view: TopicView
  /** It is another topic of the same name: no position in the former one means anything. */
  readonly isAnew: boolean
}

/** Brokers learn of a change within seconds of each other. */
const longestLagMs = 15_000
/** Former leaders that are remembered. */
const mostLeaders = 4096

type Listener = (change: TopicChange) => void

export class TopicMap {
  readonly #channel: Channel
  readonly #now: () => number
  readonly #topics = new Map<string, TopicView | undefined>()
  readonly #listeners = new Set<{ readonly topic: string; readonly listener: Listener }>()
  /** Ids of topics that are gone: a broker that lags behind may still tell of them. */
  readonly #gone = new Set<string>()
  /** Since when one that is gone is told, and the known one is not: it was the known one that lagged. */
  readonly #doubted = new Map<string, number>()
  readonly #missing = new Set<string>()
  /** By topic, partition and epoch: a record is stamped by who led then. */
  readonly #leaders = new Map<string, number>()
  #refreshing: { readonly names: readonly string[]; readonly done: Promise<void> } | undefined
  #refreshedAt = -Infinity

  /** `now` is a monotonic clock, milliseconds. */
  constructor(channel: Channel, now: () => number = () => performance.now()) {
    this.#channel = channel
    this.#now = now
  }

  /** Milliseconds since the brokers were asked with success. */
  get ageMs(): number {
    return this.#now() - this.#refreshedAt
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

  /** Asks the brokers, once for all that ask meanwhile for the same topics. Rejects when none answers. */
  async refresh(): Promise<void> {
    const names = [...this.#topics.keys()]
    // Topics that came into use since the question under way was asked want one of their own.
    while (this.#refreshing !== undefined && this.#refreshing.names.length < names.length) {
      await this.#refreshing.done.catch(() => undefined)
    }
    this.#refreshing ??= this.#begin()
    await this.#refreshing.done
  }

  #begin() {
    const names = [...this.#topics.keys()]
    const done = this.#refresh(names).finally(() => (this.#refreshing = undefined))
    return { names, done }
  }

  async #refresh(names: readonly string[]): Promise<void> {
    const views = await this.#channel.topics(names)
    this.#refreshedAt = this.#now()
    for (const name of names) {
      const view = views.find(({ topic }) => topic === name)
      if (view === undefined) this.#missing.add(name)
      else this.#learn(view)
    }
  }

  #learn(found: TopicView): void {
    const { topic } = found
    if (found.id !== undefined && this.#gone.has(found.id) && !this.#isInsisted(topic)) return
    this.#doubted.delete(topic)
    const known = this.#topics.get(topic)
    const wasMissing = this.#missing.delete(topic)
    const isAnew = known !== undefined && isOther(known, found, wasMissing)
    if (isAnew) this.#end(known)
    if (found.id !== undefined) this.#gone.delete(found.id)
    const view = known === undefined || isAnew ? found : merge(known, found)
    if (known !== undefined && !isAnew && isSame(known, view)) return
    this.#topics.set(topic, view)
    this.#remember(view)
    for (const entry of [...this.#listeners]) {
      if (entry.topic === topic) entry.listener({ view, isAnew })
    }
  }

  /** Whether one that is gone is told for so long that it cannot be for a broker that lags behind. */
  #isInsisted(topic: string): boolean {
    const since = this.#doubted.get(topic) ?? this.#now()
    this.#doubted.set(topic, since)
    return this.#now() - since > longestLagMs
  }

  /** Nothing that is known of this life of a topic is true of the next one. */
  #end({ topic, id }: TopicView): void {
    if (id !== undefined) this.#gone.add(id)
    for (const key of this.#leaders.keys()) {
      if (key.startsWith(`${topic}/`)) this.#leaders.delete(key)
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

/** Brokers of a cluster that is being upgraded may tell no id: that makes it no other topic. */
function isOther(known: TopicView, found: TopicView, wasMissing: boolean): boolean {
  if (known.id === undefined) return wasMissing
  return found.id !== undefined && found.id !== known.id
}

/** Of one topic as two brokers tell it: partitions are never taken away, and the newer leader counts. */
function merge(known: TopicView, found: TopicView): TopicView {
  const id = found.id ?? known.id
  if (id === undefined) return found
  const partitions = new Map(known.partitions.map((one) => [one.partition, one]))
  for (const one of found.partitions) {
    const before = partitions.get(one.partition)
    const isNewer = one.leaderEpoch < 0 || one.leaderEpoch >= (before?.leaderEpoch ?? -1)
    if (isNewer) partitions.set(one.partition, one)
  }
  return { ...found, id, partitions: [...partitions.values()] }
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
