// The instruments of a process, one a row of the table. A registry is one process's or one test's: nothing is global.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { metricTable, type SeriesRow } from './table.ts'

/**
 * How often the event loop is looked at for its delay, milliseconds. Each look wakes the process: the default of
 * 10 took 0.4 % of a core of a tier that nobody asked.
 */
const eventLoopLookMs = 100

type Table = typeof metricTable
export type SeriesKey = keyof Table

/** A series' labels; those whose values the table lists take no others. */
export type LabelsOf<Key extends SeriesKey> = {
  readonly [
    Label in keyof Table[Key]['labels']
  ]: Table[Key]['labels'][Label] extends readonly (infer Value)[] ? Value : string
}

/** What a series holds now. */
interface Readable<Labels> {
  get(): Promise<{
    readonly values: readonly {
      readonly value: number
      readonly labels: Partial<Labels>
      /** Of a histogram: which of its series. */
      readonly metricName?: string
    }[]
  }>
}

interface Instruments<Labels> {
  readonly counter: Readable<Labels> & { inc(labels: Labels, value?: number): void }
  readonly gauge: Readable<Labels> & {
    set(labels: Labels, value: number): void
    inc(labels: Labels): void
    dec(labels: Labels): void
    remove(labels: Labels): void
  }
  readonly histogram: Readable<Labels> & { observe(labels: Labels, value: number): void }
}

/** Values of labels that are known; of those that the table lists none need be said. */
export type Known = Readonly<Record<string, readonly string[]>>

export type Metrics = {
  readonly [Key in SeriesKey]: Instruments<LabelsOf<Key>>[Table[Key]['type']]
} & {
  readonly registry: Registry
  /**
   * Shows series at zero from now on, with every combination of these values: a rate over a series that begins
   * with its first event misses that one. Values that are there stay as they are.
   */
  announce(keys: readonly SeriesKey[], known: Known): void
  /** Called before each scrape, to set what is not counted as it happens. Returns what ends that. */
  beforeScrape(collect: () => void | Promise<void>): () => void
  /** All of them in the text form of Prometheus. */
  text(): Promise<string>
}

/** All metrics of a process. Times are seconds, sizes bytes, as Prometheus asks. */
export function createMetrics(options: { readonly processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry()
  // Also gives nodejs_eventloop_lag_*: the delay of the event loop.
  if (options.processMetrics === true) {
    const eventLoopMonitoringPrecision = eventLoopLookMs
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision })
  }
  const rows = Object.entries(metricTable) as [SeriesKey, SeriesRow][]
  const instruments = Object.fromEntries(
    rows.map(([key, row]) => [key, createInstrument(row, registry)]),
  )
  const shown = new Set<string>()
  const collectors = new Set<() => void | Promise<void>>()
  return {
    ...(instruments as unknown as Metrics),
    registry,
    announce(keys, known) {
      for (const key of keys) {
        for (const labels of combinations(metricTable[key].labels, known)) {
          const id = `${key} ${JSON.stringify(labels)}`
          if (!shown.has(id)) showAtZero(instruments[key], labels)
          shown.add(id)
        }
      }
    },
    beforeScrape(collect) {
      collectors.add(collect)
      return () => void collectors.delete(collect)
    },
    async text() {
      await Promise.all([...collectors].map(async (collect) => collect()))
      return registry.metrics()
    },
  }
}

type Instrument = Counter | Gauge | Histogram
type Labels = Readonly<Record<string, string>>

function createInstrument({ type, name, help, labels, buckets }: SeriesRow, registry: Registry) {
  const common = { name, help, labelNames: Object.keys(labels), registers: [registry] }
  if (type === 'counter') return new Counter(common)
  if (type === 'gauge') return new Gauge(common)
  return new Histogram({ ...common, buckets: [...(buckets ?? [])] })
}

function showAtZero(instrument: Instrument | undefined, labels: Labels): void {
  if (instrument instanceof Histogram) instrument.zero(labels)
  else instrument?.inc(labels, 0)
}

/** Every combination of values of these labels; none where one of them has no values yet. */
function combinations(labels: SeriesRow['labels'], known: Known): readonly Labels[] {
  return Object.entries(labels).reduce<readonly Labels[]>(
    (all, [label, row]) => {
      const values = known[label] ?? (typeof row === 'string' ? [] : row)
      return all.flatMap((one) => values.map((value) => ({ ...one, [label]: value })))
    },
    [{}],
  )
}
