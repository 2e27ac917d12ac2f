// One sample through all stages, early exits off, and how long single samples take.
import { setTimeout as sleep } from 'node:timers/promises'
import { scaledTo, writeTensor } from '../../domain/widen.ts'
import type { Tensor } from '../../domain/tensor.ts'
import type { Stage, WriteSample } from '../../serving/engine/engine.ts'
import { medianOf, percentile } from '../../report/percentile.ts'
import type { ComputeMs } from './scores.ts'
import { scaleOf } from '../../domain/submodel.ts'

/** What all stages said of one sample. */
export interface FullRun {
  /** Of each stage; undefined where it gives none. Views into batches: let them go soon. */
  readonly features: readonly (Float32Array | undefined)[]
  /** Values of every exit of every stage, in order. */
  readonly values: readonly Float32Array[]
  /** Forward pass of the batch the sample was in, a stage each. */
  readonly computeMs: readonly number[]
}

/** A stage's features on their way to the next one. */
type Send = (stage: number, features: Float32Array | undefined) => WriteSample

/** Within one process: as they are. */
const asTheyAre: Send = (_, features) => (slot) => slot.set(features ?? [])

/** Runs one sample through every stage; concurrent calls share batches. @throws as `Stage.run` and `send` */
export async function runAllStages(
  stages: readonly Stage[],
  write: WriteSample,
  signal: AbortSignal,
  send: Send = asTheyAre,
): Promise<FullRun> {
  const features: (Float32Array | undefined)[] = []
  const values: Float32Array[] = []
  const computeMs: number[] = []
  let next = write
  for (const [i, stage] of stages.entries()) {
    const run = await stage.run(next, signal)
    features.push(run.features)
    values.push(...run.exits)
    computeMs.push(run.computeMs)
    if (i < stages.length - 1) next = send(i, run.features)
  }
  return { features, values, computeMs }
}

/** The same sample once more from its first stage's run on, with features sent otherwise: values of every exit. */
export async function runLaterStages(
  stages: readonly Stage[],
  { features, values }: FullRun,
  signal: AbortSignal,
  send: Send,
): Promise<readonly Float32Array[]> {
  const firstExits = stages[0]?.shapes.exits.length ?? 0
  const others: Float32Array[] = values.slice(0, firstExits)
  let sent = features[0]
  for (const [i, stage] of stages.entries()) {
    if (i === 0) continue
    const run = await stage.run(send(i - 1, sent), signal)
    others.push(...run.exits)
    sent = run.features
  }
  return others
}

/** Writes images into the first stage's slot as serving does: uint8 by the manifest's scale, float32 as it is. */
export function imageWriter(stages: readonly Stage[]): (image: Tensor) => WriteSample {
  const table = scaledTo(scaleOf(stages[0]?.spec))
  return (image) => (slot) => writeTensor(image, slot, table)
}

const warmUpPasses = 5
const timedPasses = 40
const leastPasses = 5
/** A slow network is timed with fewer passes: this long, or `leastPasses`. */
const longestMs = 10_000

/**
 * Times single samples, one in flight: what a lone request costs. The images take turns; after a pause, where one
 * is given, threads are asleep and caches cold, as a tier that serves one image at a time finds them.
 * Ends early, with what there is, when the signal aborts.
 */
export async function timeSinglePasses(
  stages: readonly Stage[],
  writes: readonly WriteSample[],
  signal: AbortSignal,
  pauseMs = 0,
): Promise<readonly ComputeMs[]> {
  const times: number[][] = stages.map(() => [])
  const startedAt = performance.now()
  for (let pass = 0; pass < warmUpPasses + timedPasses; pass++) {
    const write = writes[pass % writes.length]
    if (write === undefined) break
    const passes = times[0]?.length ?? 0
    if (passes >= leastPasses && performance.now() - startedAt > longestMs) break
    if (pauseMs > 0) await sleep(pauseMs, undefined, { signal })
    const { computeMs } = await runAllStages(stages, write, signal)
    if (pass < warmUpPasses) continue
    for (const [stage, ms] of computeMs.entries()) times[stage]?.push(ms)
  }
  return times.map((ms) => {
    const sorted = ms.toSorted((a, b) => a - b)
    return { p50: percentile(sorted, 50), p99: percentile(sorted, 99), passes: sorted.length }
  })
}

/** Full batches that are timed, and those before them that warm up. */
const timedBatches = 5
const warmUpBatches = 2

/**
 * Times full batches, one stage after the other: an image's share of the forward pass, milliseconds, median.
 * What the values are makes no difference.
 */
export async function timeBatches(
  stages: readonly Stage[],
  batchSize: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const medians: number[] = []
  for (const stage of stages) {
    const times: number[] = []
    for (let batch = 0; batch < warmUpBatches + timedBatches; batch++) {
      const write: WriteSample = (slot) => slot.fill(0.5)
      const runs = await Promise.all(
        Array.from({ length: batchSize }, () => stage.run(write, signal)),
      )
      if (batch < warmUpBatches) continue
      // The first sample may be alone in its batch: the worker was free.
      times.push(Math.min(...runs.map((run) => run.computeMs / run.batchSize)))
    }
    medians.push(medianOf(times))
  }
  return medians
}
