// Collecting over stages of known answers: order, bounds, faults. The real engine is in
// test/compose/scores.test.ts.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'node:test'
import type { ExitRule } from '../../../src/domain/exit.ts'
import type { SubmodelSpec } from '../../../src/domain/submodel.ts'
import type { Stage } from '../../../src/serving/engine/engine.ts'
import { DdnnError } from '../../../src/errors.ts'
import { binaryWire } from '../../../src/serving/wire/frame.ts'
import {
  featureCodecs,
  partsOfCodec,
  type FeatureCodec,
} from '../../../src/domain/feature-codec.ts'
import { canPack } from '../../../src/serving/wire/features/node-zstd.ts'
import type { Scores } from '../../../src/lab/evaluation/scores.ts'
import { collectScores, type LabelledSource } from '../../../src/lab/evaluation/collect.ts'

const rule = (exit: number): ExitRule => ({
  exit,
  confidence: 'softmax',
  gives: 'logits',
  temperature: 1,
  threshold: 0.8,
})

/** Gives its input plus 1 as features, and its first value as the one that exit 0 says. */
function stage(name: string, isLast: boolean): Stage & { runs: number } {
  return {
    spec: {
      name,
      folder: `/m/${name}`,
      preprocessing: { height: 2, width: 2, scale: 1 },
    } as SubmodelSpec,
    engine: 'wasm',
    shapes: { input: [2, 2, 3], features: isLast ? null : [2, 2, 3], exits: [2] },
    runs: 0,
    async run(write) {
      this.runs++
      const slot = new Float32Array(12)
      write(slot)
      await delay(1)
      const features = isLast ? undefined : slot.map((value) => value + 1)
      const exits = [Float32Array.of(slot[0] as number, 0)]
      return { features, exits, queueMs: 0, computeMs: 3, batchSize: 1, isFirst: true }
    },
  }
}

const digestOf = (i: number) => createHash('sha256').update(String(i)).digest('hex')

function sourcesOf(count: number, onLoad: (i: number) => void = () => undefined): LabelledSource[] {
  return Array.from({ length: count }, (_, i) => ({
    file: `file${i}`,
    label: i % 2,
    load: async () => {
      onLoad(i)
      await delay(i % 3)
      const data = new Uint8Array(12).fill(i)
      return {
        image: { dtype: 'uint8', shape: [2, 2, 3], data },
        digest: digestOf(i),
        fileBytes: 100 + i,
      }
    },
  }))
}

function optionsOf(
  sources: readonly LabelledSource[],
  stages = [stage('edge', false), stage('cloud', true)],
) {
  return {
    stages,
    tiers: [0, 1],
    rules: [[rule(0)], [rule(1)]],
    labels: ['a', 'b'],
    sources,
    way: { wire: binaryWire, labelsHash: 'ab' },
    codecs: ['float32', 'float32'] as readonly FeatureCodec[],
    maxBatchSize: 2,
    workers: 1,
  }
}

const never = new AbortController().signal

test('every sample runs through all stages, and scores stand in the order of the samples', async () => {
  const seen: number[] = []
  const options = {
    ...optionsOf(sourcesOf(30)),
    onProgress: (done: number) => void seen.push(done),
  }
  const scores = await collectScores(options, never)
  assert.deepEqual(
    scores.samples.map(({ file, label, values }) => [file, label, values.map(([first]) => first)]),
    Array.from({ length: 30 }, (_, i) => [`file${i}`, i % 2, [i, i + 1]]),
  )
  assert.deepEqual(
    seen,
    Array.from({ length: 30 }, (_, i) => i + 1),
  )
  assert.deepEqual(
    scores.stages.map(({ name, tier, computeMs }) => [name, tier, computeMs.p50]),
    [
      ['edge', 0, 3],
      ['cloud', 1, 3],
    ],
  )
  const pixels = { dtype: 'uint8', shape: [2, 2, 3], data: new Uint8Array(12) } as const
  const frame = binaryWire.encodeRequest(pixels, { family: undefined, labelsHash: 'ab' })
  assert.equal(scores.imageBytes?.pixels, frame.length)
  const { file = 0 } = scores.imageBytes ?? {}
  // One character more in 'jpeg' than in 'raw', and one digit more from 100 bytes on than in 12.
  assert.equal(file, frame.length - 12 + 2 + 100 + 29 / 2)
  assert.equal(scores.stages[1]?.offload, null)
})

