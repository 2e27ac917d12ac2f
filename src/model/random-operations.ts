// Whether a graph may draw random numbers while it serves, told by its files: Keras' export() leaves RandomFlip and
// its like drawing. Whether it does is for a pass to show: functions that only training calls stand in the files too.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SubmodelSpec } from '../domain/submodel.ts'
import { savedModelFile } from './saved-model.ts'
import { modelFile } from './weights.ts'

/**
 * False of formats whose networks draw nothing, or where nobody looks (ONNX). Rejects where a file is not to be read.
 */
export async function mayDrawNumbers({ format, folder }: SubmodelSpec): Promise<boolean> {
  const file = { 'saved-model': savedModelFile, 'tfjs-graph': modelFile }[String(format)]
  if (file === undefined) return false
  const bytes = await readFile(join(folder, file))
  return drawing.some((operation) => bytes.includes(operation))
}

const drawing = ['RandomUniform', 'RandomStandardNormal', 'RandomNormal', 'TruncatedNormal']
