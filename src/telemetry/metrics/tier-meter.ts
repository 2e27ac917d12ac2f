// What happens to requests in one tier, as its metrics: bound to its name, so that the request path says what
// happened and not how it is counted.
import { randomUUID } from 'node:crypto'
import type { TierLife } from '../../domain/watch.ts'
import { fallbackReasons } from './known-values.ts'
import { Lately } from './lately.ts'
import type { LabelsOf, Metrics } from './metrics.ts'
import { PerSecond } from './per-second.ts'

export type Outcome = LabelsOf<'requests'>['outcome']
export type StageName = LabelsOf<'latency'>['stage']
type Direction = LabelsOf<'bytes'>['direction']

/** One submodel's share of a sample. */
interface PassFacts {
  readonly submodel: string
  /** Waiting for a batch and a worker, milliseconds. */
  readonly queueMs: number
  readonly computeMs: number
  readonly batchSize: number
  /** Whether this sample is the first of its batch, which counts the batch. */
  readonly isFirst: boolean
  /** All that were asked of it. */
  readonly exits: readonly {
    readonly exit: number
    /** NaN and undefined are not counted. */
    readonly confidence: number | undefined
    readonly left: boolean
  }[]
}

/** What the calibration found at an exit, of the samples that reached it. */
export interface CalibratedExit {
  readonly exit: number
  /** Share that left, 0 to 1; undefined where the manifest does not tell it. */
  readonly rate?: number | undefined
  /** Mean confidence, by its criterion. */
  readonly confidence?: number | undefined
}

export interface TierMeter {
  /** A request is under way until the returned function is called. */
  begin(): () => void
  ended(outcome: Outcome): void
  spent(stage: StageName, milliseconds: number): void
  passed(pass: PassFacts): void
  left(exit: number): void
  moved(direction: Direction, codec: string, bytes: number): void
  fellBack(reason: string): void
  mismatched(): void
  reloaded(outcome: LabelsOf<'reloads'>['outcome']): void
  /** Requests come: with tensors by these codecs, to be answered in these forms. */
  receives(codecs: readonly string[], forms: readonly string[]): void
  /** A front is asked: with tensors by this codec, in replies of this form. */
  offloads(codec: string, form: string): void
  /**
   * Which exits and submodels there are, from now on: each is shown before its first sample. `models` tells
   * apart what is served, thresholds too: with others drift begins anew.
   */
  serves(models: string, submodels: readonly string[], exits: readonly CalibratedExit[]): void
  /** How it is now, for its neighbours and the live page. */
  life(): TierLife
}

/** Shows at zero what is known of this tier by its name alone. */
export function createTierMeter(metrics: Metrics, tier: string): TierMeter {
  metrics.announce(['ready', 'requests', 'inFlight', 'latency', 'reloads', 'modelMismatches'], {
    tier: [tier],
  })
  const drift = createDrift(metrics, tier)
  const life = createLife()
  const spent = (stage: StageName, milliseconds: number) =>
    metrics.latency.observe({ tier, stage }, milliseconds / 1000)
  return {
    begin() {
      const startedAt = performance.now()
      metrics.inFlight.inc({ tier })
      life.inFlight += 1
      return () => {
        metrics.inFlight.dec({ tier })
        life.inFlight -= 1
        spent('total', performance.now() - startedAt)
      }
    },
    ended(outcome) {
      metrics.requests.inc({ tier, outcome })
      life.ended(outcome)
    },
    spent,
    passed({ submodel, queueMs, computeMs, batchSize, isFirst, exits }) {
      spent('queue', queueMs)
      spent('compute', computeMs)
      if (isFirst) metrics.batchSize.observe({ tier, submodel }, batchSize)
      for (const { exit, confidence, left } of exits) {
        if (confidence === undefined || Number.isNaN(confidence)) continue
        metrics.confidence.observe({ tier, exit: String(exit) }, confidence)
        drift.add(exit, confidence, left)
      }
    },
    left: (exit) => metrics.exits.inc({ tier, exit: String(exit) }),
    moved(direction, codec, bytes) {
      metrics.bytes.inc({ tier, direction, codec }, bytes)
      life.moved(direction, bytes)
    },
    fellBack: (reason) => metrics.fallbacks.inc({ tier, reason }),
    mismatched: () => metrics.modelMismatches.inc({ tier }),
    reloaded: (outcome) => metrics.reloads.inc({ tier, outcome }),
    receives(codecs, forms) {
      metrics.announce(['bytes'], { tier: [tier], direction: ['received'], codec: codecs })
      metrics.announce(['bytes'], { tier: [tier], direction: ['replied'], codec: forms })
    },
    offloads(codec, form) {
      metrics.announce(['fallbacks'], { tier: [tier], reason: fallbackReasons })
      metrics.announce(['bytes'], { tier: [tier], direction: ['sent'], codec: [codec] })
      metrics.announce(['bytes'], { tier: [tier], direction: ['answered'], codec: [form] })
    },
    serves(models, submodels, exits) {
      const known = {
        tier: [tier],
        submodel: submodels,
        exit: exits.map((one) => String(one.exit)),
      }
      metrics.announce(['exits', 'confidence', 'batchSize'], known)
      drift.expect(models, exits)
    },
    life: () => life.now(),
  }
}