test('the hash depends on content and order alone, not on which sample was done first', async () => {
  const first = await collectScores(optionsOf(sourcesOf(20)), never)
  const again = await collectScores(optionsOf(sourcesOf(20)), never)
  const fewer = await collectScores(optionsOf(sourcesOf(19)), never)
  const hash = createHash('sha256')
  for (let i = 0; i < 20; i++) hash.update(digestOf(i))
  assert.equal(first.dataHash, hash.digest('hex'))
  assert.equal(again.dataHash, first.dataHash)
  assert.notEqual(fewer.dataHash, first.dataHash)
})

test('at most four batches of images are held at once, however large the set', async () => {
  const stages = [stage('edge', false), stage('cloud', true)]
  let open = 0
  let most = 0
  const sources = sourcesOf(100, () => (most = Math.max(most, ++open)))
  const onProgress = () => void open--
  await collectScores({ ...optionsOf(sources, stages), onProgress }, never)
  assert.ok(most > 2 && most <= 8, String(most))
})

test('files that cannot be read are listed with their reason, and the others count', async () => {
  const sources = sourcesOf(6, (i) => {
    if (i % 2 === 1) throw new DdnnError('DDNN_INPUT_UNREADABLE', `file${i}: no image`)
  })
  const scores = await collectScores(optionsOf(sources), never)
  assert.deepEqual(
    scores.samples.map(({ file }) => file),
    ['file0', 'file2', 'file4'],
  )
  assert.deepEqual(scores.unreadable, [
    { file: 'file1', reason: 'file1: no image' },
    { file: 'file3', reason: 'file3: no image' },
    { file: 'file5', reason: 'file5: no image' },
  ])
})

test('an image of another size than the first model takes is unreadable, naming both', async () => {
  const sources = sourcesOf(2)
  const small: LabelledSource = {
    file: 'small',
    label: 0,
    load: () =>
      Promise.resolve({
        image: { dtype: 'uint8', shape: [1, 2, 3], data: new Uint8Array(6) },
        digest: '',
        fileBytes: undefined,
      }),
  }
  const { unreadable, samples } = await collectScores(optionsOf([small, ...sources]), never)
  assert.equal(samples.length, 2)
  assert.match(unreadable[0]?.reason ?? '', /small: Expected 2x2x3 .*got 1x2x3/)
})

test('a set of which nothing can be read is an error that says why', async () => {
  const sources = sourcesOf(3, () => {
    throw new DdnnError('DDNN_INPUT_UNREADABLE', 'file0: cut short')
  })
  await assert.rejects(collectScores(optionsOf(sources), never), {
    code: 'DDNN_INPUT_UNREADABLE',
    message: /none: file0: cut short/,
  })
})

test("a fault of the user's module or of the engine ends the run instead of emptying it", async () => {
  const sources = sourcesOf(50, () => {
    throw new DdnnError('DDNN_MODULE_INVALID', 'no tensor')
  })
  await assert.rejects(collectScores(optionsOf(sources), never), { code: 'DDNN_MODULE_INVALID' })
  const broken = {
    ...stage('edge', false),
    run: () => Promise.reject(new DdnnError('DDNN_ENGINE_FAILED', 'out of memory')),
  }
  let loaded = 0
  const counted = sourcesOf(500, () => void loaded++)
  await assert.rejects(collectScores(optionsOf(counted, [broken, stage('cloud', true)]), never), {
    code: 'DDNN_ENGINE_FAILED',
  })
  assert.ok(loaded < 20, `${loaded} samples were still begun`)
})

test('an abort ends it with its reason, and no sample is begun any more', async () => {
  const stop = new AbortController()
  let loaded = 0
  const sources = sourcesOf(500, (i) => {
    loaded++
    if (i === 20) stop.abort('SIGINT')
  })
  await assert.rejects(
    collectScores(optionsOf(sources), stop.signal),
    (thrown) => thrown === 'SIGINT',
  )
  assert.ok(loaded < 40, `${loaded} samples were begun`)
})

test('feature sizes are taken of 256 samples spread over a larger set', async () => {
  // Features of the first half are all alike, those of the second differ: only a spread sees both.
  const sources = sourcesOf(1000).map((source, i) => ({
    ...source,
    load: () => {
      const data = Uint8Array.from({ length: 12 }, (_, at) =>
        i < 500 ? 7 : (i * 37 + at * 91) % 256,
      )
      return Promise.resolve({
        image: { dtype: 'uint8', shape: [2, 2, 3], data } as const,
        digest: '',
        fileBytes: undefined,
      })
    },
  }))
  const halves = [sources.slice(0, 256), sources.slice(744)]
  const means = []
  for (const part of [sources, ...halves]) {
    const scores = await collectScores({ ...optionsOf(part), maxBatchSize: 64 }, never)
    const { frames } = scores.stages[0]?.offload ?? {}
    means.push(frames?.find(({ codec }) => codec === 'float32+deflate')?.bytes ?? Number.NaN)
  }
  const [mean = 0, alike = 0, different = 0] = means
  assert.ok(different > alike + 3)
  assert.ok(Math.abs(mean - (alike + different) / 2) < 1, means.join(', '))
})

