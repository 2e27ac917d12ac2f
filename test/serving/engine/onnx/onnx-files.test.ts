// ONNX files as users have them, written by Python's onnx with the answers of its reference implementation:
// channels first and last, sizes and batches open or fixed, every type of number, weights beside the file; and
// files that do not load, each named.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { SubmodelSpec } from '../../../../src/domain/submodel.ts'
import type { LoadedModel } from '../../../../src/serving/engine/host/runtime.ts'
import { loadOnnxRuntime } from '../../../../src/serving/engine/onnx/onnx-runtime.ts'
import { readModelFolder } from '../../../../src/model/folder.ts'
import { tempFolder } from '../../../helpers/cli.ts'
import { assertClose } from '../../../helpers/close.ts'
import { repoPath } from '../../../helpers/paths.ts'

type Rows = readonly (readonly number[])[]

const runtime = loadOnnxRuntime()
const options = { batchSizes: [1, 4], threads: 1, workers: 1 }
let folder = ''
let inputs: Readonly<Record<'images' | 'pixels', Rows>>
let answers: Readonly<Record<string, { readonly features: Rows; readonly exit: Rows }>>

before(async () => {
  folder = tempFolder()
  const url = pathToFileURL(repoPath('scripts', 'python-env.mjs')).href
  const { ensurePythonEnv } = (await import(url)) as {
    ensurePythonEnv: (packages: readonly string[]) => Promise<string>
  }
  // The environment of export.test.ts, which needs one package more than this file does.
  const packages = ['onnx==1.18.0', 'onnxruntime==1.22.1', 'pillow==11.3.0']
  const script = repoPath('test', 'serving', 'engine', 'onnx', 'make_models.py')
  await promisify(execFile)(await ensurePythonEnv(packages), [script, folder])
  const read = async (file: string): Promise<unknown> =>
    JSON.parse(await readFile(join(folder, file), 'utf8'))
  inputs = (await read('inputs.json')) as typeof inputs
  answers = (await read('answers.json')) as typeof answers
})

async function specOf(name: string, said: Partial<SubmodelSpec> = {}): Promise<SubmodelSpec> {
  const [spec] = await readModelFolder(join(folder, name))
  assert.equal(spec?.format, 'onnx')
  return { ...spec, ...said }
}

/** Loads, uses, frees: nothing is left. */
async function withModel(
  spec: SubmodelSpec,
  use: (model: LoadedModel) => Promise<void>,
): Promise<void> {
  const before = runtime.memory()
  const model = await runtime.load(spec, options)
  try {
    await use(model)
  } finally {
    model.dispose()
  }
  assert.deepEqual(runtime.memory(), before)
}

/** Each sample alone and all of them at once, against the reference. */
async function assertAsReference(
  model: LoadedModel,
  samples: Rows,
  wanted: { readonly features: Rows; readonly exit: Rows },
  tolerance: number,
): Promise<void> {
  for (const [k, sample] of samples.entries()) {
    const { features, exits } = await model.run(Float32Array.from(sample), 1)
    assertClose(features ?? [], wanted.features[k] ?? [], tolerance, `features of ${k}`)
    assertClose(exits[0] ?? [], wanted.exit[k] ?? [], tolerance, `exit of ${k}`)
  }
  const all = await model.run(Float32Array.from(samples.flat()), samples.length)
  assertClose(all.features ?? [], wanted.features.flat(), tolerance, 'features of all')
  assertClose(all.exits[0] ?? [], wanted.exit.flat(), tolerance, 'exits of all')
}