/** The little that neighbours are told; see `TierLife`. */
function createLife() {
  const instance = randomUUID().slice(0, 6)
  const ends = new PerSecond()
  const received = new PerSecond()
  const sent = new PerSecond()
  let fallbacks = 0
  let errors = 0
  const life = {
    inFlight: 0,
    ended(outcome: Outcome): void {
      if (outcome === 'probe') return
      ends.add(1)
      if (outcome === 'fallback') fallbacks += 1
      if (outcome === 'error') errors += 1
    },
    moved(direction: Direction, bytes: number): void {
      if (direction === 'received') received.add(bytes)
      if (direction === 'sent') sent.add(bytes)
    },
    now: (): TierLife => ({
      instance,
      inFlight: life.inFlight,
      perSecond: ends.rate,
      receivedBytesPerSecond: received.rate,
      sentBytesPerSecond: sent.rate,
      fallbacks,
      errors,
    }),
  }
  return life
}

/** Exit rates and confidences of late, and how far they are from those of the calibration. */
function createDrift(metrics: Metrics, tier: string) {
  const seen = new Map<number, { readonly rate: Lately; readonly confidence: Lately }>()
  const begin = (index: number) => {
    const lately = { rate: new Lately(), confidence: new Lately() }
    seen.set(index, lately)
    return lately
  }
  let of: string | undefined
  let expected = new Map<number, CalibratedExit>()
  metrics.beforeScrape(() => {
    for (const [index, { rate, confidence }] of seen) {
      const labels = { tier, exit: String(index) }
      const calibrated = expected.get(index)
      show(metrics.exitRate, labels, rate.mean)
      show(metrics.exitRateDrift, labels, less(rate.mean, calibrated?.rate))
      show(metrics.confidenceDrift, labels, less(confidence.mean, calibrated?.confidence))
    }
  })
  return {
    add(index: number, confidence: number, left: boolean) {
      const lately = seen.get(index) ?? begin(index)
      lately.rate.add(left ? 1 : 0)
      lately.confidence.add(confidence)
    },
    expect(models: string, exits: readonly CalibratedExit[]) {
      // Kept at no value, so that the next scrape takes what they were away.
      if (models !== of) for (const index of [...seen.keys()]) begin(index)
      of = models
      expected = new Map(exits.map((one) => [one.exit, one]))
    },
  }
}

function less(value: number | undefined, from: number | undefined): number | undefined {
  return value === undefined || from === undefined ? undefined : value - from
}

function show<Labels>(
  gauge: { set(labels: Labels, value: number): void; remove(labels: Labels): void },
  labels: Labels,
  value: number | undefined,
): void {
  if (value === undefined) gauge.remove(labels)
  else gauge.set(labels, value)
}
