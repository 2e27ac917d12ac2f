// `ddnn train`: flags to TrainOptions, progress on stderr, what was reached on stdout.
import { join } from 'node:path'
import { jsonText } from '../domain/json-text.ts'
import { splitFamily } from '../model/split-family.ts'
import { deploymentFile } from '../serving/deployment/read-deployment.ts'
import { describePercent } from '../report/describe.ts'
import { shellCommand } from '../report/shell-words.ts'
import { createTrainProgress } from '../report/train-progress.ts'
import { defaultInputWorkers, type TrainOptions } from '../lab/training/options.ts'
import { trainBackbone } from '../lab/training/backbone/train-backbone.ts'
import { chooseRunFolder } from '../lab/training/run-folder.ts'
import { train as trainFamily, type TrainContext, type TrainResult } from '../lab/training/train.ts'
import { createCommandLog } from './command-log.ts'
import type { CommandResult } from './command-result.ts'
import type { Values } from './flag-types.ts'
import { createSay } from './json-output.ts'
import type { SplitDocument, TrainedDocument } from './json/train.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { readRecipe } from './recipe-file.ts'
import {
  backboneProblems,
  listExits,
  readBackboneChoice,
  withHeadEpochs,
} from './train-backbone.ts'
import { readTrainStart, type TrainStart } from './train-start.ts'

/** Trains a family and writes it; the first signal ends it after the step, with the best weights kept. */
export async function train(
  line: CommandLine<'train'>,
  signal: AbortSignal,
): Promise<CommandResult> {
  const problems = [...line.problems]
  const { values } = line
  const split = values.list('split')
  const isSplitAlone = values.list('training_set').length === 0 && split.length > 0
  const output = values.string('output')
  if (isSplitAlone && output === undefined) {
    problems.push('Expected --output (-o) with --split alone: the folder of the family to split')
  }
  const choice = readBackboneChoice(values)
  problems.push(...backboneProblems(values))
  const isListing = choice !== undefined && values.boolean('list-exits') === true
  const isGiven = values.isGiven('training_set') || values.isWrong('training_set')
  if (!isGiven && !isSplitAlone && !isListing) {
    problems.push('Expected PHOTOS to be given: folders of images, PHOTOS/LABEL/*.jpg')
  }
  const recipeFile = values.string('recipe')
  const recipe = recipeFile === undefined ? undefined : readRecipe(recipeFile)
  problems.push(...(recipe?.problems ?? []))
  assertNoProblems(problems, line.command)
  const say = createSay(values)
  if (isSplitAlone) {
    const folders = await splitFamily(output ?? '', split)
    say(`Tiers: ${folders.join(', ')}\n`)
    return { failures: 0, json: jsonText({ tiers: [...folders] } satisfies SplitDocument) }
  }
  if (isListing) {
    const { text, document } = await listExits(choice)
    say(text)
    return { failures: 0, json: jsonText(document) }
  }
  const start = readTrainStart(values, recipe?.recipe)
  process.stderr.write(`${start.notice}\n`)
  const log = createCommandLog(values)
  const progress = createTrainProgress(process.stderr)
  try {
    const options = await readOptions(values, start)
    process.stderr.write(`Writes to ${options.output}\n`)
    const context: TrainContext = {
      log,
      command: process.argv.slice(2),
      onProgress: (at) => progress.update(at),
      onEpoch: (report) => progress.endEpoch(report),
      signal,
    }
    const result =
      choice === undefined
        ? await trainFamily(options, context)
        : await trainBackbone(withHeadEpochs(options, values), choice, context)
    progress.close()
    say(describe(result, options.output))
    return { failures: 0, json: jsonText(documentOf(result, options.output)) }
  } finally {
    progress.close()
  }
}

async function readOptions(values: Values<'train'>, start: TrainStart): Promise<TrainOptions> {
  const { network, recipe, modelModule, initialWeights } = start
  const resume = values.boolean('resume') === true
  const source = values.string('backbone')
  const run = { network, modelModule, source, resume, now: new Date() }
  return {
    trainingSets: values.list('training_set'),
    batchSize: values.number('batch_size'),
    epochs: values.number('epochs'),
    output: values.string('output') ?? (await chooseRunFolder(run)),
    isForced: values.boolean('force') === true,
    height: values.number('height'),
    width: values.number('width'),
    orientation: values.string('orient'),
    seed: values.number('seed'),
    validationSplit: values.number('vsplit'),
    labelMode: values.string('label_mode'),
    network,
    recipe,
    split: values.list('split').length === 0 ? undefined : values.list('split'),
    modelModule,
    initialWeights,
    learningRate: values.number('learning-rate'),
    maxMinutes: values.number('max-minutes'),
    keep: values.string('keep'),
    patience: values.number('patience'),
    resume,
    checkpointMinutes: values.number('checkpoint-minutes'),
    cache: values.string('cache'),
    inputWorkers: values.number('input-workers') ?? defaultInputWorkers,
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
function describe(result: TrainResult, output: string): string {
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
  if (result.end !== 'signal') {
    const next = nextCommands(result, output).map((words) => `  ${shellCommand(words)}`)
    lines.push('Try next:', ...next)
  }
  return `${lines.join('\n')}\n`
}

/** What serves a newcomer best, as it can be pasted: one photo, then the whole family behind a door. */
function nextCommands({ whole, example }: TrainResult, output: string): string[][] {
  return [
    ['ddnn', 'classify', example ?? 'photo.jpg', '--models', whole],
    ['ddnn', 'init', join(output, deploymentFile), '--family', output],
  ]
}

function documentOf(result: TrainResult, output: string): TrainedDocument {
  const { family, end, bestEpoch, exitNames, thresholds, temperatures, sets } = result
  return {
    family,
    end,
    bestEpoch,
    labels: [...result.labels],
    exits: exitNames.map((name, i) => ({
      name,
      threshold: thresholds[i] ?? null,
      temperature: temperatures[i] ?? null,
    })),
    sets: sets.map(({ accuracy, shares, ...set }) => ({
      ...set,
      accuracy: [...accuracy],
      shares: [...shares],
    })),
    unreadable: [...result.unreadable],
    output,
    folders: [...result.folders],
    whole: result.whole,
    next: end === 'signal' ? [] : nextCommands(result, output),
  }
}
