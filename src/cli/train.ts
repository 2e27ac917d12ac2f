// `ddnn train`: flags to TrainOptions, progress on stderr, what was reached on stdout.
import { splitFamily } from '../model/split-family.ts'
import { describePercent } from '../report/describe.ts'
import { createTrainProgress } from '../report/train-progress.ts'
import type { RecipeInput } from '../model/networks/recipe.ts'
import {
  defaultTrainOptions,
  type KeptEpoch,
  type LabelMode,
  type NetworkName,
  type TrainOptions,
} from '../lab/training/options.ts'
import { train as trainFamily, type TrainResult } from '../lab/training/train.ts'
import { createCommandLog } from './command-log.ts'
import type { CommandResult } from './command-result.ts'
import type { FlagValues } from './flag-values.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { readRecipe } from './recipe-file.ts'

/** Trains a family and writes it; the first signal ends it after the step, with the best weights kept. */
export async function train(line: CommandLine, signal: AbortSignal): Promise<CommandResult> {
  const problems = [...line.problems]
  const { values } = line
  const split = values.list('split')
  const isSplitAlone = values.list('training_set').length === 0 && split.length > 0
  if (values.list('training_set').length === 0 && !isSplitAlone) {
    problems.push('Expected --training_set (-i) to be given: folders of images, DIR/LABEL/*.jpg')
  }
  const recipeFile = values.string('recipe')
  const recipe = recipeFile === undefined ? undefined : readRecipe(recipeFile)
  problems.push(...(recipe?.problems ?? []))
  assertNoProblems(problems, line.command)
  if (isSplitAlone) {
    const folders = await splitFamily(values.string('output') ?? 'saved_models', split)
    process.stdout.write(`Tiers: ${folders.join(', ')}\n`)
    return { failures: 0 }
  }
  const log = createCommandLog(values)
  const progress = createTrainProgress(process.stderr)
  try {
    const result = await trainFamily(readOptions(values, recipe?.recipe), {
      log,
      command: process.argv.slice(2),
      onProgress: (at) => progress.update(at),
      onEpoch: (report) => progress.endEpoch(report),
      signal,
    })
    progress.close()
    process.stdout.write(describe(result))
    return { failures: 0 }
  } finally {
    progress.close()
  }
}

function readOptions(values: FlagValues, recipe: RecipeInput | undefined): TrainOptions {
  const standard = defaultTrainOptions
  return {
    trainingSets: values.list('training_set'),
    batchSize: values.number('batch_size') ?? standard.batchSize,
    epochs: values.number('epochs') ?? standard.epochs,
    output: values.string('output') ?? standard.output,
    height: values.number('image_height') ?? standard.height,
    width: values.number('image_width') ?? standard.width,
    seed: values.number('seed') ?? standard.seed,
    validationSplit: values.number('vsplit') ?? standard.validationSplit,
    labelMode: values.string('label_mode') as LabelMode,
    network: values.string('network') as NetworkName,
    recipe,
    split: values.list('split').length === 0 ? undefined : values.list('split'),
    modelModule: values.string('model-module'),
    initialWeights: values.string('initial-weights'),
    learningRate: values.number('learning-rate'),
    maxMinutes: values.number('max-minutes'),
    keep: values.string('keep') as KeptEpoch,
    patience: values.number('patience'),
    resume: values.boolean('resume') ?? standard.resume,
    checkpointMinutes: values.number('checkpoint-minutes') ?? standard.checkpointMinutes,
    cache: values.string('cache'),
    inputWorkers: values.number('input-workers') ?? standard.inputWorkers,
    threads: values.number('threads'),
  }
}

const endings: Readonly<Record<TrainResult['end'], string>> = {
  epochs: 'all epochs',
  time: 'until its time was over',
  patience: 'until it learned nothing new',
  signal: 'half-finished, go on with --resume',
}

/** What a newcomer wants to know of a run: how good each exit is, where samples leave, where it lies. */
function describe(result: TrainResult): string {
  const lines = [
    `Trained family ${result.family}, ${endings[result.end]}, epoch ${result.bestEpoch} kept`,
  ]
  for (const set of result.sets) {
    lines.push(`On ${set.images} validation images of ${set.folder}:`)
    for (const [i, name] of result.exitNames.entries()) {
      const accuracy = describePercent(set.accuracy[i] ?? 0)
      const share = describePercent(set.shares[i] ?? 0)
      const threshold = result.thresholds[i]
      const rule = threshold === undefined ? 'takes the rest' : `threshold ${threshold.toFixed(3)}`
      lines.push(`  ${name}: accuracy ${accuracy}, ${share} leave here (${rule})`)
    }
    lines.push(`  the cascade: accuracy ${describePercent(set.cascadeAccuracy)}`)
  }
  const { unreadable } = result
  if (unreadable.length > 0) {
    lines.push(`Left out ${unreadable.length} unreadable images: ${unreadable.join(', ')}`)
  }
  lines.push(`Written: ${result.folders.join(', ')}`)
  return `${lines.join('\n')}\n`
}
