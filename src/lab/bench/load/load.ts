// What is asked of a contestant: MLPerf Inference's four scenarios, and a fixed number of queries under way.
// Plain data, so that a load crosses to the process that asks. https://arxiv.org/abs/1911.02549, section III.

interface Bounds {
  /** How many are asked; sample i is image i modulo their number. */
  readonly samples: number
  /** No sample is sent after so long; what is under way is waited for. */
  readonly maxSeconds: number
}

/** One sample a query, the next one sent when the last is answered. Judged by its 90th percentile. */
interface SingleStream extends Bounds {
  readonly scenario: 'single-stream'
}

/** Queries of several samples, the next one sent when all of the last are answered. By its 99th percentile. */
interface MultiStream extends Bounds {
  readonly scenario: 'multi-stream'
  readonly samplesPerQuery: number
}

/** Samples that arrive as a Poisson process of this rate, whether or not those before are answered. */
interface Server extends Bounds {
  readonly scenario: 'server'
  /** Samples a second. */
  readonly rate: number
  /** Of the arrivals: the same seed, the same schedule for every contestant. */
  readonly seed: number
}

/** All samples at once; judged by samples a second. */
interface Offline extends Bounds {
  readonly scenario: 'offline'
}

/** As many samples under way as `inFlight`, always: perf_analyzer's concurrency. */
interface Concurrency extends Bounds {
  readonly scenario: 'concurrency'
  readonly inFlight: number
}

export type Load = SingleStream | MultiStream | Server | Offline | Concurrency
export type Scenario = Load['scenario']

/** One sample asked and answered. Times are milliseconds of the asking process' clock since the load began. */
export interface Answered {
  /** Index into the inputs. */
  readonly sample: number
  /** When it was to be sent: latency counts from here, so a late send is the contestant's cost, not hidden. */
  readonly scheduledMs: number
  readonly sentMs: number
  readonly answeredMs: number
  /** Where it left; undefined where the contestant does not say. */
  readonly exit?: string | undefined
  /** Index into the labels. */
  readonly prediction?: number | undefined
  /** Why there is no answer. */
  readonly failure?: string | undefined
}

/** What came of one load. */
export interface LoadRun {
  readonly answered: readonly Answered[]
  /** From the first scheduled send to the last answer, milliseconds. */
  readonly elapsedMs: number
}
