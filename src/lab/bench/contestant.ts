// The seam of the bench: who is measured. ddnn itself, the floors (bare engine, bare chain), peers of other
// makes and cloud-only serving all stand behind it, get the same inputs and take turns.
import type { Load, LoadRun } from './load/load.ts'
import type { Inputs } from './inputs/inputs.ts'

/** What a contestant is to the run: ratios are of `ddnn` to each of the others. */
export type ContestantKind = 'ddnn' | 'floor' | 'peer' | 'cloud-only'

/** Where time goes inside one process, or between two of them. */
export type PartName = 'queue' | 'decode' | 'compute' | 'encode' | 'hop' | 'other'

/** Mean time of one part, milliseconds an image over all images of the load (those that never came there too). */
export interface Part {
  /** The process: device, edge, fog, cloud; of a hop, who asks and who answers: 'edge-fog'. */
  readonly where: string
  readonly part: PartName
  readonly ms: number
}

/** Counters of a running contestant, read before and after a load. All only grow. */
export interface Reading {
  /** CPU of each process by its name, all its threads, milliseconds. Absent where it cannot be read. */
  readonly cpuMs: Readonly<Record<string, number>>
  /** Bytes of requests over each link, by who sends: values of records, without headers. */
  readonly bytes: Readonly<Record<string, number>>
  /** Total of each part, milliseconds; empty where the contestant does not say. */
  readonly parts: readonly Part[]
}

export interface Contestant {
  /** Name in tables: 'ddnn', 'bare chain', 'Ray Serve'. Unique in a run. */
  readonly name: string
  readonly kind: ContestantKind
  /** One line that says what it is made of: engine, versions, codec, processes. */
  readonly description: string
  /** Largest number of samples that it can be asked at once; Infinity where it has no bound. */
  readonly maxInFlight: number
  /** Starts all its processes, with everything loaded and tried once. */
  start(setting: Setting): Promise<RunningContestant>
}

/** What all contestants of a run have in common. */
export interface Setting {
  readonly inputs: Inputs
  /** Whether the asking process has pixels in memory, or encoded images that it reads and decodes on the way. */
  readonly form: 'decoded' | 'encoded'
  /** A folder for temporary files, removed after the run. */
  readonly scratch: string
  /** host:port of the brokers, with commas; undefined in a run without Kafka. */
  readonly brokers: string | undefined
}

export interface RunningContestant {
  /** Asks all samples of the load; a sample without an answer has its `failure`, it does not reject. */
  run(load: Load): Promise<LoadRun>
  read(): Promise<Reading>
  /** Ends all its processes. */
  stop(): Promise<void>
}
