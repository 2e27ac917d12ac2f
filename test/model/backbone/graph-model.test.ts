// tfjs graph models as converters write them: what TensorFlow's optimizer put together is computed all the same.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { imageOf, openForTest, runInPieces } from '../../helpers/backbone-models.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { assertClose } from '../../helpers/close.ts'

const side = 4
const shape = [side, side, 3]
const kernel = [0.5, -1, 2, 1.5, -0.5, -2]
const bias = [0.3, -0.2]

const texts = (values: readonly string[]) => ({
  list: { s: values.map((value) => Buffer.from(value).toString('base64')) },
})

/** Of one convolution of 1x1 with this activation in it, and the average over its places. */
async function writeGraph(activation: string): Promise<string> {
  const folder = tempFolder()
  await mkdir(folder, { recursive: true })
  const sizes = [-1, ...shape].map((size) => ({ size: String(size) }))
  const type = { type: 'DT_FLOAT' }
  const attr = {
    T: type,
    num_args: { i: '1' },
    strides: { list: { i: ['1', '1', '1', '1'] } },
    padding: { s: Buffer.from('SAME').toString('base64') },
    fused_ops: texts(['BiasAdd', activation]),
  }
  const weights = [
    { name: 'kernel', shape: [1, 1, 3, 2], dtype: 'float32' },
    { name: 'bias', shape: [2], dtype: 'float32' },
    { name: 'places', shape: [2], dtype: 'int32' },
  ]
  const node = [
    { name: 'image', op: 'Placeholder', attr: { dtype: type, shape: { shape: { dim: sizes } } } },
    ...weights.map(({ name, dtype }) => ({
      name,
      op: 'Const',
      attr: { dtype: dtype === 'int32' ? { type: 'DT_INT32' } : type },
    })),
    { name: 'conv', op: '_FusedConv2D', input: ['image', 'kernel', 'bias'], attr },
    { name: 'average', op: 'Mean', input: ['conv', 'places'], attr: { keep_dims: { b: false } } },
  ]
  const values = [Float32Array.from(kernel), Float32Array.from(bias), Int32Array.of(1, 2)]
  const bytes = values.map(({ buffer }) => Buffer.from(buffer))
  await writeFile(join(folder, 'weights.bin'), Buffer.concat(bytes))
  const manifest = [{ paths: ['weights.bin'], weights }]
  const json = { format: 'graph-model', modelTopology: { node }, weightsManifest: manifest }
  await writeFile(join(folder, 'model.json'), JSON.stringify(json))
  return folder
}

for (const [activation, compute] of [
  ['_FusedHardSwish', (x: number) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6],
  ['Tanh', Math.tanh],
  ['Relu', (x: number) => Math.max(x, 0)],
] as const) {
  test(`a convolution with ${activation} in it`, async () => {
    const backbone = await openForTest(await writeGraph(activation))
    const image = imageOf(shape, 1).map((value) => 8 * value - 4)
    const wanted = bias.map((start, unit) => {
      let sum = 0
      for (let at = 0; at < image.length; at += 3) {
        const product = [0, 1, 2].map(
          (c) => (image[at + c] as number) * (kernel[2 * c + unit] ?? 0),
        )
        sum += compute(start + product.reduce((a, b) => a + b))
      }
      return sum / side ** 2
    })
    assert.equal(backbone.cutAt('conv').name, 'conv')
    assertClose(await runInPieces(backbone, ['conv'], image, shape), wanted, 1e-5, activation)
  })
}
