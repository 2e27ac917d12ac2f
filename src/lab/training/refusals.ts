// What a run is refused for before it costs anything, all reasons at once.
import { access, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ConfigError, DdnnError } from '../../errors.ts'
import { checkOutput, unwritable } from '../../files/check-output.ts'
import { makeFolder } from '../../files/make-folder.ts'
import { checkpointFile } from './checkpoint.ts'
import { countByLabel } from './data-set.ts'
import type { ImageFile } from './image-file.ts'
import { checkOccupied } from './occupied.ts'
import type { TrainOptions } from './options.ts'
import { readRecord } from './run-record.ts'

/**
 * Runs every check, then throws what they found: one error as it is, more as one with a line each.
 * @throws DDNN_CONFIG_INVALID, or the code that all of them have.
 */
export async function refuseAll(checks: readonly (() => void | Promise<void>)[]): Promise<void> {
  const found: DdnnError[] = []
  for (const check of checks) {
    try {
      await check()
    } catch (thrown) {
      if (!(thrown instanceof DdnnError)) throw thrown
      found.push(thrown)
    }
  }
  const [first] = found
  if (first === undefined) return
  if (found.length === 1) throw first
  const code = found.every((error) => error.code === first.code)
    ? first.code
    : 'DDNN_CONFIG_INVALID'
  const lines = found.map(({ message, hint }) =>
    hint === undefined ? message : `${message} (${hint})`,
  )
  throw new ConfigError(code, `${found.length} problems:\n  - ${lines.join('\n  - ')}`)
}

/**
 * Images enough to train and to measure each label.
 * @throws DDNN_CONFIG_INVALID, naming all that is too few.
 */
export async function checkImages(
  labels: readonly string[],
  split: {
    readonly training: readonly Pick<ImageFile, 'label'>[]
    readonly validation: readonly Pick<ImageFile, 'label' | 'set'>[]
  },
  batchSize: number,
): Promise<void> {
  const refuse = (message: string, hint: string) => () => {
    throw new ConfigError('DDNN_CONFIG_INVALID', message, { hint })
  }
  const checks: (() => void)[] = []
  if (labels.length < 2) {
    const hint = 'Lay the images out as DIR/LABEL/*.jpg, one folder a label'
    checks.push(refuse(`Expected at least 2 labels, got ${labels.length}`, hint))
  }
  const { length } = split.training
  if (length < batchSize) {
    const message = `Expected at least a batch of ${batchSize} training images, got ${length}`
    checks.push(refuse(message, 'Add images or lower --batch_size'))
  }
  const counts = countByLabel(labels, split.validation)
  const without = labels.filter((_, label) => counts[label] === 0)
  if (without.length > 0) {
    const message = `Expected validation images of each label, got none of ${without.join(', ')}`
    checks.push(refuse(message, 'Give each label at least two images'))
  } else if (!split.validation.some(({ set }) => set === 0)) {
    const message = 'Expected validation images in the first training set, got none'
    checks.push(refuse(message, 'Give each of its labels at least two images'))
  }
  await refuseAll(checks)
}

/** The folder that models are written to. */
export interface OutputFolder {
  /** Removes it again if it was made for this run and nothing was written to it. */
  discard(): Promise<void>
}

/**
 * Makes the folder and proves that it takes files: better now than after hours of training.
 * @throws DDNN_OUTPUT_FAILED
 */
export async function openOutput(folder: string): Promise<OutputFolder> {
  const output = { path: folder, kind: 'folder', flag: '--output (-o)' } as const
  await checkOutput(output)
  const made = await makeFolder(folder).catch((cause: unknown) => {
    throw unwritable(output, cause)
  })
  return {
    async discard() {
      if (made === undefined) return
      // Up to the uppermost that was made; one that holds something stays.
      const top = dirname(resolve(made))
      for (let at = resolve(folder); at !== top; at = dirname(at)) {
        if (
          !(await rmdir(at).then(
            () => true,
            () => false,
          ))
        )
          return
      }
    },
  }
}

/** Undefined is none. @throws DDNN_OUTPUT_FAILED */
export async function checkCache(cache: string | undefined): Promise<void> {
  if (cache !== undefined) await checkOutput({ path: cache, kind: 'folder', flag: '--cache' })
}

/**
 * A half-finished run is neither overwritten nor gone on with unless that is asked for; a finished one is not
 * trained again by --resume; models that lie there, of this network or another, are left alone.
 * @throws DDNN_CONFIG_INVALID
 */
export async function checkFree({
  output,
  resume,
  isForced = false,
}: Pick<TrainOptions, 'output' | 'resume' | 'isForced'>): Promise<void> {
  const file = join(output, checkpointFile)
  const isHalfFinished = await access(file).then(
    () => true,
    () => false,
  )
  if (isHalfFinished && (resume || isForced)) return
  if (isHalfFinished) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected '${output}' without a half-finished run, got its checkpoint '${file}'`,
      { hint: 'Pass --resume to go on with it, or --force to begin again in its place' },
    )
  }
  const endedAt = resume && !isForced ? (await readRecord(output))?.endedAt : undefined
  if (endedAt !== undefined) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected a half-finished run in '${output}' for --resume, got one that ended at ${endedAt}`,
      {
        hint: 'Leave --resume and --output out to train again beside it; --force trains in its place',
      },
    )
  }
  await checkOccupied(output, isForced)
}
