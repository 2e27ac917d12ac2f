// What a process shows of its models: in /v2/models, in a gauge, and in the words of its log.
import { criterionOf } from '../../../domain/rules.ts'
import type { Metrics } from '../../../telemetry/metrics/metrics.ts'
import type { CalibratedExit } from '../../../telemetry/metrics/tier-meter.ts'
import type { DdnnError } from '../../../errors.ts'
import type { ServedModels } from '../served-models.ts'
import type { Generation } from './generation.ts'

/** New models that were not taken. */
export interface Refusal {
  /** ISO 8601. */
  readonly at: string
  readonly code: string
  readonly message: string
  /** What to do. */
  readonly hint: string
}

/** One family in memory, as JSON shows it. */
export interface ModelState {
  /** Of the tier or device. */
  readonly name: string
  readonly family: string | undefined
  readonly version: string | undefined
  readonly thresholds: string
  /** `retiring`: only for who still asks for this family. */
  readonly state: 'serving' | 'retiring'
  /** Since when it is in this state, ISO 8601. */
  readonly since: string
  /** Requests under way with it. */
  readonly inUse: number
  readonly engine: string
  readonly submodels: readonly { readonly name: string; readonly engine: string }[]
  /** On the family that is served: why the last files were not taken; gone with the next that are. */
  readonly refused?: Refusal
}

export function refusalOf({
  code,
  message,
  hint = 'Copy the model folders again: docs/reload.md says how',
}: DdnnError): Refusal {
  return { at: new Date().toISOString(), code, message, hint }
}

/** Newest first. */
export function statesOf(
  name: string,
  generations: readonly Generation[],
  refused: Refusal | undefined,
): readonly ModelState[] {
  return generations.map((generation, i) => ({
    name,
    ...generation.models.info,
    state: i === 0 ? 'serving' : 'retiring',
    since: new Date(generation.since).toISOString(),
    inUse: generation.holds,
    engine: generation.engine.description,
    submodels: generation.models.stages.map(({ spec, engine }) => ({ name: spec.name, engine })),
    ...(i > 0 || refused === undefined ? {} : { refused }),
  }))
}

/** Keeps the gauge of one process's or tier's models; the returned function sets it anew. */
export function createModelGauge(metrics: Metrics): (states: readonly ModelState[]) => void {
  const labelsOf = ({ name, family = '', version = '', thresholds, state }: ModelState) => {
    return { tier: name, family, version, thresholds, state }
  }
  let shown: readonly ReturnType<typeof labelsOf>[] = []
  return (states) => {
    for (const labels of shown) metrics.models.remove(labels)
    shown = states.map(labelsOf)
    for (const labels of shown) metrics.models.set(labels, 1)
  }
}

/** Each exit with what its calibration found, where it decides by what was calibrated. */
export function expectationsOf({ stages, rules }: ServedModels): readonly CalibratedExit[] {
  return rules.flatMap((ofStage, stage) =>
    ofStage.map(({ exit, threshold, confidence, isLast }, i) => {
      const spec = stages[stage]?.spec.exits?.[i]
      const isOwn = isLast === true || spec?.threshold === threshold
      return isOwn && spec !== undefined && criterionOf(spec) === confidence
        ? { exit, ...spec.expected }
        : { exit }
    }),
  )
}

/** A family in a line of the log. */
export function describeModels({ models }: Generation): string {
  const { family, version } = models.info
  if (family === undefined) return 'models without a family'
  return `family ${family}${version === undefined ? '' : ` version ${version}`}`
}
