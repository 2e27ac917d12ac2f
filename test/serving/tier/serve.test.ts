// The loop of a tier over the in-process transport, with an answer as a plain function: what is refused
// before it is decoded, who is late, and who waits behind whom. Real engines run the same code in test/e2e.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { ExitRule } from '../../../src/domain/exit.ts'
import { probeLabels, probeScopes, type ProbeScope } from '../../../src/domain/probe.ts'
import type { Reply } from '../../../src/domain/reply.ts'
import type { Stage } from '../../../src/serving/engine/engine.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { noTracing, passingSpan, type Attributes } from '../../../src/telemetry/tracing/tracing.ts'
import { createTierMeter } from '../../../src/telemetry/metrics/tier-meter.ts'
import { Admission } from '../../../src/serving/tier/admission.ts'
import { createRequestHandler, type ServeOptions } from '../../../src/serving/tier/serve.ts'
import { createInProcessTransport } from '../../../src/serving/transport/in-process/in-process-transport.ts'
import { createRequester } from '../../../src/serving/transport/requester.ts'
import type { IncomingReply } from '../../../src/serving/transport/transport.ts'
import { detectWire, wires } from '../../../src/serving/wire/detect.ts'
import { createLogSink } from '../../helpers/log-sink.ts'
import { servedModels } from '../../helpers/served-models.ts'
import { until } from '../../helpers/until.ts'

const topics = { requestTopic: 'requests', replyTopic: 'replies' }
const sizes = { maxRequestBytes: 1_000_000, maxReplyBytes: 1_000_000 }
const meta = { family: undefined, labelsHash: undefined }
const frame = wires.binary.encodeRequest(
  { dtype: 'uint8', shape: [2, 2, 3], data: new Uint8Array(12) },
  meta,
)

const stage = {
  spec: { name: 'edge', family: undefined, preprocessing: undefined },
  shapes: { input: [2, 2, 3], features: null, exits: [2] },
} as unknown as Stage

const answered: Reply = {
  tier: 'edge',
  result: { exit: 0, logits: [1, 0], prediction: 0, confidence: 0.7 },
  computeMs: 1,
  totalMs: 1,
  fallback: false,
  labelsHash: undefined,
  problem: undefined,
  next: undefined,
}

const models = servedModels({ stages: [stage] })

async function scene(changes: Partial<ServeOptions> = {}) {
  const { log, lines } = createLogSink()
  const metrics = createMetrics()
  const transport = createInProcessTransport({ log })
  let decoded = 0
  const back = transport.backLink({ ...topics, ...sizes, groupId: 'g', maxInFlight: 400 })
  await back.open(
    createRequestHandler({
      name: 'edge',
      version: '0.0.0',
      answer: async () => {
        decoded += 1
        await setTimeout(2)
        return answered
      },
      admission: new Admission({ maxUnderWay: 64, maxComputing: 1, maxComputingShared: 1 }),
      served: () => [models],
      wireOf: detectWire,
      ownWire: wires.binary,
      decoder: () => Promise.resolve(new Uint8Array(12)),
      timeoutMs: 30_000,
      meter: createTierMeter(metrics, 'edge'),
      tracing: noTracing,
      log,
      ...changes,
    }),
  )
  const frontOf = (processId: string) =>
    transport.frontLink({ ...topics, ...sizes, processId, ordinal: undefined, replies: 'own' })
  return {
    lines,
    transport,
    decoded: () => decoded,
    outcomes: async (outcome: string) =>
      (await metrics.requests.get()).values.find(({ labels }) => labels.outcome === outcome)
        ?.value ?? 0,
    asker: async (processId: string) => {
      const own = { processId, topic: 'requests', maxInFlight: 1000, whenOpen: 'wait' } as const
      const requester = createRequester(frontOf(processId), { ...own, log, metrics })
      await requester.open()
      return async (value: Uint8Array = frame, budgetMs = 10_000, isProbe = false) => {
        const reply = await requester.ask(value, { budgetMs, isProbe })
        return wires.binary.decodeReply(reply.value, reply.wireVersion)
      }
    },
    original: async () => {
      const options = { processId: 'original', ordinal: 0, replies: 'all' } as const
      const front = transport.frontLink({ ...topics, ...sizes, ...options })
      const replies: IncomingReply[] = []
      await front.open((reply) => replies.push(reply))
      return { front, replies }
    },
  }
}

test('a value that is too large is put aside before it is decoded, and its asker told', async () => {
  const { asker, decoded, transport } = await scene({
    wireOf: () => ({ ...wires.binary, decodeRequest: () => assert.fail('it was decoded') }),
  })
  const ask = await asker('a')
  const { problem } = await ask(Buffer.concat([frame, Buffer.alloc(100_000)]))
  assert.equal(problem?.code, 'DDNN_FRAME_TOO_LARGE')
  assert.equal(decoded(), 0)
  const [letter] = transport.deadLetters('requests')
  assert.equal(letter?.headers['error-code'], 'DDNN_FRAME_TOO_LARGE')
})

