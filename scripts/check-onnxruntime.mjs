// Fails, saying why and what to do, where onnxruntime-node does not load: `node scripts/check-onnxruntime.mjs`.
// npm leaves an optional package out without a word where its install script failed or it is not for this machine.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

try {
  const { InferenceSession, env } = require('onnxruntime-node')
  if (typeof InferenceSession?.create !== 'function') {
    throw new Error('Expected onnxruntime-node to have InferenceSession.create, got none')
  }
  console.error(`check-onnxruntime: onnxruntime-node ${env.versions.node} loads`)
} catch (error) {
  const [reason] = String(error.message).split('\n')
  console.error(`check-onnxruntime: Expected onnxruntime-node to load, got ${reason}`)
  console.error(
    'Hint: run npm ci again; where that was done with other settings: ONNXRUNTIME_NODE_INSTALL=skip npm ci',
  )
  process.exitCode = 1
}
