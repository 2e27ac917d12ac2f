// Bare onnxruntime-node on the weights of model folders: compiled to ONNX once, then sessions of its own,
// run on this thread. Nothing of ddnn's engine is in it.
import { createRequire } from 'node:module'
import { compileLayers } from '../../dist/model/onnx/compile-layers.js'
import { readManifest } from './images.mjs'

const require = createRequire(import.meta.url)

/**
 * @param {number | number[]} threads of a pass: of all, or of each folder.
 * @param {boolean} spins whether they wait for work in a loop: onnxruntime's default, not the engine's.
 * @returns {Promise<{ version: string, stages: { input: number[], features: number[] | null,
 *   pass: (data: Float32Array, count: number) => Promise<{ features?: Float32Array, exits: Float32Array[] }>
 * }[] }>} one a folder, in order; features first where there are any, as the files have them.
 */
export async function openBare(folders, threads, spins = true) {
  const ort = require('onnxruntime-node')
  const stages = []
  for (const [i, folder] of folders.entries()) {
    const { input, features } = readManifest(folder)
    const { bytes, inputName, outputNames } = await compileLayers(folder, { input })
    const session = await ort.InferenceSession.create(bytes, {
      intraOpNumThreads: Array.isArray(threads) ? threads[i] : threads,
      ...(spins ? {} : { extra: { session: { intra_op: { allow_spinning: '0' } } } }),
    })
    const pass = async (data, count) => {
      const tensor = new ort.Tensor('float32', data, [count, ...input])
      const given = await session.run({ [inputName]: tensor })
      const outputs = outputNames.map((name) => given[name].data)
      return features === null
        ? { exits: outputs }
        : { features: outputs[0], exits: outputs.slice(1) }
    }
    stages.push({ input, features, pass })
  }
  return { version: require('onnxruntime-node/package.json').version, stages }
}
