// The shipped models on the sample images, through the real engines: all exits as a plain run of one
// sample after the other gives them.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadJudgedScores, loadScores, type ScoresOptions } from '../../src/compose/scores.ts'
import { scaledTo, widen } from '../../src/domain/widen.ts'
import type { EngineName } from '../../src/serving/engine/engine.ts'
import { WorkerEngine } from '../../src/serving/engine/host/worker-engine.ts'
import { createImageDecoder } from '../../src/input/decode.ts'
import { readModelFolder } from '../../src/model/folder.ts'
import { createSilentLog } from '../../src/telemetry/log.ts'
import { createWarnings, drawImage, tempFolder, writeFiles } from '../input/folders.ts'
import { repoPath } from '../helpers/paths.ts'

const sample = repoPath('data', 'sample')
const model = repoPath('saved_models', 'model')
const never = new AbortController().signal
const log = createSilentLog()

const optionsOf = (choice: EngineName, more: Partial<ScoresOptions> = {}): ScoresOptions => ({
  models: [model],
  input: { kind: 'folder', format: 'jpg', folder: sample },
  limit: 10,
  engine: { choice, maxBatchSize: 4, maxQueueDelayMs: 0, workers: 1 },
  ...more,
})

for (const choice of ['onnx', 'tensorflow', 'wasm'] as const) {
  test(`on ${choice}, batches give what single samples give at every exit`, async () => {
    // As it is: what a codec does to features is in test/lab/evaluation.
    const options = optionsOf(choice, { featureCodec: 'float32' })
    const scores = await loadScores(options, { log }, never)
    assert.equal(scores.samples.length, 10)
    const expected = await plainRun(
      choice,
      scores.samples.map(({ file }) => file),
    )
    for (const [i, { values }] of scores.samples.entries()) {
      for (const [exit, logits] of values.entries()) {
        for (const [at, logit] of logits.entries()) {
          const wanted = expected[i]?.[exit]?.[at] ?? Number.NaN
          assert.ok(Math.abs(logit - wanted) < 1e-3, `${i} ${exit} ${at}: ${logit}, ${wanted}`)
        }
      }
    }
  })
}

async function plainRun(name: EngineName, files: readonly string[]): Promise<Float32Array[][]> {
  const engine = await WorkerEngine.start({
    name,
    maxBatchSize: 1,
    maxQueueDelayMs: 0,
    workers: 1,
    onCrash: assert.fail,
  })
  try {
    const stages = await engine.load(await readModelFolder(model))
    const decode = createImageDecoder()
    const all: Float32Array[][] = []
    for (const file of files) {
      const pixels = await decode(readFileSync(join(sample, file)), 180, 180)
      let input = new Float32Array(pixels.length)
      widen(pixels, input, scaledTo(1 / 255))
      const values: Float32Array[] = []
      for (const stage of stages) {
        const run = await stage.run((slot) => slot.set(input))
        values.push(...run.exits)
        input = Float32Array.from(run.features ?? [])
      }
      all.push(values)
    }
    return all
  } finally {
    await engine.dispose()
  }
}

test('facts of stages and exits are those of the manifests', async () => {
  const folders = ['edge', 'fog', 'cloud'].map((name) => repoPath('saved_models', name))
  const judged = await loadJudgedScores(
    optionsOf('wasm', { models: folders, limit: 5 }),
    { log },
    never,
  )
  const { scores, rules, isWhole } = judged
  assert.equal(isWhole, true)
  assert.deepEqual(
    scores.stages.map(({ name, tier, features }) => [name, tier, features === null]),
    [
      ['edge', 0, false],
      ['fog', 1, false],
      ['cloud', 2, true],
    ],
  )
  for (const [i, folder] of folders.entries()) {
    const manifest = JSON.parse(readFileSync(join(folder, 'ddnn.json'), 'utf8')) as {
      family: string
      exits: { index: number; temperature: number; threshold?: number }[]
    }
    assert.equal(scores.family, manifest.family)
    assert.equal(scores.exits[i]?.temperature, manifest.exits[0]?.temperature)
    assert.equal(scores.exits[i]?.threshold, manifest.exits[0]?.threshold)
    assert.equal(rules[i]?.exit, manifest.exits[0]?.index)
  }
  for (const { computeMs } of scores.stages) {
    assert.ok(computeMs.p50 > 0 && computeMs.p99 >= computeMs.p50)
    assert.ok((computeMs.passes ?? 0) >= 5)
  }
  const frames = scores.stages[0]?.offload?.frames ?? []
  const bytesOf = (codec: string) => frames.find((of) => of.codec === codec)?.bytes ?? Number.NaN
  assert.ok(bytesOf('int8+deflate') < bytesOf('int8'))
  assert.ok(bytesOf('int8') < bytesOf('float32') / 3.9)
})

