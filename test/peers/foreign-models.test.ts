// Models from elsewhere: what Keras 2 and 3 and the tfjs converter write, run by both engines and by the
// command line, against Keras' own answers. One start of Python writes them all.
import assert from 'node:assert/strict'
import { cp, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import type { SubmodelSpec } from '../../src/domain/submodel.ts'
import type { EngineName, Stage, StageRun } from '../../src/serving/engine/engine.ts'
import { WorkerEngine } from '../../src/serving/engine/host/worker-engine.ts'
import { readModelFolder } from '../../src/model/folder.ts'
import { assertClose } from '../helpers/close.ts'
import { answerOfRow, readCsv, runCli, tempFolder } from '../helpers/cli.ts'
import { writeKerasModels, type KerasAnswers, type KerasModels } from '../helpers/keras-models.ts'
import { repoPath } from '../helpers/paths.ts'

let keras: KerasModels
before(async () => {
  keras = await writeKerasModels()
})

const at = (...parts: readonly string[]) => join(keras.folder, ...parts)
const chain = ['EDGE', 'FOG', 'CLOUD'] as const
const tolerance = 1e-5
const side = 32

type Fault = Error & { readonly code: string; readonly hint?: string }

/** Loads the folders on an engine, uses them, and sees to it that no tensor is left by either. */
async function withModels(
  name: EngineName,
  folders: readonly string[],
  use: (stages: readonly Stage[]) => Promise<void>,
  workers = 1,
): Promise<void> {
  const engine = await WorkerEngine.start({
    name,
    workers,
    maxBatchSize: 8,
    maxQueueDelayMs: 0,
    onCrash: assert.ifError,
  })
  try {
    const specs: SubmodelSpec[] = []
    for (const folder of folders) specs.push(...(await readModelFolder(folder)))
    const stages = await engine.load(specs)
    const loaded = await engine.memory()
    await use(stages)
    assert.deepEqual(await engine.memory(), loaded, 'a pass leaves tensors behind')
  } finally {
    for (const { tensors } of await engine.disposeAndReport()) {
      assert.equal(tensors, 0, 'dispose leaves tensors behind')
    }
  }
}

/** Runs samples through one stage, each alone and then eight at once, and compares with Keras. */
async function assertAsKeras(
  stage: Stage,
  inputs: readonly ArrayLike<number>[],
  expected: KerasAnswers['stages'][number],
): Promise<void> {
  const run = (k: number) => stage.run((slot) => slot.set(inputs[k] ?? []))
  const compare = (given: StageRun, k: number, where: string) => {
    assert.equal(given.exits.length, expected.exits.length, where)
    for (const [exit, rows] of expected.exits.entries()) {
      assertClose(
        given.exits[exit] ?? [],
        rows[k] ?? [],
        tolerance,
        `${where} exit ${exit} of ${k}`,
      )
    }
    const features = expected.features?.[k] ?? []
    assertClose(given.features ?? [], features, tolerance, `${where} features of ${k}`)
  }
  for (let k = 0; k < inputs.length; k++) compare(await run(k), k, 'alone')
  const together = await Promise.all([...inputs.keys()].map(run))
  assert.ok(together.some(({ batchSize }) => batchSize === Math.min(8, inputs.length)))
  for (const [k, given] of together.entries()) compare(given, k, 'in a batch')
}

/** A chain, each stage fed with Keras' own features, so that each is compared alone. */
async function assertChainAsKeras(stages: readonly Stage[]): Promise<void> {
  const { inputs, stages: answers } = keras.answers.pixels
  for (const [index, stage] of stages.entries()) {
    const expected = answers[index]
    assert.ok(expected)
    const given = index === 0 ? inputs : (answers[index - 1]?.features ?? [])
    await assertAsKeras(stage, given, expected)
  }
}

/** A whole model's exits are those of its submodels. */
async function assertWholeAsKeras(stages: readonly Stage[]): Promise<void> {
  const { inputs, stages: answers } = keras.answers.pixels
  const exits = answers.flatMap((stage) => stage.exits)
  assert.equal(stages.length, 1)
  await assertAsKeras(stages[0] as Stage, inputs, { features: null, exits })
}

const edgeOnly = async (stages: readonly Stage[]) => assertChainAsKeras(stages.slice(0, 1))

/** A copy of a folder with a manifest of the test's own. */
async function withManifest(folder: string, manifest: object): Promise<string> {
  const target = join(tempFolder(), 'EDGE')
  await cp(folder, target, { recursive: true })
  await writeFile(join(target, 'ddnn.json'), JSON.stringify({ format: 1, ...manifest }))
  return target
}

async function assertRefused(
  engine: EngineName,
  folder: string,
  code: string,
  message: RegExp,
  hint: RegExp,
): Promise<void> {
  await assert.rejects(
    withModels(engine, [folder], () => assert.fail('it loads')),
    (error: Fault) => {
      assert.equal(error.code, code, error.message)
      assert.ok(error.message.includes(folder), error.message)
      assert.match(error.message, message)
      assert.match(error.hint ?? '', hint)
      return true
    },
  )
}

describe('families', () => {
  for (const [form, what] of [
    ['keras3', 'Keras 3 exported'],
    ['keras2', 'Keras 2 saved, features and exits by the alphabet'],
    ['keras2-2.3', 'TensorFlow 2.3 saved'],
  ] as const) {
    test(`SavedModels that ${what} give Keras' features and logits`, async () => {
      const folders = chain.map((name) => at(form, name))
      await withModels('tensorflow', folders, assertChainAsKeras, 2)
    })
    test(`a whole model that ${what} gives its exits in the order of the network`, async () => {
      await withModels('tensorflow', [at(form, 'FULL_MODEL')], assertWholeAsKeras)
    })
  }

  test('a SavedModel of tf.saved_model.save gives Keras 2 its logits', async () => {
    await withModels('tensorflow', [at('saved', 'EDGE')], edgeOnly)
  })

  for (const engine of ['tensorflow', 'wasm'] as const) {
    test(`graph models of docs/examples/to_tfjs.py give Keras' logits on ${engine}`, async () => {
      await withModels(
        engine,
        chain.map((name) => at('keras3-graph', name)),
        assertChainAsKeras,
      )
      for (const form of ['keras3-graph', 'keras2-2.3-graph']) {
        await withModels(engine, [at(form, 'FULL_MODEL')], assertWholeAsKeras)
      }
    })
  }

  test('a graph model whose order the converter lost is refused, and runs with a manifest', async () => {
    const folder = at('keras2-converted', 'FOG')
    await assertRefused(
      'wasm',
      folder,
      'DDNN_MODEL_DAMAGED',
      /fog_exit \(10\), to_cloud \(20\)/,
      /outputs/,
    )
    const whole = at('keras2-converted', 'FULL_MODEL')
    await assertRefused('wasm', whole, 'DDNN_MODEL_DAMAGED', /Identity/, /outputs/)
    const { stages } = keras.answers.pixels
    const said = await withManifest(folder, { outputs: ['to_cloud', 'fog_exit'] })
    await withModels('wasm', [said], async ([fog]) => {
      assert.ok(fog && stages[0]?.features && stages[1])
      await assertAsKeras(fog, stages[0].features, stages[1])
    })
    // Keras 2 sorts by the alphabet: cloud, edge, fog.
    const sorted = ['Identity_1:0', 'Identity_2:0', 'Identity:0']
    const saidWhole = await withManifest(whole, { outputs: sorted })
    await withModels('wasm', [saidWhole], assertWholeAsKeras)
  })

  test("Kafka-ML's edge gives vectors of features first, and probabilities", async () => {
    const { inputs, stages } = keras.answers['kafka-ml']
    for (const form of ['kafka-ml', 'kafka-ml-2.3', 'kafka-ml-exported']) {
      // Its digits come as they are; without a manifest images of colours would be made gray.
      const folder = await withManifest(at(form, 'EDGE'), { input: [14, 14, 1] })
      await withModels('tensorflow', [folder], async ([edge]) => {
        assert.ok(edge && stages[0])
        assert.deepEqual(edge.shapes, {
          input: [14, 14, 1],
          features: [64],
          exits: [10],
          gives: ['probabilities'],
          sumToOne: [true],
        })
        await assertAsKeras(edge, inputs, stages[0])
      })
    }
  })
})

describe('single models', () => {
  const pixels = { height: side, width: side, scale: 1 }
  for (const [name, manifest] of [
    ['batch-1', undefined],
    ['batch-4', undefined],
    ['loop', undefined],
    ['einsum', undefined],
    ['only-signature', undefined],
    ['open-size', { input: [side, side, 3] }],
    ['uint8', { preprocessing: pixels }],
    ['named', { outputs: ['z_features', 'b_exit'] }],
  ] as const) {
    test(`what is odd about a model does not change its answers: ${name}`, async () => {
      const forms = [['tensorflow', 'odd'] as const]
      const graphs = ['batch-4', 'loop', 'uint8'].includes(name)
      const all = graphs
        ? [...forms, ['tensorflow', 'odd-graph'] as const, ['wasm', 'odd-graph'] as const]
        : forms
      for (const [engine, form] of all) {
        const plain = at(form, name)
        const folder = manifest === undefined ? plain : await withManifest(plain, manifest)
        await withModels(engine, [folder], edgeOnly)
      }
    })
  }

  for (const [name, message, hint] of [
    ['named', /a_exit \(10\), b_exit \(10\), z_features \(16x16x6\)/, /"outputs"/],
    ['open-size', /input of fixed size, got \?x\?x3/, /"input"/],
    ['uint8', /got uint8/, /"scale": 1/],
    ['half', /of a type/, /float32/],
    ['classes', /output output_1 .* float32 .* int32/, /docs\/models\.md/],
    ['two-inputs', /one input, got 2 \(a, b\)/, /one input/],
    ['no-signature', /signature serving_default .* got none/, /model\.export/],
    ['keras3-saved', /variables that are not restored/, /model\.export/],
  ] as const) {
    test(`a model that cannot be run is refused with what to do: ${name}`, async () => {
      await assertRefused('tensorflow', at('odd', name), 'DDNN_MODEL_DAMAGED', message, hint)
    })
  }

  test('an operation that wasm lacks is named, with the engine that has it', async () => {
    const folder = at('odd-graph', 'einsum')
    await assertRefused(
      'wasm',
      folder,
      'DDNN_ENGINE_UNAVAILABLE',
      /without Einsum/,
      /--engine tensor/,
    )
    await withModels('tensorflow', [folder], edgeOnly)
  })

  test('outputs of a manifest that the model does not have are named', async () => {
    const folder = await withManifest(at('odd', 'named'), { outputs: ['features'] })
    const message = /features .* got a_exit, b_exit, z_features/
    await assertRefused('tensorflow', folder, 'DDNN_MODEL_DAMAGED', message, /Mend/)
  })

  for (const [what, file, bytes] of [
    ['variables cut short', 'variables/variables.data-00000-of-00001', 1000],
    ['a graph cut short', 'saved_model.pb', 5000],
  ] as const) {
    test(`a SavedModel that is damaged is named: ${what}`, async () => {
      const folder = await withManifest(at('keras3', 'EDGE'), {})
      await truncate(join(folder, file), bytes)
      await assertRefused(
        'tensorflow',
        folder,
        'DDNN_MODEL_DAMAGED',
        /to load, got/,
        /whole folder/,
      )
    })
  }
})

/** Class and tier that Keras' logits give under softmax and one threshold for all. */
function cascadeOf({ stages }: KerasAnswers, sample: number, threshold: number) {
  for (const [index, { exits }] of stages.entries()) {
    const logits = exits[0]?.[sample] ?? []
    const most = Math.max(...logits)
    const confidence = 1 / logits.reduce((sum, value) => sum + Math.exp(value - most), 0)
    if (confidence < threshold && index < stages.length - 1) continue
    return { tier: chain[index], prediction: logits.indexOf(most), confidence }
  }
  throw new Error('Expected a submodel')
}

describe('command line', () => {
  const input = () => ['-i', at('images'), '-f', 'png', '-l', at('labels.txt'), '--name', 'local']
  const size = ['--height', String(side), '--width', String(side)]

  async function runLocal(args: readonly string[]) {
    const cwd = tempFolder()
    const { code, stderr } = await runCli([...input(), ...args], { cwd })
    assert.equal(code, 0, stderr)
    const rows = readCsv(join(cwd, 'results.csv')).map((row) => ({
      // cat/03.png is sample 3.
      sample: Number(/(\d+)\.png$/.exec(row.File ?? '')?.[1]),
      tier: row.Exit,
      prediction: Number(answerOfRow(row)),
      confidence: Number(row.Confidence),
    }))
    return { rows, stderr }
  }

  function assertCascade(
    rows: Awaited<ReturnType<typeof runLocal>>['rows'],
    answers: KerasAnswers,
    least: number,
  ): void {
    assert.equal(rows.length, answers.stages[0]?.exits[0]?.length)
    for (const { sample, confidence, ...given } of rows) {
      const { confidence: wanted, ...expected } = cascadeOf(answers, sample, 0.8)
      assert.deepEqual(given, expected, `sample ${sample}`)
      assert.ok(Math.abs(confidence - wanted) < 1e-4, `${confidence} for ${wanted}`)
    }
    assert.ok(new Set(rows.map(({ tier }) => tier)).size >= least, 'samples leave at several tiers')
  }

  test("the documented manifests of the original's family give Keras' cascade", async () => {
    // The original's folders, of TensorFlow 2.3, with the files of docs/models.md beside the models.
    const folder = tempFolder()
    const text = await readFile(repoPath('docs', 'models.md'), 'utf8')
    const documented = [...text.matchAll(/`(\w+)\/ddnn\.json`[^`]*```json\n(.*?)```/gs)]
    assert.deepEqual(
      documented.map(([, name]) => name),
      [...chain],
    )
    for (const [, name = '', manifest = ''] of documented) {
      await cp(at('keras2-2.3', name), join(folder, name), { recursive: true })
      await writeFile(join(folder, name, 'ddnn.json'), manifest)
    }
    const { rows, stderr } = await runLocal([
      '--models',
      ...chain.map((name) => join(folder, name)),
    ])
    assertCascade(rows, keras.answers.pixels, 3)
    assert.doesNotMatch(stderr, /probabilities/)
  })

  test('folders without a manifest run with the defaults: pixels times 1/255, threshold 0.8', async () => {
    for (const [form, engine] of [
      ['keras3', 'tensorflow'],
      ['keras3-graph', 'wasm'],
    ] as const) {
      const models = ['--models', ...chain.map((name) => at(form, name))]
      const { rows } = await runLocal([...models, ...size, '--engine', engine])
      assertCascade(rows, keras.answers.scaled, 1)
    }
  })

  test('exits that give probabilities are read as such, and warned of where a manifest says logits', async () => {
    const models = ['--models', at('kafka-ml', 'EDGE')]
    const module = join(tempFolder(), 'digits.mjs')
    await writeFile(
      module,
      'export const preprocess = () => ({ data: new Float32Array(196), shape: [14, 14, 1] })\n',
    )
    const { stderr } = await runLocal([...models, '--preprocess', module, '--limit', '2'])
    assert.match(stderr, /'EDGE' give probabilities, and are read as such/)
    assert.doesNotMatch(stderr, /look like/)
    const exits = [{ index: 0, gives: 'logits' }]
    const said = await withManifest(at('kafka-ml', 'EDGE'), { exits })
    const warned = await runLocal(['--models', said, '--preprocess', module, '--limit', '2'])
    assert.match(warned.stderr, /'EDGE' look like probabilities .* exits\[\]\.gives/)
  })

  test('labels that are more or fewer than the classes of a model without labels are refused', async () => {
    const labels = join(tempFolder(), 'labels.txt')
    await writeFile(labels, 'cat\ndog\n')
    const models = ['--models', at('keras3-graph', 'EDGE'), '--engine', 'wasm', ...size]
    const args = ['-i', at('images'), '-f', 'png', '-l', labels, '--name', 'local']
    const { code, stderr } = await runCli([...args, ...models])
    assert.equal(code, 2, stderr)
    assert.match(stderr, /Expected 10 labels, as the exits of 'EDGE' have classes, got 2/)
  })

  test('a Keras file gets the way to export it', async () => {
    const { code, stderr } = await runCli([...input(), '--models', at('h5', 'EDGE.h5')])
    assert.equal(code, 2)
    assert.match(stderr, /DDNN_MODEL_MISSING/)
    assert.match(stderr, /load_model\('EDGE\.h5', compile=False\);.*\.export\('EDGE'\)/)
  })
})
