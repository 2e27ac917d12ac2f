// Weights that are no numbers are named where a model's files are read: file, tensor and place.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { float16Bits } from '../../src/domain/float16.ts'
import type { ModelError } from '../../src/errors.ts'
import { readWeights } from '../../src/model/onnx/weight-store.ts'
import { modelFiles, readModelJson } from '../../src/model/weights.ts'
import { tempFolder } from '../helpers/cli.ts'

interface Stored {
  readonly format: string
  readonly dtype: 'float32' | 'float16'
  /** Of two tensors of two, the second across two files. */
  readonly values: readonly number[]
  /** Of two tensors of two, where nothing is said. */
  readonly shapes?: readonly (readonly number[])[]
}

async function write({ format, dtype, values, shapes = [[2], [2]] }: Stored): Promise<string> {
  const folder = tempFolder()
  await mkdir(folder, { recursive: true })
  const isHalf = dtype === 'float16'
  const quantization = isHalf ? { quantization: { dtype, original_dtype: 'float32' } } : {}
  const weights = ['a/kernel', 'b/kernel'].map((name, i) => {
    return { name, shape: shapes[i], dtype: 'float32', ...quantization }
  })
  const stored = isHalf ? Uint16Array.from(values, float16Bits) : Float32Array.from(values)
  const bytes = Buffer.from(stored.buffer)
  const cut = bytes.length * 0.75
  await writeFile(join(folder, 'one.bin'), bytes.subarray(0, cut))
  await writeFile(join(folder, 'two.bin'), bytes.subarray(cut))
  const manifest = [{ paths: ['one.bin', 'two.bin'], weights }]
  const json = { format, modelTopology: { node: [] }, weightsManifest: manifest }
  await writeFile(join(folder, 'model.json'), JSON.stringify(json))
  return folder
}

for (const dtype of ['float32', 'float16'] as const) {
  for (const [value, said] of [
    [Number.NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
  ] as const) {
    test(`${said} among ${dtype} of a layers model is refused, for tfjs and for onnxruntime`, async () => {
      const folder = await write({ format: 'layers-model', dtype, values: [1, 2, 3, value] })
      const isNamed = (error: ModelError) => {
        const got = `got ${said} at 1 of 'b/kernel'`
        assert.equal(error.code, 'DDNN_MODEL_DAMAGED')
        assert.equal(
          error.message,
          `Expected finite weights in '${join(folder, 'two.bin')}', ${got}`,
        )
        return true
      }
      await assert.rejects(async () => modelFiles(folder).load?.(), isNamed)
      await assert.rejects(async () => readWeights(folder, await readModelJson(folder)), isNamed)
    })
  }

  test(`infinities among ${dtype} of a graph mask, NaN is refused all the same`, async () => {
    const ofGraph = (values: readonly number[]) => write({ format: 'graph-model', dtype, values })
    const masks = await ofGraph([1, -Infinity, Infinity, 0])
    assert.ok(await modelFiles(masks).load?.())
    const spoilt = await ofGraph([1, -Infinity, Infinity, Number.NaN])
    await assert.rejects(async () => modelFiles(spoilt).load?.(), /NaN at 1 of 'b\/kernel'/)
  })
}

test('a graph may have NaN as a scalar that masks, a layers model may not', async () => {
  const ofScalar = (format: string, shape: readonly number[]) =>
    write({ format, dtype: 'float32', values: [1, 2, 3, Number.NaN], shapes: [[3], shape] })
  assert.ok(await modelFiles(await ofScalar('graph-model', [])).load?.())
  for (const [format, shape] of [
    ['graph-model', [1]],
    ['layers-model', []],
  ] as const) {
    const folder = await ofScalar(format, shape)
    await assert.rejects(async () => modelFiles(folder).load?.(), /NaN at 0 of 'b\/kernel'/)
  }
})

test('weights of two files are one after another', async () => {
  for (const format of ['graph-model', 'layers-model']) {
    const folder = await write({ format, dtype: 'float32', values: [1, 2, 3, 4] })
    const artifacts = await modelFiles(folder).load?.()
    assert.deepEqual([...new Float32Array(artifacts?.weightData as ArrayBuffer)], [1, 2, 3, 4])
  }
})
