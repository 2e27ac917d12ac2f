// The choice of engines, for each model by itself: with all of them, and without some, which means a folder
// of its own whose node_modules lacks those packages alone, and Node run in it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { SubmodelSpec } from '../../../src/domain/submodel.ts'
import { createEngine, type EngineChoice } from '../../../src/serving/engine/create-engine.ts'
import type { Engine } from '../../../src/serving/engine/engine.ts'
import { readModelFolder } from '../../../src/model/folder.ts'
import { goldenFolder, goldenInput, writeGoldenFamily } from '../../helpers/golden-model.ts'
import { repoPath } from '../../helpers/paths.ts'

const run = promisify(execFile)
const options = { maxBatchSize: 2, maxQueueDelayMs: 0, workers: 1, threads: 1 }
let folder = ''
let layers: SubmodelSpec
let savedModel: SubmodelSpec
let graph: SubmodelSpec

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-engines-'))
  layers = (await writeGoldenFamily('small', join(folder, 'models')))[0]?.spec as SubmodelSpec
  savedModel = (
    await readModelFolder(join(goldenFolder, 'small', 'saved-model'))
  )[0] as SubmodelSpec
  graph = (await readModelFolder(join(goldenFolder, 'small', 'graph')))[0] as SubmodelSpec
})
after(() => rm(folder, { recursive: true }))

interface Said {
  readonly level: 'info' | 'warn'
  readonly message: string
  readonly hint: string | undefined
}

/** Starts engines for the models, and tells what was said; the caller uses them, then they are gone. */
async function withEngine(
  choice: EngineChoice,
  specs: readonly SubmodelSpec[],
  use: (engine: Engine, said: readonly Said[]) => Promise<void> | void,
): Promise<void> {
  const said: Said[] = []
  const say = (level: Said['level']) => (facts: object, message: string) =>
    said.push({ level, message, hint: (facts as { hint?: string }).hint })
  const engine = await createEngine(choice, specs, options, {
    info: say('info'),
    warn: say('warn'),
  })
  try {
    await use(engine, said)
  } finally {
    await engine.dispose()
  }
}

/** A copy of the layers model with a layer that runs as in training, which onnx does not do. */
async function withTraining(): Promise<SubmodelSpec> {
  const target = join(folder, 'training')
  await cp(layers.folder, target, { recursive: true })
  const file = join(target, 'model.json')
  const text = await readFile(file, 'utf8')
  const call = '[["small_batchnormalization2",0,0,{}]]'
  assert.ok(text.includes(call))
  const training = '[["small_batchnormalization2",0,0,{"training":true}]]'
  await writeFile(file, text.replace(call, training))
  return { ...layers, name: 'training', folder: target }
}

