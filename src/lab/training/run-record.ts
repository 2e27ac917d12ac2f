// OUTPUT/run.json: what made a family, so that it can be made again and judged.
import { readFile, rename, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { DdnnError } from '../../errors.ts'
import { packageRoot } from '../../package-root.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import type { TrainOptions } from './options.ts'
import type { UnreadableImage } from './pixel-store.ts'
import type { RunState } from './run-state.ts'
import type { TfNode } from './tfjs-node.ts'

const runRecordFile = 'run.json'

/** How a run ended: all epochs, --max-minutes, --patience, a signal, or numbers that are none. */
export type EndReason = 'epochs' | 'time' | 'patience' | 'signal' | 'diverged'

export interface RunRecord {
  readonly format: 1
  /** The command line after `ddnn`. */
  readonly command: readonly string[]
  readonly versions: Readonly<Record<string, string>>
  readonly machine: {
    readonly cpu: string
    readonly cores: number
    readonly memoryMegabytes: number
    readonly platform: string
  }
  readonly seed: number
  readonly options: TrainOptions
  readonly recipe: Recipe
  /** What a run began with, beside options and recipe. */
  readonly begins?: RunBegin
  readonly labels: readonly string[]
  /** Images of each label, in the order of `labels`. */
  readonly classCounts: {
    readonly training: readonly number[]
    readonly validation: readonly number[]
  }
  /** sha256 over names and contents. */
  readonly dataHash: { readonly training: string; readonly validation: string }
  readonly unreadable: readonly UnreadableImage[]
  readonly startedAt: string
  readonly resumedAt: readonly string[]
  /** Absent while the run goes on, and after a kill. */
  readonly endedAt?: string
  readonly end?: EndReason
  /** From the beginning of each epoch to that of the next. */
  readonly epochSeconds: readonly number[]
  readonly bestEpoch?: number
  readonly family?: string
  readonly results?: unknown
}

/** Whose contents no option tells. */
export interface RunBegin {
  /** --initial-weights: the family there, and the weights that it does not have. */
  readonly initialFamily?: string | undefined
  readonly freshWeights?: readonly string[]
  /** sha256 of the file of --model-module. */
  readonly moduleHash?: string
  /** What --backbone and its flags came to. */
  readonly backbone?: unknown
}

/** The parts of a record that do not change while the run goes on. */
export type RunCircumstances = Omit<
  RunRecord,
  | 'startedAt'
  | 'resumedAt'
  | 'epochSeconds'
  | 'bestEpoch'
  | 'family'
  | 'results'
  | 'endedAt'
  | 'end'
>

export function createRunRecord(
  circumstances: RunCircumstances,
  state: RunState,
  end?: EndReason,
): RunRecord {
  const { best, startedAt, resumedAt, epochSeconds } = state
  const { temperatures, thresholds, sets } = best ?? {}
  return {
    ...circumstances,
    startedAt,
    resumedAt,
    ...(end === undefined ? {} : { endedAt: new Date().toISOString(), end }),
    epochSeconds,
    ...(best === undefined ? {} : { bestEpoch: best.epoch }),
    ...(best?.family === undefined ? {} : { family: best.family }),
    ...(best === undefined ? {} : { results: { temperatures, thresholds, sets } }),
  }
}

/** Software and machine of this process. */
export async function describeCircumstances(
  tf: TfNode,
): Promise<Pick<RunRecord, 'versions' | 'machine'>> {
  const backend = tf.backend() as unknown as { readonly binding?: { readonly TF_Version?: string } }
  return {
    versions: {
      ddnn: await readVersion(),
      node: process.versions.node,
      'tfjs-node': tf.version['tfjs-node'] ?? tf.version['tfjs'] ?? 'unknown',
      tensorflow: backend.binding?.TF_Version ?? 'unknown',
    },
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memoryMegabytes: Math.round(totalmem() / 1e6),
      platform: `${process.platform} ${process.arch}`,
    },
  }
}

/** Of the package around this file. */
async function readVersion(): Promise<string> {
  const text = await readFile(join(packageRoot, 'package.json'), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}

/** Replaces the file as a whole. @throws DDNN_OUTPUT_FAILED */
export async function writeRunRecord(output: string, record: RunRecord): Promise<void> {
  const file = join(output, runRecordFile)
  try {
    await writeFile(`${file}.partial`, `${JSON.stringify(record, undefined, 2)}\n`)
    await rename(`${file}.partial`, file)
  } catch (cause) {
    throw new DdnnError('DDNN_OUTPUT_FAILED', `Expected to write '${file}'`, { cause })
  }
}

/** What a run left in this folder; undefined where none did, or nothing that can be read. */
export async function readRecord(output: string): Promise<Partial<RunRecord> | undefined> {
  try {
    const text = await readFile(join(output, runRecordFile), 'utf8')
    return JSON.parse(text) as Partial<RunRecord>
  } catch {
    return undefined
  }
}
