// The engine `onnx`: onnxruntime-node. An optional dependency, so neither the module nor its types are
// imported outright.
import { ModelError } from '../../errors.ts'
import type { Runtime } from '../host/runtime.ts'

/** Loads onnxruntime-node. Throws what it throws where it is not installed or its addon does not load. */
export function loadOnnxRuntime(): Runtime {
  throw new ModelError('DDNN_ENGINE_UNAVAILABLE', 'Expected onnxruntime-node, got a stub of it')
}