test('JSON that is too large is put aside too, and answered as JSON', async () => {
  const { original, transport } = await scene()
  const { front, replies } = await original()
  await front.send({ value: Buffer.from(`[[${'0,'.repeat(100_000)}0]]`) })
  await until('a reply', () => replies.length === 1)
  const reply = wires.json.decodeReply(replies[0]?.value ?? new Uint8Array(0))
  assert.equal(reply.result, undefined)
  assert.equal(transport.deadLetters('requests').length, 1)
})

test('who waits for ever is answered however late it is; who does not is passed over', async () => {
  const { original, outcomes } = await scene({ timeoutMs: 50 })
  const { front, replies } = await original()
  const value = wires.json.encodeRequest(
    { dtype: 'uint8', shape: [2, 2, 3], data: new Uint8Array(12) },
    meta,
  )
  await front.send({ value: frame, correlationId: 'a:1', remainingMs: () => 0 })
  await front.send({ value })
  await until('a reply', () => replies.length === 1)
  assert.equal(replies[0]?.correlationId, undefined)
  assert.equal(await outcomes('late'), 1)
  assert.equal(await outcomes('exit'), 1)
})

test('a request of this process is not told as one of Kafka', async () => {
  const told: Attributes[] = []
  const { asker } = await scene({
    tracing: {
      ...noTracing,
      begin: (_name, _kind, parent, describe) => {
        told.push(describe?.() ?? {})
        return passingSpan(parent)
      },
    },
  })
  await (
    await asker('a')
  )()
  assert.equal(told.length, 1)
  assert.equal(told[0]?.['messaging.system'], 'in_process')
  assert.equal(told[0]['messaging.destination.name'], 'requests')
  assert.ok(!('messaging.kafka.offset' in told[0]))
})

test('a row that cannot be written is no reason to answer again', async () => {
  const { asker, decoded, lines, transport } = await scene({
    onReply: () => {
      throw new Error('disk full')
    },
  })
  const ask = await asker('a')
  assert.equal((await ask()).problem, undefined)
  await setTimeout(250)
  assert.equal(decoded(), 1)
  assert.equal(lines.length, 1)
  assert.deepEqual(transport.deadLetters('requests'), [])
})

test('a flood is refused what it cannot get in time, at once; calm askers are all answered', async () => {
  const { asker, outcomes, transport } = await scene()
  const flood = await asker('flood')
  const calm = await Promise.all(['a', 'b', 'c', 'd'].map((id) => asker(id)))
  let isOver = false
  const problems: (string | undefined)[] = []
  // 50 at a time, for which 2 ms each are more than the 60 ms that it gives.
  const flooding = Array.from({ length: 50 }, async () => {
    while (!isOver) {
      const reply = await flood(frame, 60).catch(() => undefined)
      if (reply !== undefined) problems.push(reply.problem?.code)
      await setTimeout(1)
    }
  })
  await until('the first refusal', () => problems.includes('DDNN_OVERLOADED'))
  const replies = await Promise.all(
    calm.map(async (ask) => {
      const own: Reply[] = []
      for (let i = 0; i < 20; i++) own.push(await ask(frame, 2000))
      return own
    }),
  )
  isOver = true
  await Promise.all(flooding)
  assert.deepEqual(
    replies.flat().map(({ problem }) => problem),
    Array.from({ length: 80 }, () => undefined),
  )
  assert.ok((await outcomes('overloaded')) > 0)
  assert.deepEqual(transport.deadLetters('requests'), [], 'an overload is no fault of a request')
})

test('a request holds its models until it is answered, whatever comes of it', async () => {
  const held = servedModels({ stages: [stage] })
  const seen: number[] = []
  const { asker, transport } = await scene({
    served: () => [held],
    answer: async () => {
      seen.push(held.holds())
      await setTimeout(1)
      if (seen.length === 2) throw new Error('a fault')
      return answered
    },
  })
  const ask = await asker('device')
  assert.equal((await ask()).tier, 'edge')
  assert.equal((await ask()).problem?.code, 'DDNN_INTERNAL')
  const wrongShape = wires.binary.encodeRequest(
    { dtype: 'uint8', shape: [12], data: new Uint8Array(12) },
    meta,
  )
  assert.equal((await ask(wrongShape)).problem?.code, 'DDNN_FRAME_SHAPE')
  assert.deepEqual(seen, [1, 1])
  assert.equal(held.holds(), 0)
  await transport.close()
})

