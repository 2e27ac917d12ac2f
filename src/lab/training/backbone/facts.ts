// What a run on a backbone was told and what it trains on: one that goes on must have the same.
import { resolve } from 'node:path'
import type { Recipe } from '../../../model/networks/recipe.ts'
import type { TrainOptions } from '../options.ts'
import { factsOfCourse, type RunFacts } from '../run-facts.ts'
import type { BackboneChoice } from './choice.ts'
import type { BackboneInput } from './input.ts'
import { factsOfFiles } from './network-files.ts'
import type { ExitPlace } from './places.ts'

interface ChosenBackbone {
  readonly choice: BackboneChoice
  readonly input: BackboneInput
  readonly places: readonly ExitPlace[]
  readonly recipe: Recipe
  readonly labels: readonly string[]
}

/** Known before images are read. */
export async function factsOfBackbone(
  { choice, input, places, recipe, labels }: ChosenBackbone,
  options: TrainOptions,
): Promise<RunFacts> {
  const { height, width, values } = input
  const { path, head, fineTune } = choice
  return {
    '--backbone': resolve(path),
    "sizes and times of the backbone's files": await factsOfFiles(path),
    '--exits-at': places.map(({ cut, isOwn }) => (isOwn ? `${cut.name}, kept` : cut.name)),
    '--head': head,
    '--backbone-pixels': values,
    '--image_height': height,
    '--image_width': width,
    '--fine-tune': fineTune !== undefined,
    '--fine-tune-rate': fineTune?.learningRate ?? null,
    '--fine-tune-epochs': fineTune?.epochs ?? null,
    ...factsOfCourse(options, recipe, labels),
  }
}
