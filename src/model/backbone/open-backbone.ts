// Opens a network that was made elsewhere, whichever of the known forms it has.

import { basename, dirname, extname, resolve } from 'node:path'
import { ModelError } from '../../errors.ts'
import { readModelFolder } from '../folder.ts'
import type { Tf } from '../networks/network.ts'
import { compileLayers } from '../onnx/compile-layers.ts'
import { onnxFileOf } from '../onnx-file.ts'
import { savedModelFile } from '../saved-model.ts'
import { modelFile } from '../weights.ts'
import type { Backbone, DescribeOutputs } from './backbone.ts'
import { openGraphBackbone } from './graph-backbone.ts'
import type { GraphForm } from './graph-form.ts'
import { graphModelForm } from './graph/graph-model-form.ts'
import { readGraphModel } from './graph/read-graph.ts'
import { openLayersBackbone } from './layers/layers-backbone.ts'
import { onnxForm } from './onnx/onnx-form.ts'
import { parseOnnx, readOnnx } from './onnx/read-onnx.ts'
import { freezeSavedModel } from './saved-model/freeze.ts'
import type { OpNode } from './op-graph.ts'
import type { ImageSides } from './sides.ts'

interface OpenBackboneOptions {
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
  const { describe, sides } = options
  const found = resolve(path)
  const openGraph = <N extends OpNode>(form: GraphForm<N>) =>
    openGraphBackbone(form, describe, sides)
  if (extname(found).toLowerCase() === '.onnx') return openGraph(onnxForm(await readOnnx(found)))
  const isInside = [modelFile, savedModelFile].includes(basename(found))
  const [spec, ...others] = await readModelFolder(isInside ? dirname(found) : found)
  if (spec === undefined || others.length > 0) throw notOne(path, others.length)
  const { folder, format } = spec
  switch (format) {
    case 'onnx':
      return openGraph(onnxForm(await readOnnx(await onnxFileOf(folder))))
    case 'tfjs-graph':
      return openGraph(graphModelForm(folder, await readGraphModel(folder)))
    case 'saved-model':
      return openGraph(graphModelForm(folder, await freezeSavedModel(folder)))
    case 'tfjs-layers':
      return openLayers(folder, options)
    case 'fixed-time':
      throw new ModelError(
        'DDNN_MODEL_DAMAGED',
        `Expected a network in '${path}', got a stand-in that only takes time`,
        { hint: 'Name a folder with an ONNX file, a tfjs model or a SavedModel' },
      )
  }
}

/** Layers that tfjs does not run may be known to our own compiler: the pieces are ONNX files then. */
async function openLayers(folder: string, options: OpenBackboneOptions): Promise<Backbone> {
  const { describe, loadTf, sides } = options
  try {
    return await openLayersBackbone(folder, loadTf(), describe, sides)
  } catch (thrown) {
    const compiled = await compileLayers(folder).catch(() => undefined)
    if (compiled === undefined) throw thrown
    const model = parseOnnx(folder, Buffer.from(compiled.bytes))
    return openGraphBackbone(onnxForm(model), describe, sides)
  }
}

function notOne(path: string, others: number): ModelError {
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${path}' to be one network, got a list of ${others + 1} submodels`,
    { hint: 'Name the folder of a network that has not been cut yet' },
  )
}
