// Small training sets on disk, and what a training run needs around it.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drawFlower, labels } from '../../src/input/drawn-flowers.ts'
import type { TrainContext } from '../../src/lab/training/train.ts'

/** DIR/LABEL/0.jpg and so on, drawn flowers of 64 x 64; a label that is no flower is drawn as a daisy. */
export async function drawTrainingSet(
  folder: string,
  counts: Readonly<Record<string, number>>,
): Promise<string> {
  for (const [label, count] of Object.entries(counts)) {
    await mkdir(join(folder, label), { recursive: true })
    const flower = labels.includes(label) ? label : 'daisy'
    for (let i = 0; i < count; i++) {
      const bytes = await drawFlower({ label: flower, difficulty: i / 100, seed: i, size: 64 })
      await writeFile(join(folder, label, `${i}.jpg`), bytes)
    }
  }
  return folder
}

export const cifarLabels = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ')

/** CIFAR-10's binary layout: five batches of `records` each, and a test batch that no training may read. */
export async function writeCifar10(folder: string, records: number): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (let batch = 1; batch <= 5; batch++) {
    const bytes = new Uint8Array(3073 * records)
    for (let i = 0; i < records; i++) {
      bytes[3073 * i] = i % 10
      // Red tells the label, green the batch, blue the record.
      bytes.fill(20 * (i % 10), 3073 * i + 1, 3073 * i + 1025)
      bytes.fill(50 * batch, 3073 * i + 1025, 3073 * i + 2049)
      bytes.fill(i, 3073 * i + 2049, 3073 * (i + 1))
    }
    await writeFile(join(folder, `data_batch_${batch}.bin`), bytes)
  }
  await writeFile(join(folder, 'batches.meta.txt'), `${cifarLabels.join('\n')}\n`)
  await writeFile(join(folder, 'test_batch.bin'), 'no records')
  return folder
}

/** A log that says nothing. */
export const quietLog: TrainContext['log'] = { info: () => undefined, warn: () => undefined }

const tinyNetwork = `
export function createNetwork(tf, { classes, seed }) {
  const init = (n) => tf.initializers.heNormal({ seed: seed + n })
  const conv = tf.layers.conv2d({ name: 'conv', filters: 8, kernelSize: 3, strides: 2, kernelInitializer: init(1) })
  const norm = tf.layers.batchNormalization({ name: 'norm' })
  const pool = tf.layers.globalAveragePooling2d({ name: 'pool' })
  const early = tf.layers.dense({ name: 'early_exit', units: classes, kernelInitializer: init(2) })
  const flatten = tf.layers.flatten({ name: 'flatten' })
  const drop = tf.layers.dropout({ name: 'drop', rate: 0.5 })
  const late = tf.layers.dense({ name: 'late_exit', units: classes, kernelInitializer: init(3) })
  return {
    parts: [
      { name: 'near', apply: (x) => {
        const features = norm.apply(conv.apply(x))
        return { features, exits: [early.apply(pool.apply(features))] }
      } },
      { name: 'far', apply: (x) => ({ features: null, exits: [late.apply(drop.apply(flatten.apply(x)))] }) },
    ],
    recipe: { learningRate: 0.01, mixup: 0.2, augmentation: { crop: [0.7, 1], mirror: true }, averageDecay: 0.9 },
  }
}`

/** A model module of two exits, with batch normalisation and dropout; a step takes milliseconds. */
export async function writeTinyNetwork(folder: string): Promise<string> {
  const file = join(folder, 'tiny-network.mjs')
  await writeFile(file, tinyNetwork)
  return file
}

/** The same behind a layer that whitens, with all that a recipe can say of the course of a run. */
export async function writeFullNetwork(folder: string): Promise<string> {
  const file = join(folder, 'full-network.mjs')
  const white = `const white = tf.layers.conv2d({ name: 'white', filters: 6, kernelSize: 2, useBias: false, trainable: false })
  return {
    whitening: 'white',`
  const recipe = `recipe: {
      phases: [{ share: 1, lossWeights: [0, 1] }, { share: 2, learningRate: 0.005 }],
      freeze: { conv: 0.6 }, featureCodec: 'int4', distillation: 0.5,`
  const text = tinyNetwork
    .replace('return {', white)
    .replace('conv.apply(x)', 'conv.apply(white.apply(x))')
    .replace('recipe: {', recipe)
    .replace('mirror: true', "mirror: 'alternate'")
  await writeFile(file, text)
  return file
}