describe('with every engine', () => {
  test('auto takes onnx for layers models, and says which version', async () => {
    await withEngine('auto', [layers], (engine, said) => {
      assert.deepEqual(
        engine.stages.map((stage) => stage.engine),
        ['onnx'],
      )
      assert.match(engine.description, /^onnxruntime-node \d+\.\d+\.\d+$/)
      const message = `engine onnx: ${engine.description}`
      assert.deepEqual(said, [{ level: 'info', message, hint: undefined }])
    })
  })

  test('auto takes tensorflow for a SavedModel and for a graph, and has nothing to warn of', async () => {
    for (const spec of [savedModel, graph]) {
      await withEngine('auto', [spec], (engine, said) => {
        assert.equal(engine.stages[0]?.engine, 'tensorflow')
        assert.match(engine.description, /^tfjs-node \d+\.\d+\.\d+ \(TensorFlow \d+\.\d+\.\d+\)$/)
        assert.ok(said.every(({ level }) => level === 'info'))
      })
    }
  })

  test('a layer that onnx does not know sends its model alone to tensorflow, with a warning', async () => {
    const training = await withTraining()
    await withEngine('auto', [training, layers], async (engine, said) => {
      assert.deepEqual(
        engine.stages.map((stage) => [stage.spec.name, stage.engine]),
        [
          ['training', 'tensorflow'],
          ['small', 'onnx'],
        ],
      )
      const [warning, ...others] = said.filter(({ level }) => level === 'warn')
      assert.deepEqual(others, [])
      assert.match(
        warning?.message ?? '',
        /^engine onnx does not run 'training': .*ReLU with training/,
      )
      assert.ok(said.some(({ message }) => message.startsWith('engine onnx runs small: onnx')))
      assert.ok(said.some(({ message }) => message.startsWith('engine tensorflow runs training: ')))
      const sample = goldenInput([12, 12, 3], 0)
      for (const stage of engine.stages) {
        assert.equal((await stage.run((slot) => slot.set(sample))).exits[0]?.length, 3)
      }
    })
  })

  test('stages of one process run on different engines, in the order that they were named', async () => {
    for (const specs of [
      [savedModel, layers],
      [layers, savedModel, layers],
    ]) {
      await withEngine('auto', specs, async (engine) => {
        assert.deepEqual(
          engine.stages.map((stage) => [stage.spec, stage.engine]),
          specs.map((spec) => [spec, spec === layers ? 'onnx' : 'tensorflow']),
        )
        assert.match(engine.description, /^onnxruntime-node .* and tfjs-node /)
        const sample = goldenInput([12, 12, 3], 1)
        const runs = await Promise.all(engine.stages.map((s) => s.run((slot) => slot.set(sample))))
        for (const { exits } of runs) {
          for (const [i, value] of (exits[0] ?? []).entries()) {
            assert.ok(Math.abs(value - (runs[0]?.exits[0]?.[i] ?? NaN)) < 1e-4)
          }
        }
      })
    }
  })

  test('an engine by name runs what it knows, and refuses what it does not', async () => {
    for (const choice of ['onnx', 'tensorflow', 'wasm'] as const) {
      await withEngine(choice, [layers], (engine) => {
        assert.equal(engine.stages[0]?.engine, choice)
      })
    }
    for (const choice of ['onnx', 'wasm'] as const) {
      await assert.rejects(
        withEngine(choice, [layers, savedModel], () => assert.fail('it loads')),
        (error: Error & { code: string; hint: string }) => {
          assert.equal(error.code, 'DDNN_ENGINE_UNAVAILABLE')
          assert.ok(error.message.includes(savedModel.folder))
          assert.match(error.hint, /--engine tensorflow/)
          return true
        },
      )
    }
  })

  test('a damaged model is an error, whichever engine comes next', async () => {
    const target = join(folder, 'damaged')
    await cp(layers.folder, target, { recursive: true })
    await rm(join(target, 'weights.bin'))
    await assert.rejects(
      withEngine('auto', [{ ...layers, folder: target }], () => assert.fail('it loads')),
      { code: 'DDNN_MODEL_DAMAGED', message: /Expected weights in/ },
    )
  })
})

/** Folder of a package that throws as it is loaded, as an addon does that lacks a library. */
async function writeBroken(target: string): Promise<void> {
  await mkdir(target, { recursive: true })
  await writeFile(join(target, 'package.json'), '{ "main": "index.js" }')
  await writeFile(join(target, 'index.js'), 'throw new Error("libgomp.so.1: no such file")')
}

/** Our sources and packages in a folder of their own, without some of them and with some broken. */
async function createPlace(name: string, without: readonly string[], broken: readonly string[]) {
  const place = join(folder, name)
  const source = fileURLToPath(new URL('../../../src', import.meta.url))
  await cp(source, join(place, 'src'), { recursive: true })
  await writeFile(join(place, 'package.json'), '{ "type": "module" }')
  await link(repoPath('node_modules'), join(place, 'node_modules'), '', without)
  for (const package_ of broken) await writeBroken(join(place, 'node_modules', package_))
  return place
}

