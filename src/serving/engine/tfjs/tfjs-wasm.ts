// The engine `wasm`: tfjs on its WebAssembly backend, SIMD on one thread (its threads want a browser).
// Plain packages without native code, so it runs wherever Node does. More workers use more cores.
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import type * as core from '@tensorflow/tfjs-core'
import type * as converter from '@tensorflow/tfjs-converter'
import type * as layers from '@tensorflow/tfjs-layers'
import type * as wasm from '@tensorflow/tfjs-backend-wasm'
import type { Runtime } from '../host/runtime.ts'
import { createRuntime } from './load-model.ts'
import type { TfRuntime } from './tf.ts'

/** Loads tfjs and starts its WebAssembly module. Throws where that cannot be started. */
export async function loadTfjsWasm(): Promise<Runtime> {
  return createRuntime(await startTfjsWasm())
}

/** The same, before it is a runtime of the seam: for what looks into single models. */
export async function startTfjsWasm(): Promise<TfRuntime> {
  // require, since these packages are CommonJS: imported as ES modules they lose their named exports.
  const require = createRequire(import.meta.url)
  const tf = require('@tensorflow/tfjs-core') as typeof core
  const { loadLayersModel } = require('@tensorflow/tfjs-layers') as typeof layers
  const { loadGraphModel } = require('@tensorflow/tfjs-converter') as typeof converter
  const backend = require('@tensorflow/tfjs-backend-wasm') as typeof wasm
  const packageFile = require.resolve('@tensorflow/tfjs-backend-wasm/package.json')
  backend.setWasmPaths(join(dirname(packageFile), 'dist') + sep)
  // Its threads are Web Workers made from a blob, which Node does not have.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  if (!(await tf.setBackend('wasm'))) throw new Error('Expected the wasm backend of tfjs to start')
  await tf.ready()
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'SIMD' : 'no SIMD'
  return {
    tf: {
      tensor: tf.tensor,
      tidy: tf.tidy,
      cast: tf.cast,
      dispose: tf.dispose,
      memory: tf.memory,
      serialization: tf.serialization,
      loadLayersModel,
      loadGraphModel,
    },
    description: `tfjs-wasm ${backend.version_wasm} (${simd}, one thread a worker)`,
    loadSavedModel: undefined,
  }
}
