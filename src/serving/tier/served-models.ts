// What a process serves: its models and how their exits decide, as one value that may be replaced while
// requests are under way. A request takes one value at its beginning and keeps it to its end.
import { createHash } from 'node:crypto'
import type { ExitRule } from '../../domain/exit.ts'
import type { ModelInfo } from '../../domain/reply.ts'
import type { Stage } from '../engine/engine.ts'

/** Never changes; other thresholds or weights are another value. */
export interface ServedModels {
  /** The submodels in order; the first one's input is what a request must carry. */
  readonly stages: readonly Stage[]
  /** One list a stage, one rule an exit. */
  readonly rules: readonly (readonly ExitRule[])[]
  readonly labels: readonly string[] | undefined
  readonly labelsHash: string | undefined
  /** What replies say of the models. */
  readonly info: ModelInfo
  /**
   * Tells that somebody uses these models, whose memory is kept until the function that it returns is
   * called. That function is idempotent. To be called in the same turn in which `Served` gave the value.
   */
  hold(): () => void
}

/**
 * The models that are served now: first those that new work is for, then older families that a tier
 * behind still asks for.
 */
export type Served = () => readonly [ServedModels, ...ServedModels[]]

/** Those of the family that a request's features are of; the newest for images, and for unknown families. */
export function modelsOf(served: Served, family: string | undefined): ServedModels {
  const all = served()
  return all.find(({ info }) => family !== undefined && info.family === family) ?? all[0]
}

/** Tells two sets of rules apart: 8 hexadecimal digits over all that decides. */
export function hashRules(rules: readonly (readonly ExitRule[])[]): string {
  const decisive = rules.map((ofStage) =>
    ofStage.map(({ exit, confidence, gives, temperature, threshold, learned, memory }) => [
      exit,
      confidence,
      gives,
      temperature,
      threshold,
      ...(confidence === 'learned' ? [learned] : []),
      ...(memory === undefined ? [] : [memory]),
    ]),
  )
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex').slice(0, 8)
}
