// Loads tfjs-node for training. It is an optional dependency: nothing else of training imports it, and
// its types are not used, so that the project builds where it is not installed.
import { createRequire } from 'node:module'
import util from 'node:util'
import { installHint } from '../../serving/engine/tfjs/install-hint.ts'
import { ModelError } from '../../errors.ts'
import type { Tf } from '../../model/networks/network.ts'

/** tfjs-node with its file handlers. */
export interface TfNode extends Tf {
  readonly version: Readonly<Record<string, string>>
}

/**
 * tfjs-node, ready to train. `threads` is how many one operation may use; it counts at the first load of a process
 * only. tfjs-node listens to TF_NUM_INTRAOP_THREADS, not to OMP_NUM_THREADS (measured).
 * @throws DDNN_ENGINE_UNAVAILABLE when it is not installed or does not load.
 */
export function loadTfjsNode(threads?: number): TfNode {
  if (threads !== undefined) process.env['TF_NUM_INTRAOP_THREADS'] = String(threads)
  // tfjs-node 4.22 still calls these, which Node 23 took away and Node 22 warns of.
  const legacy = util as unknown as Record<string, unknown>
  legacy['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined
  legacy['isArray'] = Array.isArray
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
  try {
    const require = createRequire(import.meta.url)
    return require('@tensorflow/tfjs-node') as TfNode
  } catch (cause) {
    throw new ModelError('DDNN_ENGINE_UNAVAILABLE', 'Expected tfjs-node to load for training', {
      cause,
      hint: installHint,
    })
  }
}
