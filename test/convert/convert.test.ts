// docs/examples/to_tfjs.py in an environment made as docs/models.md says and by nothing else: what it writes
// of Keras files and SavedModels loads on wasm and tfjs-node, and gives what Keras gives. Run by
// `npm run test:convert`: it installs TensorFlow.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Shape } from '../../src/domain/tensor.ts'
import { sizeOf } from '../../src/domain/tensor.ts'
import { readModelFolder } from '../../src/model/folder.ts'
import { loadTfjsNode } from '../../src/serving/engine/tfjs/tfjs-node.ts'
import { loadTfjsWasm } from '../../src/serving/engine/tfjs/tfjs-wasm.ts'
import { tempFolder } from '../helpers/cli.ts'
import { assertClose } from '../helpers/close.ts'
import { repoPath } from '../helpers/paths.ts'

interface Answer {
  readonly shape: Shape
  readonly outputs: readonly (readonly number[])[]
}

const run = promisify(execFile)
const runtimes = [loadTfjsNode(), await loadTfjsWasm()]
let python = ''
let folder = ''
let answers: Readonly<Record<string, Answer>> = {}

before(async () => {
  const docs = await readFile(repoPath('docs', 'models.md'), 'utf8')
  const [, packages = ''] = /^pip install (tensorflow==\S+ keras==\S+)$/m.exec(docs) ?? []
  assert.notEqual(packages, '', 'docs/models.md says what to install')
  const url = pathToFileURL(repoPath('scripts', 'python-env.mjs')).href
  const { ensurePythonEnv } = (await import(url)) as {
    ensurePythonEnv: (packages: readonly string[]) => Promise<string>
  }
  python = await ensurePythonEnv(packages.split(' '))
  folder = tempFolder()
  await run(python, [repoPath('test', 'convert', 'make_models.py'), folder])
  answers = JSON.parse(await readFile(join(folder, 'answers.json'), 'utf8')) as typeof answers
})

const files = [
  ...['functional.h5', 'functional.keras', 'augmented.keras', 'images.h5'],
  ...['nested', 'activations', 'arithmetic', 'resized'],
]

for (const file of files) {
  test(`${file} is converted, and gives what Keras gives`, async () => {
    const target = join(folder, `tfjs-${file}`)
    const script = repoPath('docs', 'examples', 'to_tfjs.py')
    await run(python, [script, join(folder, file), target])
    const [spec] = await readModelFolder(target)
    const answer = answers[file]
    assert.ok(spec)
    assert.ok(answer)
    const samples = Float32Array.from(
      { length: 2 * sizeOf(answer.shape) },
      (_, i) => 0.5 + 0.5 * Math.sin(1.7 * i + 0.3),
    )
    for (const runtime of runtimes) {
      const model = await runtime.load(spec, { batchSizes: [1], threads: 1, workers: 1 })
      const { exits } = await model.run(samples, 2)
      model.dispose()
      assert.equal(exits.length, answer.outputs.length)
      for (const [i, exit] of exits.entries()) {
        assertClose(exit, answer.outputs[i] ?? [], 1e-4, `${runtime.description}: output ${i}`)
      }
    }
  })
}
