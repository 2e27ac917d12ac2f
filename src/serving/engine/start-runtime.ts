// From an engine's name to its runtime, in the thread that asks. It imports that one only, since each costs
// tens of megabytes and a good part of a second.
import type { EngineName } from './engine.ts'
import type { Runtime } from './host/runtime.ts'

/** Throws what the runtime's package throws where it is not installed or does not load. */
export async function startRuntime(engine: EngineName): Promise<Runtime> {
  switch (engine) {
    case 'onnx':
      return (await import('./onnx/onnx-runtime.ts')).loadOnnxRuntime()
    case 'tensorflow':
      return (await import('./tfjs/tfjs-node.ts')).loadTfjsNode()
    case 'wasm':
      return (await import('./tfjs/tfjs-wasm.ts')).loadTfjsWasm()
    case 'fixed-time':
      return (await import('./fixed-time/fixed-time-runtime.ts')).loadFixedTime()
  }
}
