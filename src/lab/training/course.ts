// A run from its state to its end: the loop of fit.ts with a Run around it. A network that is made here has one such
// course, a backbone whose layers are trained too has two after one another.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, DdnnError } from '../../errors.ts'
import { checkpointFile, type Checkpoint } from './checkpoint.ts'
import { DivergedError, type RateAdvice } from './divergence.ts'
import { fit } from './fit.ts'
import type { StepState } from './native-layers.ts'
import type { Best, RunState } from './run-state.ts'
import { Run, type RunParts } from './run.ts'
import type { TrainContext } from './context.ts'
import type { LayersModel } from '../../model/networks/network.ts'
import type { TrainingSource } from './training-source.ts'

export interface Course extends RunParts {
  readonly stepState: StepState
  /** The same weights as `model`, for images of the training size. */
  readonly trained: LayersModel
  readonly training: TrainingSource
  readonly classes: number
  readonly rates: RateAdvice
  readonly state: RunState
  /** What it goes on from. */
  readonly from: Checkpoint['snapshot'] | undefined
  /** Whether layers act as in serving: no dropout, and normalisation by the statistics that it has. */
  readonly isInference: boolean
  /** Arrays that a checkpoint has beside those of the loop. */
  readonly beside: readonly Float32Array[]
}

/** A run whose best epoch is on disk. */
export interface EndedRun {
  readonly run: Run
  readonly best: Best
}

/**
 * Ends with the family of the best epoch on disk; the checkpoint stays.
 * @throws {DivergedError} with what became of the weights.
 * @throws DDNN_CONFIG_INVALID when there is no epoch to write.
 */
export async function runCourse(
  course: Course,
  { onProgress, onEpoch, signal }: TrainContext,
): Promise<EndedRun> {
  const { tf, trained, training, options, totalEpochs } = course
  const run = new Run(course, course.state, onEpoch ?? (() => undefined))
  await run.record()
  const { epochs, earlierEpochs, classes, recipe, rates, isInference, beside, from } = course
  const { batchSize, seed } = options
  const maxMs = (options.maxMinutes ?? Infinity) * 60_000
  const earlier = course.state.epochSeconds.slice(0, earlierEpochs)
  const earlierMs = 1000 * earlier.reduce((sum, seconds) => sum + seconds, 0)
  const fitOptions = {
    ...{ batchSize, epochs, earlierEpochs, earlierMs, seed, classes, recipe, rates, maxMs },
    ...{ isInference, beside, from },
  }
  await fit(tf, trained, training, fitOptions, {
    stepState: course.stepState,
    signal,
    onProgress: (at) => onProgress?.({ ...at, epochs: totalEpochs }),
    onResumed: () => run.resume(),
    onStep: (snapshot) => run.checkpointInTime(snapshot),
    onEpoch: (end) => run.endEpoch(end),
  }).catch((thrown: unknown) => endDiverged(thrown, run, options.output))
  await run.writeBest()
  const { best } = run.state
  if (best === undefined) throw untrained(signal)
  return { run, best }
}

/** The record says why it ended; a run that was stopped keeps its checkpoint. */
export async function closeRun(run: Run, output: string): Promise<void> {
  await run.record(run.end)
  if (run.end !== 'signal') await rm(join(output, checkpointFile), { force: true })
}

/** Going on from its checkpoint would come to the same end. */
async function endDiverged(thrown: unknown, run: Run, output: string): Promise<never> {
  if (!(thrown instanceof DivergedError)) throw thrown
  await run.writeBest()
  await run.record('diverged')
  await rm(join(output, checkpointFile), { force: true })
  const { best } = run.state
  throw best === undefined
    ? thrown.with('no epoch was whole yet, so no model was written')
    : thrown.with(`the weights of epoch ${best.epoch}, the best one, stay in '${output}'`)
}

/** A run that was stopped, or whose time was over, before its first step. */
export function untrained(signal: AbortSignal | undefined): DdnnError {
  if (signal?.aborted === true) {
    return new DdnnError(
      'DDNN_TRAINING_STOPPED',
      'Stopped before the first step of training: no model was written',
    )
  }
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    'Expected at least one step of training before the end, got none: no model was written',
    { hint: 'Let it run longer, or raise --max-minutes' },
  )
}
