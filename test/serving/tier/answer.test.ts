// The decision of one tier, with stages and a requester as plain functions: what is asked of the
// front, with which budget, and what becomes of answers that cannot be used. Real engines and links
// run the same code in test/e2e.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExitRule } from '../../../src/domain/exit.ts'
import { answerOf, hopsOf, type Reply } from '../../../src/domain/reply.ts'
import type { Stage } from '../../../src/serving/engine/engine.ts'
import { ReplyError } from '../../../src/errors.ts'
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { createTierMeter } from '../../../src/telemetry/metrics/tier-meter.ts'
import {
  createAnswer,
  type AnswerCall,
  type AnswerOptions,
} from '../../../src/serving/tier/answer.ts'
import type { AskOptions, Requester } from '../../../src/serving/transport/transport.ts'
import { wires } from '../../../src/serving/wire/detect.ts'
import { createLogSink } from '../../helpers/log-sink.ts'
import { servedModels, type GivenModels } from '../../helpers/served-models.ts'

/** A stage whose exit always gives the same logits. */
function stageOf(name: string, logits: readonly number[], features: number | null): Stage {
  return {
    spec: {
      name,
      folder: `/models/${name}`,
      format: 'tfjs-layers',
      family: 'family-1',
      version: '1',
      place: undefined,
      input: [2],
      features: features === null ? null : [features],
      exits: undefined,
      labels: ['a', 'b'],
      preprocessing: undefined,
    },
    engine: 'wasm',
    shapes: { input: [2], features: features === null ? null : [features], exits: [2] },
    run: (write) => {
      write(new Float32Array(2))
      return Promise.resolve({
        features: features === null ? undefined : new Float32Array(features).fill(0.5),
        exits: [Float32Array.from(logits)],
        queueMs: 1,
        computeMs: 2,
        batchSize: 1,
        isFirst: true,
      })
    },
  }
}

const ruleOf = (exit: number, threshold = 0.8): ExitRule => ({
  exit,
  confidence: 'softmax',
  gives: 'logits',
  temperature: 1,
  threshold,
})

const cloudReply = (changes: Partial<Reply> = {}): Reply => ({
  tier: 'cloud',
  result: { exit: 1, logits: [0, 9], prediction: 1, confidence: 0.99 },
  computeMs: 1,
  totalMs: 2,
  fallback: false,
  labelsHash: 'labels-1',
  problem: undefined,
  next: undefined,
  ...changes,
})

const sure = [9, 0]
const unsure = [0.1, 0]

/** An edge with a front that is asked by `ask`; what was asked is kept. */
function edgeWith(
  ask: ((options: AskOptions) => Promise<Reply>) | undefined,
  { stages, rules, ...changes }: Partial<AnswerOptions & GivenModels> = {},
) {
  const asked: { value: Uint8Array; options: AskOptions }[] = []
  const metrics = createMetrics()
  const requester: Requester = {
    open: () => Promise.resolve(),
    close: () => Promise.resolve(),
    state: { ready: true, reason: undefined },
    ask: async (value, options) => {
      asked.push({ value, options })
      const reply = await (ask as (options: AskOptions) => Promise<Reply>)(options)
      return { value: wires.binary.encodeReply(reply), correlationId: 'edge:1', wireVersion: '1' }
    },
  }
  const answer = createAnswer({
    name: 'edge',
    front: ask === undefined ? undefined : { requester, wire: wires.binary },
    replyReserveMs: 200,
    hops: 'tier',
    meter: createTierMeter(metrics, 'edge'),
    log: createSilentLog(),
    ...changes,
  })
  const fallbacks = async () =>
    (await metrics.fallbacks.get()).values.map(({ labels, value }) => [labels.reason, value])
  const models = servedModels({
    stages: stages ?? [stageOf('edge', unsure, 3)],
    rules: rules ?? [[ruleOf(0)]],
    labelsHash: 'labels-1',
  })
  const call = (changes: Partial<AnswerCall> = {}) =>
    answer(models, () => undefined, { budgetMs: 1000, ...changes })
  return { answer: call, asked, fallbacks, metrics }
}