test('the frames of features are those that serving sends, by every codec that this Node writes', async () => {
  for (const isRemembered of [false, true]) await holdsFrames(isRemembered)
})

async function holdsFrames(isRemembered: boolean): Promise<void> {
  const rules = [[{ ...rule(0), isRemembered }], [rule(1)]]
  const scores = await collectScores({ ...optionsOf(sourcesOf(3)), rules }, never)
  const memory = isRemembered ? [Float32Array.of(-0.5, -1)] : undefined
  const { frames = [], memoryBytes } = scores.stages[0]?.offload ?? {}
  assert.equal((memoryBytes ?? 0) > 0, isRemembered)
  assert.deepEqual(
    frames.map(({ codec }) => codec),
    featureCodecs.filter((codec) => canPack(partsOfCodec(codec).pack)),
  )
  const tensorOf = (i: number) => {
    const data = new Float32Array(12).fill(i + 1)
    return { dtype: 'float32', shape: [2, 2, 3], data } as const
  }
  const metaOf = (codec: FeatureCodec) => ({ family: undefined, labelsHash: 'ab', codec, memory })
  for (const { codec, bytes, encodeUs, decodeUs } of frames) {
    const sizes = [0, 1, 2].map((i) => binaryWire.encodeRequest(tensorOf(i), metaOf(codec)).length)
    assert.equal(bytes, sizes.reduce((sum, size) => sum + size, 0) / 3, codec)
    const without = binaryWire.encodeRequest(tensorOf(1), { ...metaOf(codec), memory: undefined })
    const { length } = binaryWire.encodeRequest(tensorOf(1), metaOf(codec))
    assert.equal(length - without.length, memoryBytes)
    assert.ok(encodeUs > 0 && decodeUs > 0)
  }
}

test('later stages get features as the codec gives them back, and other forms are run beside', async () => {
  const stages = [stage('edge', false), stage('middle', false), stage('cloud', true)]
  const run = (codec: FeatureCodec) =>
    collectScores(
      {
        ...optionsOf(sourcesOf(20), stages),
        tiers: [0, 1, 2],
        rules: [[rule(0)], [rule(1)], [rule(2)]],
        codecs: [codec, codec, codec],
        compare: ['float32', 'int2'] as const,
      },
      never,
    )
  const exact = await run('float32')
  const coarse = await run('int2+deflate')
  const firsts = ({ samples }: Pick<Scores, 'samples'>) =>
    samples.map(({ values }) => values.map(([first]) => first))
  assert.deepEqual(
    firsts(exact),
    Array.from({ length: 20 }, (_, i) => [i, i + 1, i + 2]),
  )
  // A scale is a bfloat16: not every value of one feature is there.
  const differ = firsts(coarse).filter(([edge = 0, middle]) => middle !== edge + 1)
  assert.ok(differ.length > 5, String(differ.length))
  for (const [edge = 0, middle = 0] of firsts(coarse)) {
    assert.ok(Math.abs(middle - edge - 1) <= 0.01 * (edge + 1))
  }
  for (const [own, other] of [
    [exact, coarse],
    [coarse, exact],
  ] as const) {
    const form = own === exact ? 'float32' : 'int2'
    const compared = other.compared?.find((one) => one.form === form)
    assert.ok(compared)
    assert.deepEqual(firsts(compared), firsts(own))
  }
})

test('a form that has no room for a value is left out, and a codec in use that has none ends the run', async () => {
  const large: Stage = {
    ...stage('edge', false),
    run: (write) => {
      const slot = new Float32Array(12)
      write(slot)
      const features = slot.map(() => 1e6)
      const exits = [Float32Array.of(1, 0)]
      return Promise.resolve({
        features,
        exits,
        queueMs: 0,
        computeMs: 3,
        batchSize: 1,
        isFirst: true,
      })
    },
  }
  const options = optionsOf(sourcesOf(3), [large as ReturnType<typeof stage>, stage('cloud', true)])
  const compare = ['float16', 'int8'] as const
  const scores = await collectScores({ ...options, compare }, never)
  assert.deepEqual(
    scores.compared?.map(({ form }) => form),
    ['int8'],
  )
  const codecs = scores.stages[0]?.offload?.frames.map(({ codec }) => codec) ?? []
  assert.ok(codecs.includes('int8') && !codecs.includes('float16'))
  await assert.rejects(collectScores({ ...options, codecs: ['float16', 'float16'] }, never), {
    code: 'DDNN_FRAME_VALUE',
  })
})
