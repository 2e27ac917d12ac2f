// The floors do the work that ddnn does: the same answers at the same exits, and as many bytes a hop.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createCodec } from '../../../src/lab/bench/bare/codec.ts'
import { openPixels } from '../../../src/lab/bench/bare/pixels.ts'
import { createBareChain } from '../../../src/lab/bench/contestants/bare-chain.ts'
import { createBareEngine } from '../../../src/lab/bench/contestants/bare-engine.ts'
import { bareStagesOf } from '../../../src/lab/bench/contestants/bare-stages.ts'
import type { Contestant, Setting } from '../../../src/lab/bench/contestant.ts'
import type { BareStage } from '../../../src/lab/bench/bare/stage.ts'
import { prepareInputs } from '../../../src/lab/bench/inputs/prepare.ts'
import { readClientInputs } from '../../../src/lab/bench/driver/read-inputs.ts'
import type { ClientInputs } from '../../../src/lab/bench/driver/client.ts'
import { resolveRules } from '../../../src/domain/rules.ts'
import type { SubmodelSpec } from '../../../src/domain/submodel.ts'
import { createEngine } from '../../../src/serving/engine/create-engine.ts'
import { drawFlower, labels } from '../../../src/input/drawn-flowers.ts'
import { readModelFolder } from '../../../src/model/folder.ts'
import { exportModels } from '../../../src/model/onnx/export-models.ts'
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { runStages } from '../../../src/serving/tier/run-stages.ts'
import { decodeFeatures, encodeFeatures } from '../../../src/serving/wire/features/features.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { startKafka, type TestKafka } from '../../helpers/kafka.ts'
import { repoPath } from '../../helpers/paths.ts'

const names = ['edge', 'fog', 'cloud']
const count = 20
const scratch = tempFolder()

/** What ddnn's own local run without memory of exits says of an image, and the features that its tiers would send of it. */
interface Local {
  readonly exit: string
  readonly prediction: number
  /** Bytes by who sends; of each tier that it passed. */
  readonly features: ReadonlyMap<string, number>
}

let kafka: TestKafka
let specs: readonly SubmodelSpec[]
let stages: readonly BareStage[]
let setting: Setting
let locals: readonly Local[]

before(async () => {
  const folders = names.map((name) => repoPath('saved_models', name))
  specs = (await Promise.all(folders.map(readModelFolder))).flat()
  const output = join(scratch, 'onnx')
  const producer = { name: 'test', version: '1' }
  const [given] = await Promise.all([
    startKafka(),
    exportModels(folders, { output, layout: 'nhwc', isForced: false, producer }),
  ])
  kafka = given
  stages = bareStagesOf(specs, { files: names.map((name) => join(output, name, 'model.onnx')) })
  mkdirSync(join(scratch, 'run'))
  const inputs = await prepareInputs({
    input: { kind: 'folder', folder: await drawImages(), format: 'jpg', labelsFile: undefined },
    limit: undefined,
    seed: 1,
    model: specs[0],
    scratch: join(scratch, 'run'),
  })
  setting = { inputs, form: 'decoded', scratch: join(scratch, 'run'), brokers: kafka.bootstrap }
  locals = await runLocally(await clientInputs('decoded'))
})
after(() => kafka.stop())

