// Models as files: saved and loaded again, in float32 and in float16.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type * as core from '@tensorflow/tfjs-core'
import { fc } from '../helpers/property.ts'
import { float16Bits } from '../../src/domain/float16.ts'
import { modelFiles } from '../../src/model/weights.ts'

const require = createRequire(import.meta.url)
const tf = require('@tensorflow/tfjs-core') as typeof core

/** Widens as tfjs does: it is what reads these bits. */
function widen(bits: number): number {
  const encoded = Uint16Array.of(bits).buffer
  const decoded = tf.io.decodeWeights(encoded, [
    { name: 'w', shape: [1], dtype: 'float32', quantization: { dtype: 'float16' } },
  ])
  const value = (decoded['w'] as core.Tensor).dataSync()[0] as number
  tf.dispose(decoded)
  return value
}

test('every float16 there is comes back as it was', async () => {
  require('@tensorflow/tfjs-backend-cpu')
  await tf.ready()
  for (let bits = 0; bits < 0x10000; bits += 7) {
    const value = widen(bits)
    if (Number.isNaN(value)) assert.ok((float16Bits(value) & 0x7fff) > 0x7c00)
    else assert.equal(float16Bits(value), bits, `bits ${bits.toString(16)}`)
  }
})

test('a value becomes the nearest float16', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, min: -65504, max: 65504 }), (value) => {
      const bits = float16Bits(value)
      const error = Math.abs(widen(bits) - value)
      // Half the distance to its neighbours: 2^-11 of it, and at least half of 2^-24.
      assert.ok(error <= Math.max(Math.abs(value) * 2 ** -11, 2 ** -25))
    }),
    { seed: 16 },
  )
  for (const [value, bits] of [
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65520, 0x7c00],
    [Infinity, 0x7c00],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [3 * 2 ** -25, 2],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [-0, 0x8000],
  ] as const) {
    assert.equal(float16Bits(value), bits, String(value))
  }
})

test('a model that was saved is loaded with the same weights, in half the bytes as float16', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ddnn-weights-'))
  const values = Float32Array.from({ length: 64 }, (_, i) => (i - 31) / 64)
  const artifacts: core.io.ModelArtifacts = {
    format: 'layers-model',
    modelTopology: { model_config: {} },
    weightSpecs: [
      { name: 'a/kernel', shape: [4, 8], dtype: 'float32' },
      { name: 'b/kernel', shape: [32], dtype: 'float32' },
    ],
    weightData: [values.slice(0, 32).buffer, values.slice(32).buffer],
  }
  for (const weights of ['float32', 'float16'] as const) {
    const target = join(folder, weights)
    await modelFiles(target, { weights }).save?.(artifacts)
    assert.deepEqual((await readdir(target)).sort(), ['model.json', 'weights.bin'])
    const bytes = weights === 'float32' ? 256 : 128
    assert.equal((await stat(join(target, 'weights.bin'))).size, bytes)
    const loaded = await modelFiles(target).load?.()
    assert.deepEqual(loaded?.modelTopology, artifacts.modelTopology)
    const decoded = tf.io.decodeWeights(
      loaded?.weightData as ArrayBuffer,
      loaded?.weightSpecs ?? [],
    )
    const all = Object.values(decoded).flatMap((tensor) => [...tensor.dataSync()])
    assert.deepEqual(all, [...values], 'these values are exact in both')
    tf.dispose(decoded)
  }
  await rm(folder, { recursive: true })
})
