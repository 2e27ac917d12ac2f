// A first convolution that is computed, not trained: its kernels are the principal axes of the training images' patches,
// scaled to unit variance, each also with the other sign, so that what follows a ReLU has all of them (airbench, Jordan
// 2024, arXiv 2404.00498; the axes as in tysam-code/hlb-CIFAR10).
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { ConfigError } from '../../errors.ts'
import { createRandom, shuffled } from '../../domain/random.ts'
import type { LayersModel, Tf } from '../../model/networks/network.ts'
import type { InputBatch, TrainingSource } from './training-source.ts'

/** Images that the patches are of, at most. */
const images = 2000
const batchSize = 250

/** Added to each variance, as a share of the largest: noise is not blown up. */
const leastVariance = 1e-4

/**
 * Sets the kernel `[side, side, 3, filters]` of a layer: `filters` / 2 axes of most variance, then the same negated.
 * @param source training images as they are, float32 in [0, 1]
 * @throws DDNN_MODULE_INVALID where the layer is no such convolution.
 */
export async function whiten(
  tf: Tf,
  { layers }: LayersModel,
  name: string,
  source: TrainingSource,
  seed: number,
): Promise<void> {
  const layer = layers.find((layer) => layer.name === name)
  const [kernel, ...others] = layer?.getWeights() ?? []
  const [side = 0, width, channels, filters = 0] = kernel?.shape ?? []
  const axes = filters / 2
  const isRight =
    side === width &&
    channels === 3 &&
    others.length === 0 &&
    filters % 2 === 0 &&
    layer?.trainableWeights.length === 0
  if (layer === undefined || !isRight || axes < 1 || axes > 3 * side * side) {
    throw new ConfigError(
      'DDNN_MODULE_INVALID',
      `Expected whitening to name a square convolution of the image without bias and not trainable, of an even number of at most ${6 * side * side} filters, got '${name}', ${layer === undefined ? 'no layer' : `weights of [${kernel?.shape.join(', ')}]`}`,
      { hint: 'docs/modules.md says what a network is made of' },
    )
  }
  const kernels = whiteningKernels(await covarianceOf(source, side, seed), axes)
  tf.tidy(() => {
    const rows = tf.tensor2d([...kernels, ...kernels.map((row) => row.map((value) => -value))])
    layer.setWeights([tf.reshape(tf.transpose(rows), [side, side, 3, filters])])
  })
}

/** Rows of unit variance over the patches, in the order of falling variance; the sign follows from the largest part. */
export function whiteningKernels(covariance: Matrix, axes: number): number[][] {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  })
  const order = realEigenvalues.map((_, i) => i)
  order.sort((a, b) => (realEigenvalues[b] as number) - (realEigenvalues[a] as number))
  const most = realEigenvalues[order[0] as number] as number
  return order.slice(0, axes).map((i) => {
    const axis = eigenvectorMatrix.getColumn(i)
    const largest = axis.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0)
    const variance = Math.max(0, realEigenvalues[i] as number) + leastVariance * most
    const scale = Math.sign(largest) / Math.sqrt(variance)
    return axis.map((value) => value * scale)
  })
}

/** Of `side` x `side` patches, their numbers in the order of a kernel's: row, column, channel. */
async function covarianceOf(source: TrainingSource, side: number, seed: number): Promise<Matrix> {
  const size = 3 * side * side
  const sums = new Float64Array(size)
  const products = Matrix.zeros(size, size)
  let count = 0
  const all = Array.from(source.labels, (_, i) => i)
  const chosen = shuffled(all, createRandom(seed, 0)).slice(0, images)
  const plans = Array.from({ length: Math.ceil(chosen.length / batchSize) }, (_, i) => ({
    indices: chosen.slice(i * batchSize, (i + 1) * batchSize),
    seeds: [],
  }))
  for await (const { inputs } of source.batches(plans)) {
    for (const patch of patchesOf(inputs[0] as InputBatch['inputs'][number], side)) {
      count++
      for (let a = 0; a < size; a++) {
        const value = patch[a] as number
        sums[a] = (sums[a] as number) + value
        for (let b = 0; b <= a; b++) {
          products.set(a, b, products.get(a, b) + value * (patch[b] as number))
        }
      }
    }
  }
  return Matrix.from1DArray(
    size,
    size,
    Array.from({ length: size * size }, (_, i) => {
      const [a, b] = [Math.floor(i / size), i % size]
      const product = products.get(Math.max(a, b), Math.min(a, b))
      return product / count - ((sums[a] as number) / count) * ((sums[b] as number) / count)
    }),
  )
}

/** Of all images of a batch; each is the reader's until the next. */
function* patchesOf(
  { values, shape }: InputBatch['inputs'][number],
  side: number,
): Generator<Float64Array> {
  const [count = 0, height = 0, width = 0] = shape
  const patch = new Float64Array(3 * side * side)
  for (let y = 0; y < count * height; y++) {
    // A patch does not reach into the next image.
    if ((y % height) + side > height) continue
    for (let x = 0; x + side <= width; x++) {
      for (let row = 0; row < side; row++) {
        const from = 3 * ((y + row) * width + x)
        patch.set(values.subarray(from, from + 3 * side), 3 * side * row)
      }
      yield patch
    }
  }
}
