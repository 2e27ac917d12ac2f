// One sample through the stages of a process: run a stage, ask each of its exits in order, stop at the
// first one that is confident, else hand the features to the next stage. Stages batch independently,
// so of one batch some leave and the others meet in the next stage's batch, close together.
import { isConfident, judge, type ExitRule } from '../../domain/exit.ts'
import { startMemory, type Remembered, type SampleMemory } from '../../domain/exit-memory.ts'
import { isEveryFinite } from '../../domain/finite.ts'
import { isUsable, type ExitResult } from '../../domain/reply.ts'
import { DdnnError } from '../../errors.ts'
import type { Stage, StageRun, WriteSample } from '../engine/engine.ts'

/** What one stage said of the sample. */
export interface StageHop {
  /** Index into the stages. */
  readonly stage: number
  readonly run: StageRun
  /** The deepest exit of finite values asked here; undefined where the stage has none. */
  readonly result: ExitResult | undefined
  /** All exits asked here that gave finite values, in order. */
  readonly asked: readonly ExitResult[]
  /** Whether the sample left at that exit. */
  readonly left: boolean
}

export interface StagesRun {
  /** The stages that ran, in order. */
  readonly hops: readonly StageHop[]
  /** The exit that the sample left at; undefined where it wants to go on to the next tier. */
  readonly taken: ExitResult | undefined
  /** Of the last stage that ran; undefined where that one gives none. */
  readonly features: Float32Array | undefined
  /** Forward passes of all stages that ran, milliseconds. */
  readonly computeMs: number
  /** What the exits said, those of tiers behind too. */
  readonly memory: SampleMemory
}

/**
 * Runs one sample through `stages`; `rules` holds one list a stage, one rule an exit. An exit with a value
 * that is NaN or an infinity is passed over. Where the network ends (the last stage gives no features) the
 * deepest exit of finite values answers, whatever its threshold. Features that are not finite go nowhere:
 * no later stage runs on them.
 * @param remembered what exits of tiers behind said of the sample.
 * @throws DDNN_ENGINE_FAILED when a forward pass fails; what `write` throws, as it is; the signal's
 * reason, where it aborts before a stage takes the sample.
 */
export async function runStages(
  stages: readonly Stage[],
  rules: readonly (readonly ExitRule[])[],
  write: WriteSample,
  signal?: AbortSignal,
  remembered?: Remembered,
): Promise<StagesRun> {
  const memory = startMemory(remembered)
  const hops: StageHop[] = []
  let computeMs = 0
  let features: Float32Array | undefined
  for (const [index, stage] of stages.entries()) {
    const run = await stage.run(index === 0 ? write : copyOf(features), signal)
    features = run.features
    computeMs += run.computeMs
    const { asked, left } = decide(stage, run, rules[index] ?? [], memory)
    const result = asked.at(-1)
    hops.push({ stage: index, run, result, asked, left })
    if (left) return { hops, taken: result, features, computeMs, memory }
    const isLast = index === stages.length - 1
    if (!isLast && features !== undefined && !isEveryFinite(features)) break
  }
  if (hops.length < stages.length || features !== undefined) {
    return { hops, taken: undefined, features, computeMs, memory }
  }
  const deepest = hops.findLastIndex((hop) => hop.result !== undefined)
  return {
    hops: hops.map((hop, i) => (i === deepest ? { ...hop, left: true } : hop)),
    taken: hops[deepest]?.result,
    features,
    computeMs,
    memory,
  }
}

/** Asks the exits of one stage in order, up to the first that is confident. */
function decide(
  stage: Stage,
  run: StageRun,
  rules: readonly ExitRule[],
  memory: SampleMemory,
): { asked: readonly ExitResult[]; left: boolean } {
  const asked: ExitResult[] = []
  for (const [exit, values] of run.exits.entries()) {
    const rule = rules[exit]
    if (rule === undefined) {
      throw new DdnnError(
        'DDNN_INTERNAL',
        `Expected a rule for each exit of '${stage.spec.name}', got ${rules.length} for ${run.exits.length}`,
      )
    }
    const judged = judge(values, rule, memory)
    if (!isUsable(judged)) continue
    asked.push(judged)
    if (isConfident(judged, rule)) return { asked, left: true }
  }
  return { asked, left: false }
}

function copyOf(features: Float32Array | undefined): WriteSample {
  return (slot) => {
    if (features === undefined || features.length !== slot.length) {
      throw new DdnnError(
        'DDNN_MODEL_CHAIN',
        `Expected ${slot.length} features for the next stage, got ${features?.length ?? 'none'}`,
      )
    }
    slot.set(features)
  }
}