describe('files that load', () => {
  const pixels = { preprocessing: { height: 16, width: 16, scale: 1 } }
  for (const [name, said, tolerance] of [
    ['channels-first', {}, 1e-5],
    ['channels-last', {}, 1e-5],
    ['batch-1', {}, 1e-5],
    ['batch-4', {}, 1e-5],
    ['open-size', { input: [16, 16, 3] }, 1e-5],
    ['float16', {}, 1e-2],
    ['float64-ends', {}, 1e-5],
    ['uint8', pixels, 1e-5],
    ['int64', pixels, 1e-5],
    ['external', {}, 1e-5],
    ['several-outputs', { outputs: ['features', 'exit'] }, 1e-5],
    // Labels of integers beside them are nobody's.
    ['several-outputs', {}, 1e-5],
  ] as const) {
    test(`${name}: images come with their channels last, answers are the reference's`, async () => {
      await withModel(await specOf(name, said), async (model) => {
        const { input, features, exits } = model.shapes
        assert.deepEqual(
          { input, features, exits },
          { input: [16, 16, 3], features: [4, 8, 8], exits: [5] },
        )
        const samples = said === pixels ? inputs.pixels : inputs.images
        const wanted = answers[name]
        assert.ok(wanted)
        await assertAsReference(model, samples, wanted, tolerance)
      })
    })
  }

  test('images of one channel are turned as well, where the manifest says that they come so', async () => {
    await withModel(await specOf('grey', { input: [16, 16, 1] }), async (model) => {
      assert.deepEqual(model.shapes.input, [16, 16, 1])
      const wanted = answers['grey']
      assert.ok(wanted)
      const samples = inputs.images.map((image) => image.filter((_, i) => i % 3 === 0))
      await assertAsReference(model, samples, wanted, 1e-5)
    })
  })

  test('the manifest decides: what it says to be the input, and what stands behind another submodel', async () => {
    // As the file has it: the samples are given with their channels first, and nothing is turned.
    for (const said of [{ input: [3, 16, 16] }, { place: { index: 1, count: 3 } }]) {
      await withModel(await specOf('channels-first', said), async (model) => {
        assert.deepEqual(model.shapes.input, [3, 16, 16])
        const first = inputs.images.map((image) =>
          [0, 1, 2].flatMap((channel) => image.filter((_, i) => i % 3 === channel)),
        )
        const wanted = answers['channels-first']
        assert.ok(wanted)
        await assertAsReference(model, first, wanted, 1e-5)
      })
    }
  })

  test('passes that overlap keep to their own inputs', async () => {
    await withModel(await specOf('channels-first'), async (model) => {
      const runs = await Promise.all(
        inputs.images.map((image) => model.run(Float32Array.from(image), 1)),
      )
      for (const [k, { exits }] of runs.entries()) {
        assertClose(exits[0] ?? [], answers['channels-first']?.exit[k] ?? [], 1e-5, `sample ${k}`)
      }
    })
  })

  test('threads are measured where nobody says how many, and the log gets the times', async () => {
    const spec = await specOf('channels-first')
    const model = await runtime.load(spec, { ...options, threads: undefined })
    const { threads = 0, note } = model
    model.dispose()
    assert.ok(threads >= 1)
    if (note !== undefined) {
      assert.match(
        note,
        /^\d+ threads? \(1: [\d.]+ \/ [\d.]+ ms, 2: [\d.]+ \/ [\d.]+ ms.* at batch 1 \/ \d+\)$/,
      )
    }
    const alone = await runtime.load(spec, { ...options, threads: undefined, workers: 1000 })
    assert.deepEqual([alone.threads, alone.note], [1, undefined])
    alone.dispose()
    assert.deepEqual(runtime.memory(), { tensors: 0, bytes: 0 })
  })
})

describe('files that do not', () => {
  for (const [name, code, message, hint] of [
    ['cut', 'DDNN_MODEL_DAMAGED', /cut short, or no ONNX model/, /Copy the file again/],
    ['text', 'DDNN_MODEL_DAMAGED', /cut short, or no ONNX model/, /Copy the file again/],
    ['external-gone', 'DDNN_MODEL_DAMAGED', /no weights in '.*model\.onnx\.data'/, /beside it/],
    ['external-cut', 'DDNN_MODEL_DAMAGED', /weights beside it that are cut short/, /beside it/],
    ['opset', 'DDNN_ENGINE_UNAVAILABLE', /opset 99, where onnxruntime knows \d+/, /opset_version/],
    ['ir', 'DDNN_ENGINE_UNAVAILABLE', /IR version 99, where onnxruntime knows \d+/, /ir_version/],
    ['operation', 'DDNN_ENGINE_UNAVAILABLE', /operation Wavelet/, /domain ai\.onnx/],
    ['domain', 'DDNN_ENGINE_UNAVAILABLE', /operation com\.example:Conv/, /domain ai\.onnx/],
    ['float64', 'DDNN_ENGINE_UNAVAILABLE', /operation Conv in a type/, /float32/],
    ['two-inputs', 'DDNN_MODEL_DAMAGED', /one input, got 2 \(images, mask\)/, /one input/],
    ['odd-weights', 'DDNN_MODEL_DAMAGED', /Dimension mismatch/, /Copy the file again/],
    ['no-rows', 'DDNN_MODEL_DAMAGED', /output sum .* a row a sample/, /docs\/models\.md/],
    ['maps', 'DDNN_MODEL_DAMAGED', /'classes' .* to be a tensor/, /zipmap=False/],
    ['uint8', 'DDNN_MODEL_DAMAGED', /got uint8/, /"scale": 1/],
    ['open-size', 'DDNN_MODEL_DAMAGED', /input of fixed size, got \?x\?x3/, /"input"/],
  ] as const) {
    test(`${name} is named, with what to do`, async () => {
      const spec = await specOf(name)
      await assert.rejects(
        runtime.load(spec, options),
        (error: Error & { code: string; hint: string }) => {
          assert.equal(error.code, code, error.message)
          assert.ok(error.message.includes(spec.folder), error.message)
          assert.match(error.message, message)
          assert.doesNotMatch(error.message, /onnxruntime_src|Status Message/)
          assert.match(error.hint, hint)
          return true
        },
      )
      assert.deepEqual(runtime.memory(), { tensors: 0, bytes: 0 })
    })
  }

  for (const [name, code, message] of [
    ['empty', 'DDNN_MODEL_DAMAGED', /model\.onnx', got 0 bytes/],
    ['pointer', 'DDNN_MODEL_DAMAGED', /got a Git LFS pointer/],
    ['two-files', 'DDNN_MODEL_MISSING', /one \.onnx file in .*got a\.onnx, b\.onnx/],
  ] as const) {
    test(`${name} is named before any engine starts`, async () => {
      await assert.rejects(readModelFolder(join(folder, name)), { code, message })
    })
  }
})