describe('the floors', () => {
  it('the bare engine answers encoded images as a local run does', async () => {
    const { answers } = await runOnce(createBareEngine({ stages }), { ...setting, form: 'encoded' })
    assert.deepEqual(
      answers,
      locals.map(({ exit, prediction }) => ({ exit, prediction })),
    )
    assert.deepEqual(new Set(locals.map(({ exit }) => exit)), new Set(names))
  })

  it('the bare chain answers as a local run does, with features as large as ddnn sends', async () => {
    const { answers, reading } = await runOnce(createBareChain({ stages }), setting)
    assert.deepEqual(
      answers,
      locals.map(({ exit, prediction }) => ({ exit, prediction })),
    )
    assert.equal(reading.bytes['device'], count * 180 * 180 * 3)
    for (const tier of ['edge', 'fog']) {
      const wanted = locals.reduce((sum, { features }) => sum + (features.get(tier) ?? 0), 0)
      const got = reading.bytes[tier] ?? 0
      assert.ok(Math.abs(got / wanted - 1) < 0.02, `${tier}: ${got} for ${wanted}`)
    }
    const parts = reading.parts.map(({ where, part }) => `${where} ${part}`)
    for (const one of ['edge compute', 'fog-cloud hop']) assert.ok(parts.includes(one), one)
    assert.ok(reading.parts.every(({ ms }) => ms >= 0))
  })

  it('every image leaves where it is made to', async () => {
    const { answers } = await runOnce(createBareEngine({ stages, leaveAt: 'fog' }), setting)
    assert.deepEqual([...new Set(answers.map(({ exit }) => exit))], ['fog'])
  })

  it('sharp gives the pixels that ddnn gives', async () => {
    const [encoded, decoded] = await Promise.all([clientInputs('encoded'), clientInputs('decoded')])
    const pixelsOf = await openPixels(encoded)
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(Buffer.from(await pixelsOf(i)), Buffer.from(decoded.pixels(i)))
    }
  })

  for (const codec of [
    'float32',
    'int8',
    'int8+deflate',
    'int4-channel+deflate',
    'int2',
  ] as const) {
    it(`features come back from ${codec} as near as ddnn's do`, () => {
      const shape = [3, 3, 5]
      // Channel c has values of 0 to c + 1.
      const values = Float32Array.from(
        { length: 45 },
        (_, i) => (((i % 5) + 1) * ((i * 7) % 9)) / 8,
      )
      const { encode, decode } = createCodec(codec, shape)
      const got = new Float32Array(values.length)
      decode(encode(values), got)
      const wanted = new Float32Array(values.length)
      const sent = encodeFeatures(values, shape, codec)
      decodeFeatures(sent.bytes, shape, sent.codec, wanted)
      for (const [i, value] of values.entries()) {
        // A bfloat16, as ddnn's step is, lies up to 1/128 above.
        const far = 1e-6 + Math.abs(value) / 100
        assert.ok(
          Math.abs((got[i] as number) - (wanted[i] as number)) <= far,
          `${value}: ${got[i]}`,
        )
      }
    })
  }

  it('what they do not do is refused', () => {
    assert.throws(() => createCodec('float16', [2]), /float16/)
    const [edge] = specs as [SubmodelSpec]
    const rules = { confidence: 'entropy', threshold: 0.5 } as const
    assert.throws(() => bareStagesOf([edge], { files: ['a'], rules }), {
      code: 'DDNN_CONFIG_INVALID',
    })
    const silent = edge.exits?.map((exit) => ({ ...exit, gives: undefined }))
    assert.throws(() => bareStagesOf([{ ...edge, exits: silent }], { files: ['a'] }), {
      code: 'DDNN_CONFIG_INVALID',
    })
  })
})

async function runOnce(contestant: Contestant, given: Setting) {
  const running = await contestant.start(given)
  try {
    const load = { scenario: 'concurrency', samples: count, inFlight: 8, maxSeconds: 30 } as const
    const { answered } = await running.run(load)
    const inOrder = answered.toSorted((a, b) => a.sample - b.sample)
    const answers = inOrder.map(({ exit, prediction }) => ({ exit, prediction }))
    return { answers, reading: await running.read() }
  } finally {
    await running.stop()
  }
}

/** From easy to hard, so that some leave at every tier. */
async function drawImages(): Promise<string> {
  const folder = join(scratch, 'images')
  for (const label of labels) mkdirSync(join(folder, label), { recursive: true })
  for (let i = 0; i < count; i++) {
    const label = labels[i % labels.length] as (typeof labels)[number]
    const image = await drawFlower({ label, difficulty: i / (count - 1), seed: i, size: 180 })
    writeFileSync(join(folder, label, `${i}.jpg`), image)
  }
  return folder
}

async function runLocally(inputs: ClientInputs): Promise<readonly Local[]> {
  const options = { maxBatchSize: 1, maxQueueDelayMs: 0, workers: 1 }
  const engine = await createEngine('onnx', specs, options, createSilentLog())
  const given = resolveRules(specs, [1, 1, 1], { confidence: undefined, threshold: undefined })
  // Floors carry no memory from stage to stage.
  const rules = given.map((exits) => exits.map((rule) => ({ ...rule, memory: undefined })))
  const all: Local[] = []
  for (let i = 0; i < count; i++) {
    const run = await runStages(engine.stages, rules, (slot) => {
      slot.set(Float32Array.from(inputs.pixels(i), (value) => value / 255))
    })
    const features = run.hops
      .filter(({ left }) => !left)
      .map(({ stage, run: { features: values } }) => {
        const { name, features: shape, featureCodec = 'float32' } = specs[stage] as SubmodelSpec
        const { bytes } = encodeFeatures(values as Float32Array, shape ?? [], featureCodec)
        return [name, bytes.length] as const
      })
    all.push({
      exit: names[run.hops.length - 1] as string,
      prediction: run.taken?.prediction as number,
      features: new Map(features),
    })
  }
  await engine.dispose()
  return all
}

function clientInputs(form: 'decoded' | 'encoded'): Promise<ClientInputs> {
  const { images, shape, pixelsFile } = setting.inputs
  const files = images.map(({ file }) => file)
  return readClientInputs({
    kind: 'open',
    module: '',
    settings: {},
    form,
    shape,
    pixelsFile,
    files,
  })
}