test('images of a folder that the model has no label for are an error that names both lists', async () => {
  const folder = writeFiles(tempFolder(), {
    'roses/a.jpg': await drawImage('red'),
    'orchids/b.jpg': await drawImage('white'),
    'notes/readme.txt': 'no image, so no label',
  })
  await assert.rejects(
    loadScores(
      optionsOf('wasm', { input: { kind: 'folder', format: 'jpg', folder } }),
      { log },
      never,
    ),
    {
      code: 'DDNN_LABELS_MISMATCH',
      message: /daisy, dandelion, roses, sunflowers, tulips.*orchids/,
    },
  )
})

test('a labels file takes its folders alone, matched by name whatever its order', async () => {
  const warnings = createWarnings()
  const folder = writeFiles(tempFolder(), {
    'roses/a.jpg': await drawImage('red'),
    'daisy/b.jpg': await drawImage('white'),
    'orchids/c.jpg': await drawImage('white'),
    'labels.txt': 'roses\ndaisy\ntulips\n',
  })
  const input = {
    kind: 'folder',
    format: 'jpg',
    folder,
    labelsFile: join(folder, 'labels.txt'),
  } as const
  const said = Object.assign(createSilentLog(), { warn: warnings.warn.bind(warnings) })
  const scores = await loadScores(optionsOf('wasm', { input }), { log: said }, never)
  assert.deepEqual(
    scores.samples.map(({ file, label }) => [file, scores.labels[label]]),
    [
      ['daisy/b.jpg', 'daisy'],
      ['roses/a.jpg', 'roses'],
    ],
  )
  assert.ok(warnings.said.some((text) => text.includes("no folder 'tulips'")))
  assert.ok(warnings.said.some((text) => text.includes('orchids')))
})

test('models without a manifest need a labels file, and as many labels as classes', async () => {
  const models = tempFolder()
  for (const name of ['edge', 'fog', 'cloud']) {
    for (const file of ['model.json', 'weights.bin']) {
      cpSync(repoPath('saved_models', name, file), join(models, name, file))
    }
  }
  const folders = ['edge', 'fog', 'cloud'].map((name) => join(models, name))
  const options = optionsOf('wasm', { models: folders, limit: 5 })
  await assert.rejects(loadScores(options, { log }, never), {
    code: 'DDNN_CONFIG_INVALID',
    message: /--labels/,
  })
  const few = join(models, 'few.txt')
  writeFileSync(few, 'daisy\nroses\n')
  await assert.rejects(
    loadScores(
      { ...options, input: { kind: 'folder', format: 'jpg', folder: sample, labelsFile: few } },
      { log },
      never,
    ),
    { code: 'DDNN_LABELS_MISMATCH', message: /5 labels for the 5 classes of 'edge', got 2/ },
  )
  const labelsFile = repoPath('data', 'labels.txt')
  const input = { kind: 'folder', format: 'jpg', folder: sample, labelsFile } as const
  const bare = await loadScores({ ...options, input }, { log }, never)
  const known = await loadScores(optionsOf('wasm', { limit: 5 }), { log }, never)
  assert.deepEqual(
    bare.samples.map(({ file, label }) => [file, label]),
    known.samples.map(({ file, label }) => [file, label]),
  )
  assert.equal(bare.dataHash, known.dataHash)
  assert.equal(bare.exits[0]?.temperature, undefined)
})

test('a chain that does not begin with images says what to pass', async () => {
  const models = [repoPath('saved_models', 'fog')]
  await assert.rejects(loadScores(optionsOf('wasm', { models }), { log }, never), {
    code: 'DDNN_CONFIG_INVALID',
    message: /first model for images.*'fog'.*submodel 2 of 3/,
  })
})
