// A tier whose models change while its front keeps a request waiting, over the in-process transport and a
// real engine.
import assert from 'node:assert/strict'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TierConfig } from '../../src/cli/config.ts'
import type { ModelState } from '../../src/serving/tier/models/state.ts'
import { startTier } from '../../src/compose/tier.ts'
import { hashLabels } from '../../src/domain/labels.ts'
import { hopsOf, type Reply } from '../../src/domain/reply.ts'
import { createContext } from '../../src/compose/links.ts'
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts'
import { createInProcessTransport } from '../../src/serving/transport/in-process/in-process-transport.ts'
import { createRequester } from '../../src/serving/transport/requester.ts'
import { wires } from '../../src/serving/wire/detect.ts'
import { tempFolder } from '../helpers/cli.ts'
import { createLogSink } from '../helpers/log-sink.ts'
import { madeLabels, writeMadeFamily } from '../helpers/made-family.ts'
import { until } from '../helpers/until.ts'

const labelsHash = hashLabels(madeLabels)
const sizes = { maxRequestBytes: 1_000_000, maxReplyBytes: 1_000_000 }
const link = (side: 'back' | 'front', name: string) => ({
  side,
  requestBrokers: [],
  replyBrokers: [],
  requestTopic: `to-${name}`,
  replyTopic: `from-${name}`,
  tls: undefined,
  sasl: undefined,
})

const configOf = (folder: string): TierConfig => ({
  role: 'tier',
  name: 'edge',
  groupId: 'edge',
  warnings: [],
  logLevel: 'info',
  logFormat: 'json',
  http: undefined,
  tracing: { endpoint: undefined, ratio: 1 },
  door: undefined,
  startTimeoutMs: 0,
  shutdownTimeoutMs: 5000,
  models: [folder],
  engine: { choice: 'wasm', maxBatchSize: 4, maxQueueDelayMs: 0, workers: 1 },
  exits: { confidence: undefined, threshold: 1.1 },
  back: link('back', 'edge'),
  front: link('front', 'fog'),
  wireFront: 'binary',
  featureCodec: undefined,
  ordinal: undefined,
  topics: { partitions: 1, create: true, isAwaited: false },
  // How long an old family is kept after it was last asked for.
  timeoutMs: 100,
  replyReserveMs: 20,
  reloadIntervalMs: 0,
  commitIntervalMs: 0,
  maxInFlight: 8,
  maxImagePixels: undefined,
  output: {
    csvFile: undefined,
    csvForm: 'full',
    resume: false,
    htmlFile: undefined,
    reportModule: undefined,
  },
})

const cloudReply = (families: readonly string[]): Reply => ({
  tier: 'fog',
  result: { exit: 1, logits: [0, 0, 9, 0, 0], prediction: 2, confidence: 0.99 },
  computeMs: 1,
  totalMs: 1,
  fallback: false,
  labelsHash,
  problem: undefined,
  model: { family: families.at(-1), version: '1', thresholds: '00000000' },
  next: undefined,
})

test('a request that waits for its front across a swap is answered by the models that it began with', async () => {
  const root = tempFolder()
  const familyA = await writeMadeFamily(join(root, 'a'), { seed: 1 })
  const familyB = await writeMadeFamily(join(root, 'b'), { seed: 2 })
  const folder = join(root, 'edge')
  await cp(join(root, 'a', 'edge'), folder, { recursive: true })

  const { log } = createLogSink()
  const metrics = createMetrics()
  const transport = createInProcessTransport({ log })
  const families: string[] = []
  let release: () => void = () => undefined
  const isReleased = new Promise<void>((resolve) => (release = resolve))
  const fog = transport.backLink({
    ...sizes,
    requestTopic: 'to-fog',
    replyTopic: 'from-fog',
    groupId: 'fog',
    maxInFlight: 8,
  })
  await fog.open(async (request) => {
    const { family = 'none' } = wires.binary.decodeRequest(request.value, { maxElements: 1e6 })
    families.push(family)
    const reply = cloudReply([family])
    if (families.length === 1) await isReleased
    await request.reply(wires.binary.encodeReply(reply))
  })

  let hangup = () => undefined as unknown
  let states: () => readonly ModelState[] = () => []
  const tier = await startTier(
    configOf(folder),
    { back: transport, front: transport },
    createContext('edge', log, { metrics }),
    undefined,
    {
      intervalMs: 0,
      onHangup: (listener) => {
        hangup = listener
        return () => undefined
      },
      show: (shown) => (states = shown),
    },
  )
  const requester = createRequester(
    transport.frontLink({
      ...sizes,
      requestTopic: 'to-edge',
      replyTopic: 'from-edge',
      processId: 'device',
      ordinal: undefined,
      replies: 'own',
    }),
    { processId: 'device', topic: 'to-edge', maxInFlight: 8, log, metrics },
  )
  await requester.open()
  const image = wires.binary.encodeRequest(
    { dtype: 'uint8', shape: [16, 16, 3], data: new Uint8Array(16 * 16 * 3).fill(90) },
    { family: undefined, labelsHash },
  )
  const ask = async () => {
    const { value, wireVersion } = await requester.ask(image, { budgetMs: 60_000 })
    return hopsOf(wires.binary.decodeReply(value, wireVersion)).map(({ model }) => model?.family)
  }

  const slow = ask()
  await until('features at the front', () => families.length === 1)
  await cp(join(root, 'b', 'edge'), folder, { recursive: true })
  hangup()
  await until('the swap', () => states()[0]?.family === familyB)
  assert.deepEqual(await ask(), [familyB, familyB])
  // Longer than an old family is kept that nobody holds.
  await new Promise((resolve) => setTimeout(resolve, 400))
  assert.deepEqual(
    states().map(({ family, inUse }) => [family, inUse]),
    [
      [familyB, 0],
      [familyA, 1],
    ],
  )
  release()
  assert.deepEqual(await slow, [familyA, familyA])
  await until('the old family to go', () => states().length === 1)

  await requester.close()
  await tier.stop(AbortSignal.timeout(5000))
  await fog.close(AbortSignal.timeout(1000))
  await transport.close()
})
