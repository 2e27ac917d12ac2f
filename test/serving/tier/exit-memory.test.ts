// Exits that remember across tiers, over the in-process transport and the wire: what a device is answered is what
// evaluation says of the same class values, however the network is cut.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExitRule } from '../../../src/domain/exit.ts'
import type { ExitMemory, Remembered } from '../../../src/domain/exit-memory.ts'
import { answerOf, hopsOf, type Reply } from '../../../src/domain/reply.ts'
import { takeExit } from '../../../src/lab/evaluation/taken-exit.ts'
import type { Stage } from '../../../src/serving/engine/engine.ts'
import { Admission } from '../../../src/serving/tier/admission.ts'
import { createAnswer, type Front } from '../../../src/serving/tier/answer.ts'
import { createRequestHandler } from '../../../src/serving/tier/serve.ts'
import { createInProcessTransport } from '../../../src/serving/transport/in-process/in-process-transport.ts'
import { createRequester } from '../../../src/serving/transport/requester.ts'
import { detectWire, wires } from '../../../src/serving/wire/detect.ts'
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { createTierMeter } from '../../../src/telemetry/metrics/tier-meter.ts'
import { noTracing } from '../../../src/telemetry/tracing/tracing.ts'
import { createLogSink } from '../../helpers/log-sink.ts'
import { fc } from '../../helpers/property.ts'
import { servedModels } from '../../helpers/served-models.ts'

const classes = 3
const exits = 4
const sizes = { maxRequestBytes: 100_000, maxReplyBytes: 100_000 }
const noMeta = { family: undefined, labelsHash: undefined }

/** Class values of every exit, as the network would give them for any image. */
type Values = readonly Float32Array[]

/** Submodels with so many exits each; features and images are one number that says nothing. */
function stagesOf(
  counts: readonly number[],
  from: number,
  isLast: boolean,
  values: Values,
): Stage[] {
  let next = from
  return counts.map((count, i) => {
    const own = values.slice(next, (next += count))
    const features = isLast && i === counts.length - 1 ? null : [1]
    return {
      spec: { name: `exit${next - 1}`, exits: undefined, preprocessing: undefined },
      engine: 'wasm',
      shapes: { input: [1], features, exits: own.map(({ length }) => length) },
      run: (write: (slot: Float32Array) => void) => {
        write(new Float32Array(1))
        return Promise.resolve({
          features: features === null ? undefined : new Float32Array(1),
          exits: own.map((exit) => exit.slice()),
          ...{ queueMs: 0, computeMs: 1, batchSize: 1, isFirst: true },
        })
      },
    } as unknown as Stage
  })
}

/** Exits of each submodel of each tier, the one that the device asks first. */
type Cut = readonly (readonly number[])[]

/** Tiers that ask each other; the first one is asked by what is returned. */
async function chain(
  tiers: Cut,
  values: Values,
  rules: readonly ExitRule[],
  log = createSilentLog(),
) {
  const transport = createInProcessTransport()
  const metrics = createMetrics()
  const topicsOf = (tier: number) => ({ requestTopic: `to-${tier}`, replyTopic: `from-${tier}` })
  const askerOf = async (tier: number, processId: string) => {
    const link = {
      ...topicsOf(tier),
      ...sizes,
      processId,
      ordinal: undefined,
      replies: 'own',
    } as const
    const own = { processId, topic: `to-${tier}`, maxInFlight: 9, whenOpen: 'wait' } as const
    const requester = createRequester(transport.frontLink(link), { ...own, log, metrics })
    await requester.open()
    return requester
  }
  let from = 0
  for (const [tier, counts] of tiers.entries()) {
    const isLast = tier === tiers.length - 1
    const stages = stagesOf(counts, from, isLast, values)
    const own = counts.map((count) => rules.slice(from, (from += count)))
    const models = servedModels({ stages, rules: own })
    const back = transport.backLink({
      ...topicsOf(tier),
      ...sizes,
      groupId: `g${tier}`,
      maxInFlight: 9,
    })
    const front: Front | undefined = isLast
      ? undefined
      : { requester: await askerOf(tier + 1, `tier-${tier}`), wire: wires.binary }
    const meter = createTierMeter(metrics, `tier-${tier}`)
    const name = `tier-${tier}`
    await back.open(
      createRequestHandler({
        ...{ name, version: '1', meter, log, tracing: noTracing, timeoutMs: 5000 },
        answer: createAnswer({ name, front, replyReserveMs: 0, hops: 'tier', meter, log }),
        admission: new Admission({ maxUnderWay: 9, maxComputing: 1, maxComputingShared: 1 }),
        served: () => [models],
        wireOf: detectWire,
        ownWire: wires.binary,
        decoder: () => Promise.reject(new Error('no image files here')),
      }),
    )
  }
  const device = await askerOf(0, 'device')
  return async (memory?: Remembered): Promise<Reply> => {
    const tensor = { dtype: 'float32', shape: [1], data: new Float32Array(1) } as const
    const value = wires.binary.encodeRequest(tensor, { ...noMeta, memory })
    const reply = await device.ask(value, { budgetMs: 5000 })
    return wires.binary.decodeReply(reply.value, reply.wireVersion)
  }
}

