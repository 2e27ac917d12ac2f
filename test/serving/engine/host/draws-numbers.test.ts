// A graph that draws random numbers while it serves, as Keras' export() leaves RandomFlip, is told from one that
// has such operations and gives the same each time.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readModelFolder } from '../../../../src/model/folder.ts'
import { drawsNumbers } from '../../../../src/serving/engine/host/draws-numbers.ts'
import type { Passes } from '../../../../src/serving/engine/host/wave.ts'
import { loadTfjsWasm } from '../../../../src/serving/engine/tfjs/tfjs-wasm.ts'
import { tempFolder } from '../../../helpers/cli.ts'

const float = { type: 'DT_FLOAT' }

/** Means of the pixels of an image, and the node that is given: `noisy` ones, or `plain`. */
function graphOf(last: string) {
  const dim = ['-1', '8', '8', '3'].map((size) => ({ size }))
  const ofType = { T: float }
  const constant = (name: string) => ({
    name,
    op: 'Const',
    attr: { dtype: { type: 'DT_INT32' } },
  })
  return {
    format: 'graph-model',
    modelTopology: {
      versions: { producer: 1 },
      node: [
        { name: 'x', op: 'Placeholder', attr: { dtype: float, shape: { shape: { dim } } } },
        constant('axes'),
        {
          name: 'means',
          op: 'Mean',
          input: ['x', 'axes'],
          attr: { ...ofType, keep_dims: { b: false } },
        },
        { name: 'shape', op: 'Shape', input: ['means'], attr: { ...ofType } },
        { name: 'noise', op: 'RandomUniform', input: ['shape'], attr: { dtype: float } },
        { name: 'noisy', op: 'AddV2', input: ['means', 'noise'], attr: ofType },
        { name: 'plain', op: 'AddV2', input: ['means', 'means'], attr: ofType },
        { name: 'out', op: 'Identity', input: [last], attr: ofType },
      ],
    },
    signature: {
      inputs: { x: { name: 'x:0', dtype: 'DT_FLOAT', tensorShape: { dim } } },
      outputs: { out: { name: 'out:0', dtype: 'DT_FLOAT' } },
    },
    weightsManifest: [
      { paths: ['weights.bin'], weights: [{ name: 'axes', shape: [2], dtype: 'int32' }] },
    ],
  }
}

for (const [last, isRandom] of [
  ['noisy', true],
  ['plain', undefined],
] as const) {
  test(`a graph that ${isRandom ? 'draws numbers' : 'draws none, though it could,'} is known`, async () => {
    const folder = join(tempFolder(), last)
    await mkdir(folder)
    await writeFile(join(folder, 'model.json'), JSON.stringify(graphOf(last)))
    await writeFile(join(folder, 'weights.bin'), Buffer.from(Int32Array.of(1, 2).buffer))
    const [spec] = await readModelFolder(folder)
    assert.ok(spec)
    const runtime = await loadTfjsWasm()
    const model = await runtime.load(spec, { batchSizes: [1], threads: 1, workers: 1 })
    assert.equal(model.shapes.isRandom, isRandom)
    model.dispose()
    assert.equal(runtime.memory().tensors, 0)
  })
}

describe('a look that a warning hangs on', () => {
  const input = [4, 4, 3]
  const ofDtype = (inputDtype: string, run: Passes['run']) =>
    drawsNumbers({ input, inputDtype, run }, () => Promise.resolve(true))

  test('fails no load: where files or a pass cannot be had, no numbers are drawn', async () => {
    const fail = () => Promise.reject(new Error('out of memory'))
    assert.equal(await ofDtype('float32', fail), false)
    const passes = { input, inputDtype: 'float32', run: fail }
    assert.equal(await drawsNumbers(passes, fail), false)
  })

  test('gives models of integers pixels, and all copies alike', async () => {
    const seen: number[] = []
    const isRandom = await ofDtype('uint8', (samples, count) => {
      seen.push(...samples)
      const sums = Array.from({ length: count }, (_, i) =>
        samples.slice(48 * i, 48 * i + 48).reduce((sum, value) => sum + value, 0),
      )
      return Promise.resolve([
        { shape: [count, 1], dtype: 'float32', values: Float32Array.from(sums) },
      ])
    })
    assert.equal(isRandom, false)
    assert.ok(seen.every((value) => Number.isInteger(value) && value >= 0 && value <= 255))
    assert.ok(new Set(seen).size > 10)
  })
})
