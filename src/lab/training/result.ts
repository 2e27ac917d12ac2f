// What a run came to, for whoever tells it.
import type { EndedRun } from './course.ts'
import type { splitFiles } from './data-set.ts'
import { exampleOf } from './decode-images.ts'
import type { History } from './history.ts'
import type { SetResult, TrainedThresholds } from './measure.ts'
import type { PixelStore } from './pixel-store.ts'
import type { EndReason } from './run-record.ts'

export interface TrainResult extends TrainedThresholds {
  /** Hash of the trained family. */
  readonly family: string
  readonly labels: readonly string[]
  readonly exitNames: readonly string[]
  /** The epoch whose weights were saved. */
  readonly bestEpoch: number
  /** Validation images of each training set, in the order of the flags. */
  readonly sets: readonly SetResult[]
  readonly history: History
  /** Files that are no image and were left out. */
  readonly unreadable: readonly string[]
  /** Folders written. */
  readonly folders: readonly string[]
  /** Folder of the whole model among them. */
  readonly whole: string
  /** A file of the validation share; undefined where all are records of CIFAR-10. */
  readonly example: string | undefined
  readonly end: Exclude<EndReason, 'diverged'>
}

interface RunImages {
  readonly labels: readonly string[]
  readonly store: PixelStore
  readonly split: ReturnType<typeof splitFiles>
}

/** All but the folders. */
export function resultOf(
  { run, best }: EndedRun,
  { labels, store, split }: RunImages,
): Omit<TrainResult, 'folders' | 'whole'> {
  const { temperatures, thresholds, sets, epoch: bestEpoch, family = '' } = best
  const { unreadable } = store
  return {
    ...{ family, temperatures, thresholds, bestEpoch, sets, labels },
    exitNames: run.exitNames,
    history: run.state.history,
    unreadable: unreadable.map(({ path }) => path),
    example: exampleOf(split.validation, unreadable),
    end: run.end,
  }
}
