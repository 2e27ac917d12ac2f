// `ddnn export`: what it writes is run by Python's onnxruntime and by ddnn itself, and gives what tfjs gives
// of the layers models; on photos where DDNN_TEST_PHOTOS names a folder of them.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Tensor } from '@tensorflow/tfjs-core'
import { createImageDecoder } from '../../src/input/decode.ts'
import { readCalibrationScores } from '../../src/model/calibration-scores.ts'
import { modelFiles } from '../../src/model/weights.ts'
import { loadTfjsNode } from '../../src/lab/training/tfjs-node.ts'
import { answerOfRow, readCsv, runCli, tempFolder } from '../helpers/cli.ts'
import { labelledImages } from '../helpers/images.ts'
import { repoPath } from '../helpers/paths.ts'

const tf = loadTfjsNode()
const stages = ['edge', 'fog', 'cloud']
const images = 60

interface StageFacts {
  readonly input: { readonly name: string; readonly shape: readonly unknown[] }
  readonly outputs: readonly { readonly name: string; readonly shape: readonly unknown[] }[]
  readonly operations: readonly string[]
  readonly producer: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
}

async function findPython(): Promise<string> {
  const url = pathToFileURL(repoPath('scripts', 'python-env.mjs')).href
  const { ensurePythonEnv } = (await import(url)) as {
    ensurePythonEnv: (packages: readonly string[]) => Promise<string>
  }
  return ensurePythonEnv(['onnx==1.18.0', 'onnxruntime==1.22.1', 'pillow==11.3.0'])
}

async function python(...args: readonly string[]): Promise<string> {
  const child = spawn(await findPython(), args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 0, err)
  return out
}

async function runInPython(
  folder: string,
  input: Float32Array,
): Promise<{ facts: readonly StageFacts[]; output(name: string): Promise<Float32Array> }> {
  const output = tempFolder()
  const file = join(output, 'images.bin')
  await writeFile(file, input)
  const script = repoPath('test', 'e2e', 'peers', 'run_onnx.py')
  const files = stages.map((stage) => join(folder, stage, 'model.onnx'))
  const out = await python(script, file, output, ...files)
  return {
    facts: JSON.parse(out) as StageFacts[],
    output: async (name) => {
      const bytes = await readFile(join(output, `${name}.bin`))
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    },
  }
}

/** Outputs of each submodel, each given the features of the one before; channels last. */
async function runInTfjs(folder: string, input: Float32Array): Promise<readonly Tensor[][]> {
  const all: Tensor[][] = []
  let tensor: Tensor | undefined
  for (const stage of stages) {
    const model = await tf.loadLayersModel(modelFiles(join(folder, stage)))
    tensor ??= tf.tensor(input, [images, ...(model.inputs[0]?.shape.slice(1) as number[])])
    const outputs = [model.predict(tensor, { batchSize: 60 })].flat()
    all.push(outputs)
    tensor = outputs[0]
  }
  return all
}

async function flowers(): Promise<Float32Array> {
  const folder = await labelledImages(images / 5)
  const decode = createImageDecoder()
  const size = 180 * 180 * 3
  const data = new Float32Array(images * size)
  let at = 0
  for (const label of (await readdir(folder)).sort()) {
    for (const name of (await readdir(join(folder, label))).sort()) {
      const bytes = await readFile(join(folder, label, name))
      const pixels = await decode(bytes, 180, 180)
      for (const [i, value] of pixels.entries()) data[at + i] = value / 255
      at += size
    }
  }
  assert.equal(at, data.length)
  return data
}

/** Images of CIFAR's size, smooth in parts and noisy in others, as those of cameras are. */
function smallImages(): Float32Array {
  let state = 5
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
  const data = new Float32Array(images * 32 * 32 * 3)
  for (let image = 0; image < images; image++) {
    const [base, slope, noise] = [random(), random() - 0.5, random() * 0.5]
    for (let i = 0; i < 3072; i++) {
      const [row, channel] = [Math.floor(i / 96) / 32, i % 3]
      const value = base + slope * row * (channel + 1) + noise * (random() - 0.5)
      data[image * 3072 + i] = Math.round(255 * Math.min(Math.max(value, 0), 1)) / 255
    }
  }
  return data
}

function argmax(values: Float32Array): number {
  return values.indexOf(Math.max(...values))
}

/** Every value within the tolerance, of the largest of all where that is more than 1. */
function assertClose(given: Float32Array, wanted: Float32Array, what: string): void {
  assert.equal(given.length, wanted.length, what)
  let [largest, difference] = [1, 0]
  for (const [i, value] of wanted.entries()) {
    largest = Math.max(largest, Math.abs(value))
    difference = Math.max(difference, Math.abs((given[i] as number) - value))
  }
  assert.ok(difference <= 1e-4 * largest, `${what}: ${difference} of ${largest}`)
}

function turnToFront(tensor: Tensor): Tensor {
  return tensor.rank === 4 ? tf.transpose(tensor, [0, 3, 1, 2]) : tensor
}

