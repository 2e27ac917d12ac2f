// What a bench is asked to measure: plain, checked, complete.
import type { EngineConfig } from '../../cli/config.ts'
import type { LabelledInput } from '../evaluation/labelled.ts'
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import type { SendForm, SentForm } from '../../serving/device/read-as.ts'
import type { LinkProfile } from '../links/profile.ts'
import type { Exits } from './exits.ts'
import type { Scenario } from './load/load.ts'

export interface BenchSettings {
  readonly models: readonly string[]
  readonly input: LabelledInput
  readonly limit: number | undefined
  readonly over: 'process' | 'kafka'
  /** Undefined starts a broker. */
  readonly brokers: string | undefined
  readonly scenarios: readonly Scenario[]
  readonly inFlight: readonly number[]
  readonly latencyBoundMs: number
  readonly samples: number
  readonly maxSeconds: number
  readonly rounds: number
  readonly warmSeconds: number
  readonly inputs: 'decoded' | 'encoded'
  readonly exits: Exits
  readonly floors: boolean
  /** Whether the chain is asked over HTTP as well, through a gateway. */
  readonly door: boolean
  /** Paths of modules. */
  readonly peers: readonly string[]
  /** Joins the tiers by shaped links, and sets cloud-only beside early exit. */
  readonly links: LinkProfile | undefined
  /** Undefined takes all forms. */
  readonly cloudOnly: readonly SentForm[] | undefined
  readonly seed: number
  readonly engine: EngineConfig
  readonly featureCodec: FeatureCodec | undefined
  readonly send: SendForm | undefined
  readonly sendQuality: number | undefined
  readonly partitions: number
  readonly timeoutMs: number
  /** As it can be typed again. */
  readonly command: string
}