test("a request's own thresholds decide here, and go on to the front", async () => {
  const edge = edgeWith(() => Promise.resolve(cloudReply()))
  const near = await edge.answer({ thresholds: [0] })
  assert.equal(answerOf(near)?.tier, 'edge')
  assert.equal(edge.asked.length, 0)
  const far = await edge.answer({ thresholds: [2, 0.25] })
  assert.equal(answerOf(far)?.tier, 'cloud')
  const decoded = wires.binary.decodeRequest(edge.asked[0]?.value as Uint8Array, { maxElements: 9 })
  assert.deepEqual(decoded.thresholds, [2, 0.25])
  const own = await edge.answer()
  assert.equal(answerOf(own)?.tier, 'cloud')
  const [, second] = edge.asked
  const plain = wires.binary.decodeRequest(second?.value as Uint8Array, { maxElements: 9 })
  assert.equal(plain.thresholds, undefined)
})

test('thresholds that an operator turned hold until they are turned back, but for requests that bring their own', async () => {
  const turned: {
    own?: readonly number[] | undefined
    front?: readonly number[] | undefined
  } = {}
  const edge = edgeWith(() => Promise.resolve(cloudReply()), {
    turned: {
      get own() {
        return turned.own
      },
      get front() {
        return turned.front
      },
    },
  })
  const answeredBy = async (call: Partial<AnswerCall> = {}) =>
    answerOf(await edge.answer(call))?.tier
  const sentThresholds = () => {
    const value = edge.asked.at(-1)?.value as Uint8Array
    return wires.binary.decodeRequest(value, { maxElements: 9 }).thresholds
  }
  assert.equal(await answeredBy(), 'cloud')
  turned.own = [0.1]
  assert.equal(await answeredBy(), 'edge')
  assert.equal(await answeredBy({ thresholds: [2] }), 'cloud')
  turned.own = undefined
  turned.front = [0.8, 0.3]
  assert.equal(await answeredBy(), 'cloud')
  assert.deepEqual(sentThresholds(), [0.8, 0.3])
  turned.front = undefined
  assert.equal(await answeredBy(), 'cloud')
  assert.equal(sentThresholds(), undefined)
})

test('a sure exit answers and the front is not asked', async () => {
  const edge = edgeWith(() => Promise.resolve(cloudReply()), {
    stages: [stageOf('edge', sure, 3)],
  })
  const reply = await edge.answer()
  assert.equal(reply.result?.prediction, 0)
  assert.equal(reply.next, undefined)
  assert.equal(edge.asked.length, 0)
})

test('an unsure exit offloads its features with the budget less the reserve, and nests the answer', async () => {
  const edge = edgeWith(() => Promise.resolve(cloudReply()))
  const reply = await edge.answer()
  assert.equal(answerOf(reply)?.tier, 'cloud')
  assert.equal(reply.result?.prediction, 0)
  assert.equal(reply.fallback, false)
  const [{ value, options } = assert.fail()] = edge.asked
  assert.ok(options.budgetMs <= 800 && options.budgetMs > 600, String(options.budgetMs))
  const features = wires.binary.decodeRequest(value, { maxElements: 10 })
  assert.deepEqual(features.shape, [3])
  assert.equal(features.family, 'family-1')
  assert.equal(features.labelsHash, 'labels-1')
})

const resultOf = (logits: readonly number[], prediction: number): Partial<Reply> => ({
  result: { exit: 1, logits, prediction, confidence: 0.9 },
})

const unusable: readonly [title: string, ask: () => Promise<Reply>, reason: string][] = [
  [
    'no answer in time',
    () => Promise.reject(new ReplyError('DDNN_REPLY_TIMEOUT', 'none in 800 ms')),
    'DDNN_REPLY_TIMEOUT',
  ],
  [
    'an open breaker',
    () => Promise.reject(new ReplyError('DDNN_FRONT_SILENT', 'held back')),
    'DDNN_FRONT_SILENT',
  ],
  [
    'an error reply',
    () =>
      Promise.resolve(
        cloudReply({ result: undefined, problem: { code: 'DDNN_FRAME_SHAPE', message: 'x' } }),
      ),
    'DDNN_REPLY_FAILED',
  ],
  [
    'a front of another family',
    () =>
      Promise.resolve(
        cloudReply({ result: undefined, problem: { code: 'DDNN_MODEL_MISMATCH', message: 'x' } }),
      ),
    'DDNN_MODEL_MISMATCH',
  ],
  [
    'a front that refuses the version, in ours',
    () =>
      Promise.resolve(
        cloudReply({ result: undefined, problem: { code: 'DDNN_FRAME_VERSION', message: 'x' } }),
      ),
    'DDNN_FRAME_VERSION',
  ],
  [
    'a front with other labels',
    () => Promise.resolve(cloudReply({ labelsHash: 'labels-2' })),
    'DDNN_LABELS_MISMATCH',
  ],
  [
    'an answer without class values',
    () => Promise.resolve(cloudReply({ result: undefined })),
    'DDNN_REPLY_FAILED',
  ],
  [
    'an answer with NaN among its class values',
    () => Promise.resolve(cloudReply(resultOf([Number.NaN, 9], 1))),
    'DDNN_REPLY_FAILED',
  ],
  [
    'an answer with an infinity among its class values',
    () => Promise.resolve(cloudReply(resultOf([0, Infinity], 1))),
    'DDNN_REPLY_FAILED',
  ],
  [
    'an answer without a prediction',
    () => Promise.resolve(cloudReply(resultOf([0, 9], -1))),
    'DDNN_REPLY_FAILED',
  ],
]
for (const [title, ask, reason] of unusable) {
  test(`${title} makes the tier answer by its own deepest exit, marked and counted`, async () => {
    const edge = edgeWith(ask)
    const reply = await edge.answer()
    assert.equal(reply.fallback, true)
    assert.equal(reply.next, undefined)
    assert.equal(answerOf(reply)?.tier, 'edge')
    assert.deepEqual(await edge.fallbacks(), [[reason, 1]])
  })
}

