// Layers models that tensorflowjs wrote of Keras 3: every engine gives what Keras itself gave, or names the
// layer that it does not have. The files are those of test/golden/keras3/make.py.
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { sizeOf, type Shape } from '../../../src/domain/tensor.ts'
import type { ModelError } from '../../../src/errors.ts'
import { readModelFolder } from '../../../src/model/folder.ts'
import type { Runtime } from '../../../src/serving/engine/host/runtime.ts'
import { loadOnnxRuntime } from '../../../src/serving/engine/onnx/onnx-runtime.ts'
import { loadTfjsNode } from '../../../src/serving/engine/tfjs/tfjs-node.ts'
import { loadTfjsWasm } from '../../../src/serving/engine/tfjs/tfjs-wasm.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { assertClose } from '../../helpers/close.ts'
import { repoPath } from '../../helpers/paths.ts'

interface Golden {
  readonly model: object
  readonly weights: string
  readonly shape: Shape
  readonly outputs: readonly (readonly number[])[]
}

const runtimes: Readonly<Record<string, Runtime>> = {
  onnx: loadOnnxRuntime(),
  tensorflow: loadTfjsNode(),
  wasm: await loadTfjsWasm(),
}

/** What tfjs does not have: the layer that it names. */
const refusedByTfjs: Readonly<Record<string, RegExp>> = {
  images: /Rescaling with a list of numbers/,
  resized: /UpSampling2D with bilinear interpolation of Keras/,
  grouped: /Conv2D with groups/,
}

const networks = [
  ...['functional', 'augmented', 'nested', 'activations', 'arithmetic'],
  ...['images', 'resized', 'grouped', 'half'],
]

/** sin(1.7 i + 0.3) as the script has it, in [0, 1]. */
function inputOf(shape: Shape): Float32Array {
  return Float32Array.from(
    { length: 2 * sizeOf(shape) },
    (_, i) => 0.5 + 0.5 * Math.sin(1.7 * i + 0.3),
  )
}

async function prepare(
  name: string,
): Promise<{ readonly folder: string; readonly golden: Golden }> {
  const file = repoPath('test', 'golden', 'keras3', `${name}.json`)
  const golden = JSON.parse(await readFile(file, 'utf8')) as Golden
  const folder = join(tempFolder(), name)
  await mkdir(folder)
  await writeFile(join(folder, 'model.json'), JSON.stringify(golden.model))
  await writeFile(join(folder, 'weights.bin'), Buffer.from(golden.weights, 'base64'))
  return { folder, golden }
}

for (const [engine, runtime] of Object.entries(runtimes)) {
  describe(`layers models of Keras 3 on ${engine}`, () => {
    after(() => assert.equal(runtime.memory().tensors, 0))
    for (const network of networks) {
      for (const form of ['h5', 'keras']) {
        const refusal = engine === 'onnx' ? undefined : refusedByTfjs[network]
        const what = refusal === undefined ? 'gives what Keras gave' : 'is refused by the layer'
        test(`${network}, from a .${form} file, ${what}`, async () => {
          const { folder, golden } = await prepare(`${network}-${form}`)
          const [spec] = await readModelFolder(folder)
          assert.ok(spec)
          const loading = runtime.load(spec, { batchSizes: [1], threads: 1, workers: 1 })
          if (refusal !== undefined) {
            await assert.rejects(loading, (error: ModelError) => {
              assert.equal(error.code, 'DDNN_ENGINE_UNAVAILABLE')
              assert.match(error.message, refusal)
              return true
            })
            return
          }
          const model = await loading
          try {
            assert.deepEqual(model.shapes.input, golden.shape)
            const { exits } = await model.run(inputOf(golden.shape), 2)
            assert.equal(exits.length, golden.outputs.length)
            for (const [i, exit] of exits.entries()) {
              assertClose(
                exit,
                golden.outputs[i] ?? [],
                network === 'half' ? 1e-2 : 1e-4,
                `output ${i}`,
              )
            }
          } finally {
            model.dispose()
          }
        })
      }
    }
  })
}
