// `ddnn train`: flags to TrainOptions, progress on stderr, what was reached on stdout.
import { createImageDecoder } from '../input/decode.ts'
import { splitFamily } from '../model/split-family.ts'
import { createTrainProgress } from '../report/train-progress.ts'
import { createLog, type LogFormat, type LogLevel } from '../telemetry/log.ts'
import type { LabelMode, NetworkName, TrainOptions } from '../training/options.ts'
import { train as trainFamily, type TrainResult } from '../training/train.ts'
import type { CommandResult } from './command-result.ts'
import type { FlagValues } from './flag-values.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'

/** Trains a family and writes it; the first signal ends it after the step, with the best weights kept. */
export async function train(line: CommandLine, signal: AbortSignal): Promise<CommandResult> {
  const problems = [...line.problems]
  const { values } = line
  const split = values.list('split')
  const isSplitAlone = values.list('training_set').length === 0 && split.length > 0
  if (values.list('training_set').length === 0 && !isSplitAlone) {
    problems.push('Expected --training_set (-i) to be given: folders of images, DIR/LABEL/*.jpg')
  }
  assertNoProblems(problems, line.command)
  if (isSplitAlone) {
    const folders = await splitFamily(values.string('output') ?? 'saved_models', split)
    process.stdout.write(`Tiers: ${folders.join(', ')}\n`)
    return { failures: 0 }
  }
  const log = createLog({
    level: values.string('log-level') as LogLevel,
    format: values.string('log-format') as LogFormat,
    name: undefined,
  })
  const progress = createTrainProgress(process.stderr)
  try {
    const result = await trainFamily(readOptions(values), {
      decode: createImageDecoder(),
      log,
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

function readOptions(values: FlagValues): TrainOptions {
  return {
    trainingSets: values.list('training_set'),
    batchSize: values.number('batch_size') ?? 32,
    epochs: values.number('epochs') ?? 10,
    output: values.string('output') ?? 'saved_models',
    height: values.number('image_height') ?? 180,
    width: values.number('image_width') ?? 180,
    seed: values.number('seed') ?? 123,
    validationSplit: values.number('vsplit') ?? 0.2,
    labelMode: values.string('label_mode') as LabelMode,
    network: values.string('network') as NetworkName,
    recipe: undefined,
    split: values.list('split').length === 0 ? undefined : values.list('split'),
    modelModule: values.string('model-module'),
    learningRate: values.number('learning-rate'),
    maxMinutes: values.number('max-minutes'),
  }
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`

/** What a newcomer wants to know of a run: how good each exit is, where samples leave, where it lies. */
function describe(result: TrainResult): string {
  const lines = [`Trained family ${result.family}, best epoch ${result.bestEpoch}`]
  for (const set of result.sets) {
    lines.push(`On ${set.images} validation images of ${set.folder}:`)
    for (const [i, name] of result.exitNames.entries()) {
      const accuracy = percent(set.accuracy[i] ?? 0)
      const share = percent(set.shares[i] ?? 0)
      const threshold = result.thresholds[i]
      const rule = threshold === undefined ? 'takes the rest' : `threshold ${threshold.toFixed(3)}`
      lines.push(`  ${name}: accuracy ${accuracy}, ${share} leave here (${rule})`)
    }
    lines.push(`  the cascade: accuracy ${percent(set.cascadeAccuracy)}`)
  }
  lines.push(`Written: ${result.folders.join(', ')}`)
  return `${lines.join('\n')}\n`
}