test('a front that does not fit is told of once, however many samples it costs', async () => {
  const { log, lines } = createLogSink()
  const edge = edgeWith(() => Promise.resolve(cloudReply({ labelsHash: 'labels-2' })), { log })
  for (let i = 0; i < 3; i++) await edge.answer()
  assert.deepEqual(await edge.fallbacks(), [['DDNN_LABELS_MISMATCH', 3]])
  assert.deepEqual(
    lines.map((line) => [line.level, /labels-1.*labels-2/.test(line.msg)]),
    [[40, true]],
  )
})

test('a budget smaller than the reserve is not spent on the front', async () => {
  const edge = edgeWith(() => Promise.resolve(cloudReply()), { replyReserveMs: 5000 })
  const reply = await edge.answer()
  assert.equal(reply.fallback, true)
  assert.equal(edge.asked.length, 0)
  assert.deepEqual(await edge.fallbacks(), [['DDNN_REPLY_TIMEOUT', 1]])
})

test('a budget that is over before the own submodels have run is an error, and the sample never runs', async () => {
  const stage = stageOf('edge', sure, 3)
  let seen: AbortSignal | undefined
  const slow: Stage = {
    ...stage,
    run: (_, signal) => {
      seen = signal
      return new Promise(() => undefined)
    },
  }
  const edge = edgeWith(undefined, { stages: [slow] })
  await assert.rejects(
    edge.answer({ budgetMs: 20 }),
    (error) => error instanceof ReplyError && error.code === 'DDNN_REPLY_TIMEOUT',
  )
  assert.equal(seen?.aborted, true)
})

test('without a front the deepest exit answers, however unsure, and that is no fallback', async () => {
  const edge = edgeWith(undefined)
  const reply = await edge.answer()
  assert.equal(reply.fallback, false)
  assert.equal(reply.result?.exit, 0)
  const exits = (await edge.metrics.exits.get()).values
  assert.deepEqual(
    exits.map(({ value }) => value),
    [1],
  )
})

test('a local run gives one hop a stage, named by its submodel', async () => {
  const stages = [
    stageOf('edge', unsure, 2),
    stageOf('fog', unsure, 2),
    stageOf('cloud', unsure, null),
  ]
  const edge = edgeWith(undefined, {
    stages,
    rules: [[ruleOf(0)], [ruleOf(1)], [ruleOf(2)]],
    hops: 'stage',
  })
  const hops = hopsOf(await edge.answer())
  assert.deepEqual(
    hops.map(({ tier, result }) => [tier, result?.exit]),
    [
      ['edge', 0],
      ['fog', 1],
      ['cloud', 2],
    ],
  )
  for (const hop of hops) assert.ok(hop.totalMs >= hop.computeMs)
})

test('a tier with several stages is one hop whose time is that of all its stages', async () => {
  const edge = edgeWith(undefined, {
    stages: [stageOf('edge', unsure, 2), stageOf('cloud', sure, null)],
    rules: [[ruleOf(0)], [ruleOf(1)]],
  })
  const reply = await edge.answer()
  assert.equal(hopsOf(reply).length, 1)
  assert.equal(reply.computeMs, 4)
  assert.equal(reply.result?.exit, 1)
})