async function link(
  from: string,
  to: string,
  scope: string,
  without: readonly string[],
): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const name of await readdir(from)) {
    if (without.includes(scope + name)) continue
    if (name === '@tensorflow') await link(join(from, name), join(to, name), `${name}/`, without)
    else await symlink(join(from, name), join(to, name))
  }
}

/** Starts an engine in that place; prints a line for what it says, and for the error. */
async function createThere(place: string, choice: string): Promise<readonly string[]> {
  const program = `
    import { createEngine } from './src/serving/engine/create-engine.js'
    const say = (level) => ({ hint }, message) => console.log([level, message, hint].join(' | '))
    const specs = [${JSON.stringify(layers)}]
    try {
      const log = { info: say('info'), warn: say('warn') }
      const engine = await createEngine('${choice}', specs, ${JSON.stringify(options)}, log)
      await engine.dispose()
    } catch (error) {
      console.log([error.code, error.message, error.hint].join(' | '))
    }`
  const node = ['--input-type=module', '-e', program]
  return (await run(process.execPath, node, { cwd: place })).stdout.trim().split('\n')
}

const onnx = 'onnxruntime-node'
const tensorflow = '@tensorflow/tfjs-node'

describe('with engines missing', () => {
  test('one that is not installed is told as it is: nobody asked for it', async () => {
    const place = await createPlace('no-onnx', [onnx], [])
    const [taken, passed, ...others] = await createThere(place, 'auto')
    assert.match(taken ?? '', /^info \| engine tensorflow: tfjs-node/)
    assert.match(
      passed ?? '',
      /^info \| engine onnx does not load: Cannot find module.*npm install/,
    )
    assert.deepEqual(others, [])
  })

  test('wasm runs where neither of the others is installed', async () => {
    const place = await createPlace('no-native', [onnx, tensorflow], [])
    const [taken, ...passed] = await createThere(place, 'auto')
    assert.match(taken ?? '', /^info \| engine wasm: tfjs-wasm/)
    assert.match(
      passed.join('\n'),
      /^info \| engine onnx .*\ninfo \| engine tensorflow does not load/,
    )
  })

  test('one that is installed and does not load is a warning with its reason', async () => {
    const place = await createPlace('broken', [onnx], [onnx])
    const [taken, warning] = await createThere(place, 'auto')
    assert.match(taken ?? '', /^info \| engine tensorflow: /)
    assert.match(warning ?? '', /^warn \| engine onnx does not load: libgomp\.so\.1: no such file/)
    const [refused] = await createThere(place, 'onnx')
    assert.match(
      refused ?? '',
      /^DDNN_ENGINE_UNAVAILABLE \| Expected the engine onnx to load, got libgomp/,
    )
  })

  test('one by name fails clearly where it is not installed', async () => {
    const place = await createPlace('by-name', [onnx, tensorflow], [])
    const [first] = await createThere(place, 'tensorflow')
    assert.match(
      first ?? '',
      /^DDNN_ENGINE_UNAVAILABLE \| Expected the engine tensorflow to load, got Cannot/,
    )
    assert.match(
      first ?? '',
      /Install it with `node .*install-tensorflow\.mjs`.*leave --engine out/,
    )
    const [second] = await createThere(place, 'onnx')
    assert.match(second ?? '', /engine onnx to load, got Cannot.*INSTALL=skip npm install onnx/)
  })
})

test('an engine at rest does not keep the process alive', async () => {
  const place = await createPlace('rest', [], [])
  for (const choice of ['onnx', 'tensorflow', 'wasm']) {
    const program = `
      import { createEngine } from './src/serving/engine/create-engine.js'
      const log = { info: () => {}, warn: () => {} }
      const specs = [${JSON.stringify(layers)}]
      await createEngine('${choice}', specs, ${JSON.stringify(options)}, log)
      console.log('started')`
    const node = ['--input-type=module', '-e', program]
    const { stdout } = await run(process.execPath, node, { cwd: place, timeout: 60_000 })
    assert.equal(stdout.trim(), 'started', choice)
  }
})