const families = [
  { name: 'flowers', folder: repoPath('saved_models'), side: 180, create: flowers },
  {
    name: 'CIFAR-10',
    folder: repoPath('saved_models', 'cifar10'),
    side: 32,
    create: () => Promise.resolve(smallImages()),
  },
] as const

for (const { name, folder, side, create } of families) {
  describe(`the family of ${name} in Python's onnxruntime`, () => {
    let input: Float32Array = new Float32Array()
    let wanted: readonly Tensor[][] = []
    before(async () => {
      input = await create()
      wanted = await runInTfjs(folder, input)
    })

    for (const layout of ['nhwc', 'nchw'] as const) {
      test(`${layout}: the same answers to ${images} images, values within 1e-4`, async () => {
        const output = join(tempFolder(), 'exported')
        const args = ['--models', join(folder, 'model'), '--output', output, '--layout', layout]
        const { code, stdout, stderr } = await runCli(['export', ...args])
        assert.equal(code, 0, stderr)
        assert.match(
          stdout,
          /edge\/model\.onnx .*: input \[N, .* -> features \[N, .*, exit_0 \[N, /,
        )
        const isFirst = layout === 'nchw'
        const turn = (tensor: Tensor) => (isFirst ? turnToFront(tensor) : tensor)
        const batch = turn(tf.tensor(input, [images, side, side, 3]))
        const ran = await runInPython(output, (await batch.data()) as Float32Array)
        batch.dispose()
        for (const [stage, tensors] of wanted.entries()) {
          const isLast = stage === stages.length - 1
          const names = isLast ? [`exit_${stage}`] : ['features', `exit_${stage}`]
          const { outputs, input: taken, operations } = ran.facts[stage] as StageFacts
          assert.equal(taken.name, 'input')
          assert.deepEqual(
            outputs.map((each) => each.name),
            names,
          )
          assert.equal(operations.includes('Transpose'), !isFirst)
          assert.ok(!operations.includes('BatchNormalization') && !operations.includes('Mul'))
          for (const [i, name] of names.entries()) {
            const right = (await turn(tensors[i] as Tensor).data()) as Float32Array
            const given = await ran.output(`${stage}-${name}`)
            assertClose(given, right, `${name} of stage ${stage}`)
            if (name === 'features') continue
            const classes = right.length / images
            for (let k = 0; k < images; k++) {
              const [from, to] = [k * classes, (k + 1) * classes]
              const answer = argmax(given.subarray(from, to))
              assert.equal(answer, argmax(right.subarray(from, to)), `image ${k}, ${name}`)
            }
          }
        }
      })
    }
  })
}

const edge = repoPath('saved_models', 'edge')

interface Manifest {
  family?: string
  input?: number[]
  features?: number[]
  exits?: readonly { readonly threshold?: number }[]
  labels?: readonly string[]
  outputs?: string[]
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'ddnn.json'), 'utf8')) as Manifest
}

test('the manifest goes with the file, and the file says it too', async () => {
  const output = tempFolder()
  const source = await readManifest(edge)
  const { code, stderr } = await runCli(['export', '--models', edge, '--output', output])
  assert.equal(code, 0, stderr)
  assert.deepEqual(await readManifest(join(output, 'edge')), source)
  const text = await readFile(join(output, 'edge', 'model.onnx'), 'latin1')
  for (const said of [source.family, JSON.stringify(source.labels), JSON.stringify(source.exits)]) {
    assert.ok(said !== undefined && text.includes(said), said)
  }
})

describe('what is exported, in either layout', () => {
  const folder = repoPath('data', 'sample')
  const models = repoPath('saved_models', 'model')
  /** [file, submodel, label] of each sample image. */
  const answersOf = async (models: string, engine: string) => {
    const cwd = tempFolder()
    const labels = repoPath('data', 'labels.txt')
    const args = ['-i', folder, '-l', labels, '--name', 'x', '--models', models]
    const { code, stderr } = await runCli([...args, '--engine', engine], { cwd })
    assert.equal(code, 0, stderr)
    const names = (await readFile(labels, 'utf8')).trim().split('\n')
    return readCsv(join(cwd, 'results.csv')).map((row) => [
      row.File,
      row.Exit,
      names[Number(answerOfRow(row))],
    ])
  }
  let wanted: Awaited<ReturnType<typeof answersOf>> = []
  before(async () => {
    wanted = await answersOf(models, 'tensorflow')
    assert.equal(wanted.length, 60)
  })

  for (const layout of ['nhwc', 'nchw']) {
    test(`${layout} runs in ddnn, and in the example in Python, with the same answers`, async () => {
      const output = tempFolder()
      const { code } = await runCli([
        'export',
        '--models',
        models,
        '-o',
        output,
        '--layout',
        layout,
      ])
      assert.equal(code, 0)
      assert.deepEqual(await answersOf(join(output, 'model'), 'onnx'), wanted)
      const example = repoPath('docs', 'examples', 'cascade_onnx.py')
      const submodels = stages.map((stage) => join(output, stage))
      const files = wanted.map(([file]) => join(folder, file ?? ''))
      const lines = (await python(example, ...submodels, '--', ...files)).trim().split('\n')
      const given = lines.map((line) => line.split('\t'))
      assert.deepEqual(
        given.map(([, submodel, label]) => [submodel, label]),
        wanted.map(([, submodel, label]) => [submodel, label]),
      )
    })
  }
})