/** A stage of these exits whose features are given. */
function stageWith(
  exits: readonly (readonly number[])[],
  features: readonly number[] | null,
): Stage {
  const stage = stageOf('edge', [], features?.length ?? null)
  return {
    ...stage,
    run: async (write) => ({
      ...(await stage.run(write)),
      features: features === null ? undefined : Float32Array.from(features),
      exits: exits.map((values) => Float32Array.from(values)),
    }),
  }
}

const none = [Number.NaN, 1]
const unanswered = { code: 'DDNN_ENGINE_VALUE' }

test('features that are not finite are not offloaded: the deepest finite exit answers, told of once', async () => {
  const { log, lines } = createLogSink()
  for (const value of [Number.NaN, Infinity, -Infinity]) {
    const edge = edgeWith(() => Promise.resolve(cloudReply()), {
      stages: [stageWith([unsure, none], [1, value, 2])],
      rules: [[ruleOf(0), ruleOf(1)]],
      log,
    })
    const reply = await edge.answer()
    assert.equal(edge.asked.length, 0)
    assert.equal(reply.fallback, true)
    assert.equal(reply.result?.exit, 0)
    assert.deepEqual(await edge.fallbacks(), [['DDNN_ENGINE_VALUE', 1]])
    await edge.answer()
  }
  assert.equal(lines.length, 3)
})

test('without one finite exit and finite features there is no answer', async () => {
  const stages = [stageWith([none, none], [1, Number.NaN])]
  const rules = [[ruleOf(0), ruleOf(1)]]
  await assert.rejects(
    edgeWith(() => Promise.resolve(cloudReply()), { stages, rules }).answer(),
    unanswered,
  )
  for (const hops of ['tier', 'stage'] as const) {
    await assert.rejects(edgeWith(undefined, { stages, rules, hops }).answer(), unanswered)
  }
})

test('without one finite exit at the end of the network there is no answer', async () => {
  const stages = [stageWith([none], null)]
  await assert.rejects(edgeWith(undefined, { stages }).answer(), unanswered)
})

test('an exit that is none and finite features are for the front to answer', async () => {
  const stages = [stageWith([none], [1, 2, 3])]
  const reply = await edgeWith(() => Promise.resolve(cloudReply()), { stages }).answer()
  assert.equal(reply.result, undefined)
  assert.equal(answerOf(reply)?.tier, 'cloud')
})

test("with nothing to fall back to, what kept the front from answering is the reply's problem", async () => {
  const stages = [stageWith([none], [1, 2, 3])]
  const ask = () => Promise.reject(new ReplyError('DDNN_REPLY_TIMEOUT', 'none in 800 ms'))
  const reply = await edgeWith(ask, { stages }).answer()
  assert.equal(answerOf(reply), undefined)
  assert.deepEqual(reply.problem, { code: 'DDNN_REPLY_TIMEOUT', message: 'none in 800 ms' })
})

for (const [what, ofFront, ofManifest, expected] of [
  ['as float32 where nobody says how', undefined, undefined, 'raw'],
  ["by the manifest's codec", undefined, 'int8', 'int8'],
  ["by the front's codec, whatever the manifest says", 'float16', 'int8', 'float16'],
  ['as float32 where the front wants it so', 'float32', 'int8', 'raw'],
] as const) {
  test(`features travel ${what}`, async () => {
    const edge = stageOf('edge', unsure, 3)
    const spec = { ...edge.spec, featureCodec: ofManifest }
    const asked: Uint8Array[] = []
    const requester: Requester = {
      open: () => Promise.resolve(),
      close: () => Promise.resolve(),
      state: { ready: true, reason: undefined },
      ask: (value) => {
        asked.push(value)
        const reply = wires.binary.encodeReply(cloudReply())
        return Promise.resolve({ value: reply, correlationId: 'edge:1', wireVersion: '1' })
      },
    }
    const { answer } = edgeWith(undefined, {
      stages: [{ ...edge, spec }],
      front: { requester, wire: wires.binary, codec: ofFront },
    })
    await answer()
    const decoded = wires.binary.decodeRequest(asked[0] ?? new Uint8Array(), { maxElements: 3 })
    assert.equal(decoded.codec, expected)
    const slot = new Float32Array(3)
    decoded.write(slot, 1)
    for (const value of slot) assert.ok(Math.abs(value - 0.5) < 0.01)
  })
}
