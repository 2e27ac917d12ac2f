// What a backbone cannot be trained with, in words, before an image is decoded.
import { resolve } from 'node:path'
import { ConfigError } from '../../../errors.ts'
import type { Backbone } from '../../../model/backbone/backbone.ts'
import { readModelFolder } from '../../../model/folder.ts'
import { recipeSchema, type RecipeInput } from '../../../model/networks/recipe.ts'
import type { BackboneChoice } from './choice.ts'

/**
 * Fields of a recipe that mean nothing here: exits learn from features of whole images, each with its own label, and
 * the network's layers after them (--fine-tune).
 */
const unknown = [
  'mixup',
  'cutmix',
  'mixUntil',
  'trainingScale',
  'featureCodec',
  'phases',
  'freeze',
  'layerRates',
  'precision',
] as const

/** @throws DDNN_CONFIG_INVALID, naming the fields of the recipe that would do nothing. */
export function refuseRecipe(recipe: RecipeInput | undefined): void {
  const defaults = recipeSchema.parse({})
  const found = unknown.filter(
    (field) => recipe?.[field] !== undefined && recipe[field] !== defaults[field],
  )
  if (found.length === 0) return
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected a recipe without ${found.join(', ')} for --backbone, got ${found.map((field) => JSON.stringify(recipe?.[field])).join(', ')}`,
    {
      hint: 'Leave it out: images of a network that is there already are neither mixed nor scaled, and it is trained in courses of its own (--fine-tune); recipe.augmentation changes images',
    },
  )
}

const recast =
  'train it where it was made and export it again; or leave --fine-tune out: its exits are trained on it as it is'

/** @throws DDNN_CONFIG_INVALID where --fine-tune asks for weights that ddnn cannot change. */
export async function refuseFineTune(
  { format }: Pick<Backbone, 'format'>,
  { path, fineTune }: BackboneChoice,
): Promise<void> {
  if (fineTune === undefined || format === 'tfjs-layers') return
  const [spec] = await readModelFolder(resolve(path)).catch(() => [])
  const [got, hint] =
    spec?.format === 'tfjs-layers'
      ? [
          'layers that tfjs lacks or computes otherwise than Keras, so that it only runs, as ONNX',
          `To change it, ${recast}`,
        ]
      : format === 'onnx'
        ? [
            'an ONNX file: what runs it gives answers and no gradients',
            `A Keras model can be brought as a tfjs layers model (docs/backbone.md); else ${recast}`,
          ]
        : [
            `${spec?.format === 'saved-model' ? 'a SavedModel' : 'a tfjs graph model'}: a graph whose weights are constants`,
            `Save the Keras model itself, and convert that to a tfjs layers model (docs/backbone.md); else ${recast}`,
          ]
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected a tfjs layers model for --fine-tune, got '${path}', ${got}`,
    { hint },
  )
}
