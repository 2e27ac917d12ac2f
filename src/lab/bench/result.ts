// What a bench gives: plain data that the table, CSV, JSON and page are made of, and README's tables again.
import type { Machine } from '../../telemetry/machine.ts'
import type { ContestantKind, Part } from './contestant.ts'
import type { Scenario } from './load/load.ts'

export interface BenchResult {
  readonly format: 1
  /** ISO 8601. */
  readonly startedAt: string
  readonly seconds: number
  /** As it can be typed again; folders of this machine left out. */
  readonly command: string
  /** Of the checkout, where it is one. */
  readonly commit: string | undefined
  readonly machine: Machine
  /** By name: ddnn, kafkajs, onnxruntime-node, Kafka, ray ... */
  readonly versions: Readonly<Record<string, string>>
  /** One-minute load of the machine before the run; anything but about 0 makes its times doubtful. */
  readonly loadAtStart: number
  readonly setup: BenchSetup
  readonly contestants: readonly ContestantFacts[]
  readonly rows: readonly BenchRow[]
}

interface BenchSetup {
  readonly over: 'process' | 'kafka'
  readonly inputs: 'decoded' | 'encoded'
  /** 'as they come', or the exit that every image was made to leave at. */
  readonly exits: string
  readonly models: readonly string[]
  readonly images: number
  readonly rounds: number
  readonly warmSeconds: number
  readonly seed: number
  /** Name of the link profile; undefined where processes are joined by loopback alone. */
  readonly links: string | undefined
  /** What else a reader must know: whose brokers, how they were warmed. */
  readonly notes: readonly string[]
}

interface ContestantFacts {
  readonly name: string
  readonly kind: ContestantKind
  readonly description: string
}

/** One load on one contestant in one round. Times are milliseconds, from the scheduled send. */
export interface BenchRow {
  readonly contestant: string
  readonly scenario: Scenario
  /** Counted from 1. */
  readonly round: number
  /** Of concurrency. */
  readonly inFlight: number | undefined
  /** Of server: arrivals a second; `isHeld` says whether the latency bound was kept. */
  readonly rate: number | undefined
  readonly isHeld: boolean | undefined
  readonly samples: number
  /** By reason. */
  readonly failures: Readonly<Record<string, number>>
  readonly seconds: number
  readonly imagesPerSecond: number
  readonly latency: Latency
  /** Mean ms an image, by process; the broker is 'broker'. */
  readonly cpuMs: Readonly<Record<string, number>>
  /** Mean bytes an image over all images, by who sends. */
  readonly bytes: Readonly<Record<string, number>>
  readonly parts: readonly Part[]
  /** Images by where they left; empty where the contestant does not say. */
  readonly exits: Readonly<Record<string, number>>
  /** Share of right answers; undefined where the contestant gives no classes. */
  readonly accuracy: number | undefined
}

export interface Latency {
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly max: number
  /** 201 values, the percentiles 0, 0.5, 1 ... 100: the curve of the page. */
  readonly curve: readonly number[]
}
