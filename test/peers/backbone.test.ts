// Networks that Python wrote gain exits as a user would do it: MobileNetV2 as a SavedModel of Keras, residual blocks as
// ONNX. Two epochs, then calibration and answers, by the command line alone. Needs Python with TensorFlow, so it runs
// when it is named: `npm run test:peers`.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { ProbeFormat } from '../../src/serving/engine/open-probe.ts'
import { runCli, tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'
import { tensorflowPackages } from '../helpers/python-peer.ts'
import { readPiece, runPieces } from '../helpers/run-pieces.ts'
import { drawTrainingSet } from '../helpers/training-set.ts'

const run = promisify(execFile)
const tiers = ['edge', 'fog', 'cloud']
let photos = ''

interface PythonEnv {
  readonly ensurePythonEnv: (packages: readonly string[]) => Promise<string>
}

interface Form {
  readonly form: string
  readonly packages: readonly string[]
  readonly pieces: ProbeFormat
  readonly pixels: string
  readonly side: number
}

const forms: readonly Form[] = [
  {
    form: 'keras',
    packages: tensorflowPackages,
    pieces: 'tfjs-graph',
    pixels: 'signed',
    side: 96,
  },
  {
    form: 'onnx',
    packages: ['onnx==1.18.0', 'onnxruntime==1.22.1'],
    pieces: 'onnx',
    pixels: 'imagenet',
    side: 64,
  },
]

before(async () => {
  const counts = { daisy: 24, dandelion: 24, roses: 24, sunflowers: 24, tulips: 24 }
  photos = await drawTrainingSet(join(tempFolder(), 'photos'), counts)
})

async function writeNetwork(form: string, packages: readonly string[]): Promise<string> {
  const url = pathToFileURL(repoPath('scripts', 'python-env.mjs')).href
  const { ensurePythonEnv } = (await import(url)) as PythonEnv
  const python = await ensurePythonEnv(packages)
  const folder = join(tempFolder(), form)
  await run(python, [repoPath('test', 'e2e', 'peers', 'backbones.py'), form, folder])
  return folder
}

async function ddnn(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(args)
  assert.equal(code, 0, `${args.join(' ')}\n${stderr}`)
  return stdout
}

for (const { form, packages, pieces, pixels, side } of forms) {
  describe(`a network of ${form}`, () => {
    let network = ''
    let family = ''

    before(async () => {
      network = await writeNetwork(form, packages)
      family = join(tempFolder(), 'family')
      const flags = ['--backbone', join(network, 'model'), '--backbone-pixels', pixels]
      await ddnn(...['train', photos, ...flags, '--keep-classifier', '-e', '2', '-o', family])
    })

    test('gains an exit for the edge, the fog and the cloud', async () => {
      for (const [index, tier] of tiers.entries()) {
        const manifest = await readPiece(join(family, tier))
        assert.deepEqual(manifest.place, { index, count: 3 })
        if (index === 0) assert.deepEqual(manifest.input, [side, side, 3])
      }
    })

    test('answers at its last exit as it did before it was cut', async () => {
      const text = await readFile(join(network, 'answers.json'), 'utf8')
      const golden = JSON.parse(text) as { shape: number[]; answers: number[] }
      const length = golden.shape.reduce((product, axis) => product * axis, 1)
      const image = Float32Array.from({ length }, (_, i) => ((i * 7919) % 997) / 997)
      const folders = tiers.map((tier) => join(family, tier))
      const logits = await runPieces(folders, pieces, image, golden.shape)
      const largest = Math.max(...golden.answers.map(Math.abs))
      for (const [i, value] of (logits[2] ?? []).entries()) {
        const off = Math.abs(value - (golden.answers[i] as number))
        assert.ok(off < 1e-4 * Math.max(1, largest), `${value} ${golden.answers[i]}`)
      }
    })

    test('is calibrated, measured and serves', async () => {
      const models = ['--models', join(family, 'model')]
      await ddnn(...['calibrate', '-i', photos, ...models, '--exit-rate', '0.4,0.8'])
      assert.ok((await readPiece(join(family, 'edge'))).calibration !== undefined)
      const measured = await ddnn('evaluate', '-i', photos, ...models)
      assert.match(measured, /the cascade/)
      const answered = await ddnn('classify', join(photos, 'roses'), ...models)
      assert.equal(answered.match(/roses[/\\]\d+\.jpg/g)?.length, 24)
    })
  })
}
