// The flags that evaluate and calibrate share: which models, which labelled images, which engine.
import type { LabelledInput } from '../lab/evaluation/labelled.ts'
import type { ScoresOptions } from '../compose/scores.ts'
import type { FlagReader } from './flag-types.ts'
import { readLabelled } from './read-labelled.ts'
import { readEngine } from './read-parts.ts'

type ScoresFlag =
  | 'models'
  | 'tensorflow'
  | 'engine'
  | 'engine-threads'
  | 'max-batch-size'
  | 'workers'
  | 'input'
  | 'input_format'
  | 'labels'
  | 'cifar10'
  | 'cifar10-path'
  | 'preprocess'
  | 'limit'
  | 'orient'
type ScoresValues = FlagReader<ScoresFlag, 'evaluate' | 'calibrate'>

/** Checks these flags together; problems are added to the list, and the result is of no use then. */
export function readScoresOptions(values: ScoresValues, problems: string[]): ScoresOptions {
  const models = values.list('models')
  return {
    models,
    input: readLabelledInput(values, problems),
    limit: values.number('limit'),
    // Samples of a whole set need not wait for company: there always is some.
    engine: readEngine(values, 0, problems),
  }
}

function readLabelledInput(values: ScoresValues, problems: string[]): LabelledInput {
  const isCifar10 = values.boolean('cifar10') === true
  const folder = values.string('input')
  const preprocessModule = values.string('preprocess')
  if (isCifar10 && folder !== undefined) problems.push('Expected --input or --cifar10, got both')
  if (!isCifar10 && folder === undefined) {
    problems.push('Expected --input (images, DIR/LABEL/*.jpg) or --cifar10, got neither')
  }
  if (isCifar10 && preprocessModule !== undefined) {
    problems.push(
      'Expected no --preprocess with --cifar10, whose images are 32 x 32 pixels already',
    )
  }
  const input = readLabelled(values, problems)
  return input.kind === 'folder'
    ? { ...input, preprocessModule, orientation: values.string('orient') }
    : input
}
