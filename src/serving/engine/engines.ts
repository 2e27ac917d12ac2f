// What is known of each engine without loading it: which models it runs, how it is installed, and how
// fast it is beside the others.
import { createRequire } from 'node:module'
import type { ModelFormat } from '../../domain/submodel.ts'
import type { EngineName } from './engine.ts'
import { installHint as tensorflowHint } from './tfjs/install-hint.ts'

export interface EngineKind {
  readonly name: EngineName
  /** Formats it runs, as far as it knows what is in them. */
  readonly formats: readonly ModelFormat[]
  /** The package that it comes with; undefined for what is part of ddnn. */
  readonly packageName: string | undefined
  /** How to get it: a clause without a full stop. */
  readonly hint: string
}

/** Fastest first, as measured (docs/engines.md): that is the order in which `auto` asks. */
export const engineKinds: readonly EngineKind[] = [
  {
    name: 'onnx',
    formats: ['onnx', 'tfjs-layers'],
    packageName: 'onnxruntime-node',
    hint: 'Install it with `ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node`',
  },
  {
    name: 'tensorflow',
    formats: ['tfjs-layers', 'tfjs-graph', 'saved-model'],
    packageName: '@tensorflow/tfjs-node',
    hint: tensorflowHint,
  },
  {
    name: 'wasm',
    formats: ['tfjs-layers', 'tfjs-graph'],
    packageName: '@tensorflow/tfjs-backend-wasm',
    hint: 'Install ddnn again: its packages for wasm are incomplete',
  },
  {
    name: 'fixed-time',
    formats: ['fixed-time'],
    packageName: undefined,
    hint: 'Install ddnn again: it is incomplete',
  },
]

/** Whether an engine's package is there, which does not say that it loads. */
export function isInstalled({ packageName }: EngineKind): boolean {
  if (packageName === undefined) return true
  try {
    createRequire(import.meta.url).resolve(`${packageName}/package.json`)
    return true
  } catch (thrown) {
    // Found, yet its package.json is not for others to read.
    return (thrown as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED'
  }
}