const number = fc.oneof(
  { weight: 15, arbitrary: fc.float({ min: -30, max: 30, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity) },
)
const some = <T>(of: fc.Arbitrary<T>, count: number) =>
  fc.array(of, { minLength: count, maxLength: count })
const memoryOf = (exit: number): fc.Arbitrary<ExitMemory | undefined> =>
  fc.option(
    fc.record({
      weights: some(fc.double({ min: 0, max: 2, noNaN: true }), exit + 1),
      bias: some(fc.double({ min: -1, max: 1, noNaN: true }), classes),
      temperature: fc.constantFrom(0.5, 1, 3),
    }),
    { nil: undefined },
  )
const ruleOf = (exit: number): fc.Arbitrary<ExitRule> =>
  fc.record({
    exit: fc.constant(exit),
    // Learned needs weights of its own, and looks at the same values.
    confidence: fc.constantFrom('softmax', 'entropy', 'margin', 'raw'),
    gives: fc.constant('logits' as const),
    temperature: fc.constantFrom(0.5, 1, 2),
    threshold: fc.constantFrom(0.5, 0.9, 2),
    memory: memoryOf(exit),
    isRemembered: fc.constant(true),
  })
const cuts: readonly Cut[] = [
  [[1, 1, 1, 1]],
  [[1], [1], [1], [1]],
  [[2], [1, 1]],
  [[1], [2, 1]],
  [[1, 1], [1], [1]],
]

test('a device is answered what evaluation says of the same class values, however the network is cut', async () => {
  const drawn = fc.record({
    values: some(some(number, classes), exits),
    rules: fc.tuple(...Array.from({ length: exits }, (_, exit) => ruleOf(exit))),
    cut: fc.constantFrom(...cuts),
  })
  let remembered = 0
  await fc.assert(
    fc.asyncProperty(drawn, async ({ values, rules, cut }) => {
      const own = values.map((exit) => Float32Array.from(exit))
      const taken = takeExit({ file: 'a.jpg', label: 0, values: own }, rules, true)
      const expected = taken.results[taken.exit]
      const reply = await (await chain(cut, own, rules))()
      const got = answerOf(reply)?.result
      if (expected?.prediction === -1) assert.equal(got, undefined)
      else assert.deepEqual(got, expected)
      if (got?.remembers === true) remembered += 1
    }),
    { numRuns: 60 },
  )
  assert.ok(remembered > 8, `only ${remembered} answers remembered anything`)
})

const said: Values = [
  [0, 2, 0],
  [1, 0, 0],
  [0, 1, 1.5],
  [3, 0, 0],
].map((values) => Float32Array.from(values))
const never = (exit: number, changes: Partial<ExitRule> = {}): ExitRule => ({
  ...{ exit, confidence: 'softmax', gives: 'logits', temperature: 1, threshold: 2 },
  ...changes,
})
const last = { weights: [1, 0.5, 0, 1], bias: [0, 0, 0], temperature: 2 }
const remembering = [
  never(0, { isRemembered: true }),
  never(1, { isRemembered: true }),
  never(2),
  never(3, { memory: last, temperature: 0.25 }),
]
const fourTiers: Cut = [[1], [1], [1], [1]]

test('a tier hands on what came from behind though its own exit is remembered by none', async () => {
  const reply = await (await chain(fourTiers, said, remembering))()
  assert.deepEqual(
    hopsOf(reply).map(({ result }) => result?.remembers),
    [undefined, undefined, undefined, true],
  )
})

test('where an older tier behind sends none, an exit answers alone, at its own temperature', async () => {
  const [, ...others] = remembering
  const { log, lines } = createLogSink()
  const ask = await chain(fourTiers, said, [never(0), ...others], log)
  const reply = await ask()
  await ask()
  const warned = lines.filter(({ msg }) => /exit 3 answers by itself alone/.test(String(msg)))
  assert.equal(warned.length, 1)
  const lonely = [never(0), never(1), never(2), never(3, { temperature: 0.25 })]
  const expected = takeExit({ file: 'a.jpg', label: 0, values: said }, lonely, true)
  assert.deepEqual(answerOf(reply)?.result, expected.results[3])
})

test('JSON carries no memory', () => {
  const tensor = { dtype: 'float32', shape: [1], data: Float32Array.of(0.5) } as const
  const value = wires.json.encodeRequest(tensor, { ...noMeta, memory: [Float32Array.of(-1)] })
  assert.deepEqual(value, wires.json.encodeRequest(tensor, noMeta))
})

test('an asker of a tier in the middle may bring what exits behind said', async () => {
  const behind = takeExit({ file: 'a', label: 0, values: said }, remembering, true)
  const logs = (values: readonly number[]) =>
    Float32Array.from(values, (v) => v - Math.log(values.reduce((sum, x) => sum + Math.exp(x), 0)))
  const rules = remembering.slice(2)
  const ask = await chain([[1], [1]], said.slice(2), rules)
  const reply = await ask([logs([0, 2, 0]), logs([1, 0, 0])])
  const { result } = answerOf(reply) ?? {}
  assert.equal(result?.remembers, true)
  assert.ok(Math.abs((result.confidence ?? 0) - (behind.results[3]?.confidence ?? 1)) < 1e-6)
})

test('memory of other classes is an error of the request', async () => {
  const ask = await chain(fourTiers, said, remembering)
  const { problem } = await ask([Float32Array.of(-1, -1)])
  assert.equal(problem?.code, 'DDNN_FRAME_SHAPE')
  assert.match(problem.message, /3 classes in the memory of exits/)
})

test('values too many to travel stay where they are', async () => {
  const many = said.map(() => new Float32Array(200).map((_, c) => c / 100))
  const rules = remembering.map((rule) => ({ ...rule, isRemembered: true, memory: undefined }))
  const reply = await (await chain(fourTiers, many, rules))()
  // 600 values are more than a header holds: two exits go on, and the third stays.
  assert.equal(answerOf(reply)?.result.exit, 3)
})