test('features go to the models of their family while an older family is kept, images to the newest', async () => {
  const stageOfFamily = (family: string) => ({ ...stage, spec: { ...stage.spec, family } }) as Stage
  const newest = servedModels({ stages: [stageOfFamily('new')] })
  const older = servedModels({ stages: [stageOfFamily('old')] })
  const { asker, transport } = await scene({
    served: () => [newest, older],
    answer: (models) => Promise.resolve({ ...answered, model: models.info }),
  })
  const ask = await asker('device')
  const familyFor = async (family: string | undefined) => {
    const features = { dtype: 'float32', shape: [2, 2, 3], data: new Float32Array(12) } as const
    const reply = await ask(wires.binary.encodeRequest(features, { family, labelsHash: undefined }))
    return reply.model?.family ?? reply.problem?.code
  }
  assert.equal(await familyFor('old'), 'old')
  assert.equal(await familyFor('new'), 'new')
  assert.equal(await familyFor(undefined), 'new')
  assert.equal(await familyFor('unheard'), 'DDNN_MODEL_MISMATCH')
  await transport.close()
})

test('a tier tells what it does with photos that are stored turned: as the user says, else the manifest', async () => {
  const orientationOf = async (change: Partial<ServeOptions>) => {
    const { asker } = await scene(change)
    const value = wires.binary.encodeRequest(
      { dtype: 'uint8', shape: [1], data: Uint8Array.of(probeScopes.tier) },
      { family: undefined, labelsHash: probeLabels },
    )
    return (await (await asker('device'))(value, 1000, true)).about?.orientation
  }
  const preprocessing = { height: 2, width: 2, scale: 1, orientation: 'ignore' } as const
  const told = { ...stage, spec: { ...stage.spec, preprocessing } }
  const served = () => [servedModels({ stages: [told] })] as const
  assert.equal(await orientationOf({}), 'apply')
  assert.equal(await orientationOf({ served }), 'ignore')
  assert.equal(await orientationOf({ served, orientation: 'apply' }), 'apply')
})

test('an image file is turned as the manifest of the models says that it is for', async () => {
  const asked: unknown[] = []
  const decoder: ServeOptions['decoder'] = (_bytes, _height, _width, orientation) => {
    asked.push(orientation)
    return Promise.resolve(new Uint8Array(12))
  }
  const preprocessing = { height: 2, width: 2, scale: 1, orientation: 'ignore' } as const
  const told = { ...stage, spec: { ...stage.spec, preprocessing } }
  for (const served of [undefined, () => [servedModels({ stages: [told] })] as const]) {
    const { asker } = await scene({ decoder, ...(served === undefined ? {} : { served }) })
    const bytes = Uint8Array.of(0xff, 0xd8, 0xff)
    const image = { codec: 'jpeg', dtype: 'uint8', shape: stage.shapes.input, bytes } as const
    const request = { family: undefined, labelsHash: undefined }
    const reply = await (await asker('device'))(wires.binary.encodeRequest(image, request))
    assert.equal(reply.problem, undefined)
  }
  assert.deepEqual(asked, [undefined, 'ignore'])
})

test('a question of the chain is told by all tiers, and one that does not answer is left out', async () => {
  const cloud: Reply = { ...answered, tier: 'cloud', result: undefined }
  const asked: number[] = []
  const rule = { exit: 3, confidence: 'softmax', gives: 'logits', temperature: 1, threshold: 1 }
  const served = servedModels({ stages: [stage], rules: [[rule as ExitRule]] })
  const { asker } = await scene({
    served: () => [served],
    askFront: (budgetMs) => {
      asked.push(budgetMs)
      return asked.length === 1 ? Promise.resolve(cloud) : Promise.reject(new Error('away'))
    },
  })
  const ask = await asker('device')
  const question = (scope: ProbeScope) =>
    wires.binary.encodeRequest(
      { dtype: 'uint8', shape: [1], data: Uint8Array.of(probeScopes[scope]) },
      { family: undefined, labelsHash: probeLabels },
    )
  const probe = async (scope: ProbeScope) => ask(question(scope), 1000, true)
  assert.equal((await probe('tier')).next, undefined)
  assert.deepEqual(asked, [])
  const told = await probe('chain')
  assert.deepEqual([told.tier, told.next?.tier], ['edge', 'cloud'])
  const facts = { index: 3, accuracy: undefined, multiplyAdds: undefined }
  assert.deepEqual(told.about?.exits, [{ ...facts, threshold: 1, criterion: 'softmax' }])
  assert.equal(told.about?.life?.inFlight, 0)
  // What is left of the asker's time is more than the front was given.
  assert.ok((asked[0] ?? 0) <= 500)
  const alone = await probe('chain')
  assert.deepEqual([alone.tier, alone.next], ['edge', undefined])
})
