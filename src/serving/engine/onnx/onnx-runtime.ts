// The engine `onnx`: onnxruntime-node on this machine's processors. The fastest of the three, and the one
// that runs ONNX files; layers models are compiled to ONNX as they are loaded.
import type { Runtime } from '../host/runtime.ts'
import { loadModel } from './load-model.ts'
import { requireOrt } from './ort.ts'
import { Sessions } from './sessions.ts'

/** Loads onnxruntime-node. Throws what it throws where it is not installed or its addon does not load. */
export function loadOnnxRuntime(): Runtime {
  const ort = requireOrt()
  const description = `onnxruntime-node ${ort.env.versions.node ?? 'of unknown version'}`
  const sessions = new Sessions(ort)
  return {
    description,
    load: (spec, options) => loadModel(sessions, description, spec, options),
    memory: () => sessions.memory(),
  }
}
