// One process of bench/training-step.mjs: steps of the trainer on random images, and where their time goes.
// Prints one line of JSON: milliseconds of each part of a step (medians), and of TensorFlow's kernels in one of them.
import { linkThrough } from '../../dist/lab/training/link-layer.js'
import { loadTfjsNode } from '../../dist/lab/training/tfjs-node.js'
import { runStep } from '../../dist/lab/training/forward-backward.js'
import { clipGradients, createAdamW } from '../../dist/lab/training/optimizer.js'
import { withNativeLayers } from '../../dist/lab/training/native-layers.js'
import { createWeights } from '../../dist/lab/training/weights.js'
import { createCompact32Network } from '../../dist/model/networks/compact-32.js'
import { assemble } from '../../dist/model/networks/network.js'

const [batchSize, steps] = process.argv.slice(2, 4).map(Number)
const [codec = 'float32', precision = 'float32'] = process.argv.slice(4)
const tf = withNativeLayers(loadTfjsNode(undefined), 1, { step: 0, precision })
const size = { height: 32, width: 32 }
const { parts } = createCompact32Network(tf, { ...size, classes: 10, seed: 1 })
const link = linkThrough(tf, codec)
const { trained: model } = assemble(tf, size, parts, { ...size, link })
const weights = createWeights(tf, model)
const optimizer = createAdamW(weights.parameters, { weightDecay: 0.1 })
const values = new Float32Array(batchSize * 32 * 32 * 3).map((_, i) => ((i * 7919) % 256) / 255)
const batch = {
  inputs: [{ values, shape: [batchSize, 32, 32, 3] }],
  labels: Array.from({ length: batchSize }, (_, i) => i % 10),
  classes: 10,
  mix: undefined,
  isInference: false,
}
const recipe = { lossWeights: [0.4, 0.5, 1], labelSmoothing: 0.1, distillation: 0.5 }
const pass = () => runStep(tf, model, weights.variables, batch, recipe)

const times = { pass: [], optimizer: [], write: [], average: [] }
for (let step = 1; step <= steps + 2; step++) {
  let from = performance.now()
  const lap = (name) => {
    const now = performance.now()
    // The first two make buffers and threads.
    if (step > 2) times[name].push(now - from)
    from = now
  }
  const { gradients } = pass()
  lap('pass')
  clipGradients(gradients, 1)
  optimizer.apply(gradients, 0.001, step)
  lap('optimizer')
  weights.push()
  lap('write')
  weights.average(0.998)
  lap('average')
}
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]
const partsMs = Object.fromEntries(
  Object.entries(times).map(([name, list]) => [name, median(list)]),
)

const { kernels } = await tf.profile(() => {
  pass()
  return tf.scalar(0)
})
const byName = {}
for (const { name, kernelTimeMs } of kernels) {
  const known = (byName[name] ??= { ms: 0, calls: 0 })
  known.ms += await kernelTimeMs
  known.calls++
}
process.stdout.write(`${JSON.stringify({ batchSize, parts: partsMs, kernels: byName })}\n`)
