// What a training run is told: the original's flags of model_training.py, and a few of ours.
import { availableParallelism } from 'node:os'
import { ConfigError } from '../../errors.ts'
import type { keptEpochs, labelModes, networkNames } from '../../domain/lab-words.ts'
import { orientations, type Orientation } from '../../domain/orientation.ts'
import type { RecipeInput } from '../../model/networks/recipe.ts'

export type NetworkName = (typeof networkNames)[number]
type LabelMode = (typeof labelModes)[number]
type KeptEpoch = (typeof keptEpochs)[number]

/** Checked options of one training run. */
export interface TrainOptions {
  /**
   * Folders `DIR/LABEL/*.jpg`, joined by label (-i, --training_set). The accuracy that is reported and the
   * thresholds come from the first folder's validation share; the others only add images.
   */
  readonly trainingSets: readonly string[]
  /** -b, --batch_size. */
  readonly batchSize: number
  /** -e, --epochs. */
  readonly epochs: number
  /** Folder of the trained models (-o, --output). */
  readonly output: string
  /** Writes over models that lie in `output` (--force). */
  readonly isForced?: boolean | undefined
  /** -g, --height (the original's --image_height). */
  readonly height: number
  /** -w, --width (the original's --image_width). */
  readonly width: number
  /** Of photos that are stored turned; `defaultOrientation` where undefined. The manifests say it (--orient). */
  readonly orientation?: Orientation | undefined
  /** Of the split, the first weights, the order and the augmentation (-s, --seed). */
  readonly seed: number
  /** Share of each label kept apart for validation, between 0 and 1 (-v, --vsplit). */
  readonly validationSplit: number
  /** -l, --label_mode. */
  readonly labelMode: LabelMode
  readonly network: NetworkName
  /** Changes the network's own recipe (--recipe). */
  readonly recipe: RecipeInput | undefined
  /** A module that exports `createNetwork`, in place of `network` (--model-module). */
  readonly modelModule: string | undefined
  /** Folders of tiers beside the submodels, `TIER=SUBMODEL+SUBMODEL` (--split); none where undefined. */
  readonly split?: readonly string[] | undefined
  /** Folder of a trained family whose weights this one begins with (--initial-weights). */
  readonly initialWeights?: string | undefined
  /** The network's own where undefined (--learning-rate). */
  readonly learningRate: number | undefined
  /** Ends the run in time: the learning rate falls with the clock as well as with the steps (--max-minutes). */
  readonly maxMinutes: number | undefined
  /** Which epoch's weights are written: the one with the highest score, or the last (--keep). */
  readonly keep: KeptEpoch
  /**
   * Ends the run when the score, the sum of the exits' validation accuracies, has not risen for as many epochs
   * (--patience).
   */
  readonly patience: number | undefined
  /** Goes on with the run whose checkpoint is in `output`; begins where there is none (--resume). */
  readonly resume: boolean
  /** Longest time between two checkpoints; one is written after each epoch too (--checkpoint-minutes). */
  readonly checkpointMinutes: number
  /** Where decoded pixels are kept also after the run; else in `output`, while it lasts (--cache). */
  readonly cache: string | undefined
  /** Threads that decode and augment images (--input-workers). */
  readonly inputWorkers: number
  /** Of one TensorFlow operation; TensorFlow's own choice where undefined (--threads). */
  readonly threads: number | undefined
}

/** One core is left to TensorFlow; more than four threads have never been waited for. */
export const defaultInputWorkers = Math.min(4, Math.max(1, availableParallelism() - 1))

export const defaultTrainOptions = {
  batchSize: 32,
  epochs: 10,
  height: 180,
  width: 180,
  seed: 123,
  validationSplit: 0.2,
  labelMode: 'categorical',
  network: 'compact',
  recipe: undefined,
  modelModule: undefined,
  learningRate: undefined,
  maxMinutes: undefined,
  keep: 'best',
  patience: undefined,
  resume: false,
  checkpointMinutes: 10,
  cache: undefined,
  inputWorkers: defaultInputWorkers,
  threads: undefined,
} as const satisfies Omit<TrainOptions, 'trainingSets' | 'output'>

/**
 * Checks the values that need no disk.
 * @throws DDNN_CONFIG_INVALID, naming every value that is wrong.
 */
export function checkTrainOptions(options: TrainOptions): void {
  const problems: string[] = []
  const expect = (isRight: boolean, name: string, wanted: string, got: unknown) => {
    if (!isRight) problems.push(`Expected ${name} to be ${wanted}, got ${JSON.stringify(got)}`)
  }
  const isCount = (value: number) => Number.isSafeInteger(value) && value > 0
  const isPositive = (value: number) => Number.isFinite(value) && value > 0
  const { validationSplit, learningRate, maxMinutes, patience, checkpointMinutes, threads } =
    options
  expect(options.trainingSets.length > 0, '--training_set', 'at least one folder', [])
  expect(isCount(options.batchSize), '--batch_size', 'a whole number above 0', options.batchSize)
  expect(isCount(options.epochs), '--epochs', 'a whole number above 0', options.epochs)
  expect(isCount(options.height), '--height', 'a whole number above 0', options.height)
  expect(isCount(options.width), '--width', 'a whole number above 0', options.width)
  expect(Number.isSafeInteger(options.seed), '--seed', 'a whole number', options.seed)
  expect(
    options.orientation === undefined || orientations.includes(options.orientation),
    '--orient',
    orientations.join(' or '),
    options.orientation,
  )
  const isShare = validationSplit > 0 && validationSplit < 1
  expect(isShare, '--vsplit', 'between 0 and 1', validationSplit)
  if (learningRate !== undefined) {
    expect(isPositive(learningRate), '--learning-rate', 'above 0', learningRate)
  }
  if (maxMinutes !== undefined)
    expect(isPositive(maxMinutes), '--max-minutes', 'above 0', maxMinutes)
  if (patience !== undefined) {
    expect(isCount(patience), '--patience', 'a whole number above 0', patience)
  }
  expect(isPositive(checkpointMinutes), '--checkpoint-minutes', 'above 0', checkpointMinutes)
  const { inputWorkers } = options
  expect(isCount(inputWorkers), '--input-workers', 'a whole number above 0', inputWorkers)
  if (threads !== undefined) {
    expect(isCount(threads), '--threads', 'a whole number above 0', threads)
  }
  if (problems.length > 0) throw new ConfigError('DDNN_CONFIG_INVALID', problems.join('; '))
}