test('channels first, the family is another one and the shapes follow', async () => {
  const output = tempFolder()
  const fog = repoPath('saved_models', 'fog')
  await runCli(['export', '--models', edge, fog, '--output', output, '--layout', 'nchw'])
  const source = await readManifest(edge)
  const [first, second] = [
    await readManifest(join(output, 'edge')),
    await readManifest(join(output, 'fog')),
  ]
  assert.notEqual(first.family, source.family)
  assert.equal(first.family, second.family)
  // What every exit said of the calibration's images holds for the same weights.
  const told = await readCalibrationScores(join(output, 'edge'))
  assert.deepEqual(told, { ...(await readCalibrationScores(edge)), family: first.family })
  assert.deepEqual(first.input, source.input)
  assert.deepEqual(first.features, [
    source.features?.[2],
    source.features?.[0],
    source.features?.[1],
  ])
  assert.deepEqual(second.input, first.features)
})

test('a folder without a manifest is exported with the outputs told by their shapes', async () => {
  const [folder, output] = [join(tempFolder(), 'part'), tempFolder()]
  await cp(edge, folder, { recursive: true })
  await rm(join(folder, 'ddnn.json'))
  const { code, stdout, stderr } = await runCli(['export', '--models', folder, '--output', output])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /-> features \[N, 12, 12, 56\], exit_0 \[N, 5\]/)
  assert.deepEqual(await readdir(join(output, 'part')), ['model.onnx'])
})

test('the same family is exported again in place, another one needs --force', async () => {
  const output = tempFolder()
  const cifar10 = repoPath('saved_models', 'cifar10', 'edge')
  const run = (...args: string[]) => runCli(['export', '--output', output, '--models', ...args])
  assert.equal((await run(edge)).code, 0)
  assert.equal((await run(edge)).code, 0)
  const refused = await run(cifar10)
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /to be free, got another model \(ddnn\.json, model\.onnx\)/)
  assert.match(refused.stderr, /--force/)
  assert.equal((await readManifest(join(output, 'edge'))).labels?.length, 5)
  assert.equal((await run(cifar10, '--force')).code, 0)
  assert.equal((await readManifest(join(output, 'edge'))).labels?.length, 10)
})

test('no model of another format is written over, --force or not', async () => {
  const output = tempFolder()
  await cp(edge, join(output, 'edge'), { recursive: true })
  const { code, stderr } = await runCli(['export', '--models', edge, '--output', output, '--force'])
  assert.equal(code, 2)
  assert.match(stderr, /got another model \(model\.json\)/)
  assert.deepEqual(await readdir(join(output, 'edge')), await readdir(edge))
})

const refusals: readonly [string, (folder: string) => Promise<void>, RegExp][] = [
  [
    'a SavedModel',
    (folder) =>
      cp(repoPath('test', 'golden', 'engine', 'small', 'saved-model'), folder, { recursive: true }),
    /got format saved-model .*\n.*tf2onnx\.convert --saved-model/,
  ],
  [
    'a graph model',
    (folder) =>
      cp(repoPath('test', 'golden', 'engine', 'small', 'graph'), folder, { recursive: true }),
    /got format tfjs-graph .*\n.*tf2onnx\.convert --tfjs/,
  ],
  [
    'an ONNX file',
    async (folder) => {
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'net.onnx'), 'anything')
    },
    /got format onnx .*\n.*copy its folder/,
  ],
]

for (const [title, create, message] of refusals) {
  test(`${title} is refused with the next step, and nothing is written`, async () => {
    const [folder, output] = [join(tempFolder(), 'net'), join(tempFolder(), 'out')]
    await create(folder)
    const args = ['--models', edge, folder, '--output', output]
    const { code, stderr } = await runCli(['export', ...args])
    assert.equal(code, 2)
    assert.match(stderr, message)
    await assert.rejects(readdir(output), { code: 'ENOENT' })
  })
}

test('two models of one name are refused, and missing flags are all named', async () => {
  const other = repoPath('saved_models', 'cifar10', 'edge')
  const twice = await runCli(['export', '--models', edge, other, '--output', tempFolder()])
  assert.equal(twice.code, 2)
  assert.match(twice.stderr, /names of their own, got 'edge' twice/)
  const bare = await runCli(['export'])
  assert.equal(bare.code, 2)
  assert.match(bare.stderr, /--models to be given/)
  assert.match(bare.stderr, /--output to be given/)
})
