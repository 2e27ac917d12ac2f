// What a run was told and what it trains on, by the names that users know: a run that goes on must have the same.
import { defaultOrientation } from '../../domain/orientation.ts'
import { ConfigError } from '../../errors.ts'
import type { LayersModel } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import type { TrainOptions } from './options.ts'

/** Names and values, JSON. */
export type RunFacts = Readonly<Record<string, unknown>>

/** Of options, recipe and network: known before images are read. */
export function factsOfOptions(
  options: TrainOptions,
  recipe: Recipe,
  labels: readonly string[],
  model: LayersModel,
): RunFacts {
  return {
    '--backbone': null,
    [options.modelModule === undefined ? '--network' : '--model-module']:
      options.modelModule ?? options.network,
    '--image_height': options.height,
    '--image_width': options.width,
    ...factsOfCourse(options, recipe, labels),
    '--initial-weights': options.initialWeights ?? null,
    "shapes of the network's weights": model.weights.map(({ shape }) => shape),
  }
}

/** Of what any run is told, whatever it trains. */
export function factsOfCourse(
  options: TrainOptions,
  recipe: Recipe,
  labels: readonly string[],
): RunFacts {
  const facts: Record<string, unknown> = {
    '--orient': options.orientation ?? defaultOrientation,
    '--batch_size': options.batchSize,
    '--epochs': options.epochs,
    '--seed': options.seed,
    '--vsplit': options.validationSplit,
    '--keep': options.keep,
    '--patience': options.patience ?? null,
    '--max-minutes': options.maxMinutes ?? null,
    labels,
  }
  for (const [field, value] of Object.entries(recipe)) facts[`recipe.${field}`] = value
  return facts
}

/** Of the images: hashes of names and contents, in the order of the split. */
export function factsOfImages(training: string, validation: string): RunFacts {
  return { 'hash of the training images': training, 'hash of the validation images': validation }
}

/**
 * A run goes on only as it began.
 * @throws DDNN_CONFIG_INVALID, naming each fact that was another; where another thing is trained, that alone.
 */
export function checkFacts(now: RunFacts, before: RunFacts): void {
  // Runs that began before there was a choice say nothing of it.
  const found = differences(now, { '--orient': defaultOrientation, ...before })
  if (found.length === 0) return
  const heading = found.length === 1 ? '' : `${found.length} problems:\n  - `
  throw new ConfigError('DDNN_CONFIG_INVALID', heading + found.join('\n  - '), {
    hint: 'Go on with what the run began with, or delete its checkpoint to begin again',
  })
}

/** What is trained: where that is another, the rest is too. */
const subjects = ['--backbone', '--network', '--model-module']

function differences(now: RunFacts, before: RunFacts): string[] {
  // A field of a recipe that has no default is left out where nobody gave it.
  const known = [
    ...Object.keys(now),
    ...Object.keys(before).filter((name) => /^recipe\./.test(name)),
  ]
  const other = [...new Set(known)].filter((name) => textOf(now[name]) !== textOf(before[name]))
  const subject = other.filter((name) => subjects.includes(name))
  return (subject.length > 0 ? subject.slice(0, 1) : other).map((name) => {
    const [wanted, got] = excerpts(textOf(before[name]), textOf(now[name]))
    return `Expected ${name} to be ${wanted} as when the run began, got ${got}`
  })
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? 'none' : JSON.stringify(value)
}

/** Of a text that is shown in an error, characters. */
const mostShown = 200

/** Two texts as short as an error takes them, with the first place where they differ. */
function excerpts(one: string, other: string): readonly string[] {
  let same = 0
  while (same < one.length && one[same] === other[same]) same++
  const from = same < mostShown - 50 ? 0 : same - 50
  return [one, other].map((text) => {
    const shown = text.slice(from, from + mostShown)
    return `${from > 0 ? '...' : ''}${shown}${from + mostShown < text.length ? '...' : ''}`
  })
}
