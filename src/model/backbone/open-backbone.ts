// Opens a network that was made elsewhere, whichever of the known forms it has.

import { basename, dirname, extname, resolve } from 'node:path'
import { ModelError } from '../../errors.ts'
import { readModelFolder } from '../folder.ts'
import type { Tf } from '../networks/network.ts'
import { onnxFileOf } from '../onnx-file.ts'
import { savedModelFile } from '../saved-model.ts'
import { modelFile } from '../weights.ts'
import type { Backbone, DescribeOutputs } from './backbone.ts'
import { openGraphBackbone } from './graph-backbone.ts'
import type { GraphForm } from './graph-form.ts'
import { graphModelForm } from './graph/graph-model-form.ts'
import { readGraphModel } from './graph/read-graph.ts'
import { openLayersBackbone } from './layers/layers-backbone.ts'
import { openOnnxForm } from './onnx/onnx-form.ts'
import { freezeSavedModel } from './saved-model/freeze.ts'
import type { OpNode } from './op-graph.ts'
import type { ImageSides } from './sides.ts'

export interface OpenBackboneOptions {
  /** Runs what was written, for the shapes of its tensors. */
  readonly describe: DescribeOutputs
  /** tfjs with its layers, asked for by a layers model only. */
  readonly loadTf: () => Tf
  /** Of an image, for a network that takes any size. */
  readonly sides?: ImageSides | undefined
}

/**
 * @param path a model folder, or the file of one.
 * @throws DDNN_MODEL_MISSING, DDNN_MODEL_DAMAGED when there is no network there that can be opened.
 */
export async function openBackbone(path: string, options: OpenBackboneOptions): Promise<Backbone> {
  const { describe, loadTf, sides } = options
  const found = resolve(path)
  const openGraph = <N extends OpNode>(form: GraphForm<N>) =>
    openGraphBackbone(form, describe, sides)
  if (extname(found).toLowerCase() === '.onnx') return openGraph(await openOnnxForm(found))
  const isInside = [modelFile, savedModelFile].includes(basename(found))
  const [spec, ...others] = await readModelFolder(isInside ? dirname(found) : found)
  if (spec === undefined || others.length > 0) throw notOne(path, others.length)
  const { folder, format } = spec
  switch (format) {
    case 'onnx':
      return openGraph(await openOnnxForm(await onnxFileOf(folder)))
    case 'tfjs-graph':
      return openGraph(graphModelForm(folder, await readGraphModel(folder)))
    case 'saved-model':
      return openGraph(graphModelForm(folder, await freezeSavedModel(folder)))
    case 'tfjs-layers':
      return openLayersBackbone(folder, loadTf(), sides)
    case 'fixed-time':
      throw new ModelError(
        'DDNN_MODEL_DAMAGED',
        `Expected a network in '${path}', got a stand-in that only takes time`,
        { hint: 'Name a folder with an ONNX file, a tfjs model or a SavedModel' },
      )
  }
}

function notOne(path: string, others: number): ModelError {
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${path}' to be one network, got a list of ${others + 1} submodels`,
    { hint: 'Name the folder of a network that has not been cut yet' },
  )
}
