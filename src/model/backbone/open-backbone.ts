// Opens a network that was made elsewhere, whichever of the known forms it has.

import { extname, resolve } from 'node:path'
import { ModelError } from '../../errors.ts'
import { readModelFolder } from '../folder.ts'
import { onnxFileOf } from '../onnx-file.ts'
import type { Backbone, DescribeOutputs } from './backbone.ts'
import { openGraphBackbone, type ImageSides } from './graph-backbone.ts'
import { openOnnxForm } from './onnx/onnx-form.ts'

export interface OpenBackboneOptions {
  /** Runs what was written, for the shapes of its tensors. */
  readonly describe: DescribeOutputs
  /** Of an image, for a network that takes any size. */
  readonly sides?: ImageSides | undefined
}

/**
 * @param path a model folder, or the file of one.
 * @throws DDNN_MODEL_MISSING, DDNN_MODEL_DAMAGED when there is no network there that can be opened.
 */
export async function openBackbone(
  path: string,
  { describe, sides }: OpenBackboneOptions,
): Promise<Backbone> {
  const found = resolve(path)
  if (extname(found).toLowerCase() === '.onnx') {
    return openGraphBackbone(await openOnnxForm(found), describe, sides)
  }
  const [spec] = await readModelFolder(found)
  if (spec?.format === 'onnx') {
    return openGraphBackbone(await openOnnxForm(await onnxFileOf(spec.folder)), describe, sides)
  }
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected a network that can be cut in '${path}', got ${spec?.format}`,
  )
}
