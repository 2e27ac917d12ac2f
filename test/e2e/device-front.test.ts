// A device asks the tier in front before it sends, over a real Kafka: a 64 x 64 model of one's own whose labels stand
// in another order, tiers that take something else, none at all, and one of an earlier release.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { DeviceConfig, GatewayConfig } from '../../src/cli/config.ts'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { resolveRun } from '../../src/cli/roles.ts'
import { runDevice, type DeviceRun } from '../../src/compose/device.ts'
import { openGateway } from '../../src/compose/gateway.ts'
import { createContext, createKafka } from '../../src/compose/links.ts'
import { startTier, type RunningTier } from '../../src/compose/tier.ts'
import { examine } from '../../src/lab/doctor/doctor.ts'
import { hashLabels } from '../../src/domain/labels.ts'
import type { Reply } from '../../src/domain/reply.ts'
import type { DoorModel } from '../../src/serving/door/door.ts'
import type { Metrics } from '../../src/telemetry/metrics/metrics.ts'
import type { Transport } from '../../src/serving/transport/transport.ts'
import { wires } from '../../src/serving/wire/detect.ts'
import { readCsv, runCli, startCli, tempFolder, type CsvRow } from '../helpers/cli.ts'
import { labelledImages } from '../helpers/images.ts'
import { createTestTopic, createTopics, randomName } from '../helpers/kafka.ts'
import { createLogSink } from '../helpers/log-sink.ts'
import { madeLabels, writeMadeFamily } from '../helpers/made-family.ts'
import { until } from '../helpers/until.ts'
import { backFlags, frontFlags, startCluster, type Cluster } from './chain.ts'

/** Not as the folders are sorted, nor as the shipped labels file has them. */
const labels = ['tulips', 'daisy', 'sunflowers', 'roses', 'dandelion']
const side = 64

let cluster: Cluster
let images: string
let models: string
let family: string
before(async () => {
  models = tempFolder()
  family = await writeMadeFamily(models, { seed: 3, labels, side, thresholds: [2, 2] })
  images = await labelledImages(1)
  cluster = await startCluster()
})
after(() => cluster.kafka.stop())

const folders = () => ['edge', 'fog', 'cloud'].map((name) => join(models, name))

/** Flags as a start reads them. */
function configOf(flags: readonly string[]) {
  const { values, problems } = parseCommandLine('run', flags, {})
  const found = [...problems]
  const config = resolveRun(values, found)
  assert.deepEqual(found, [])
  assert.ok(config !== undefined)
  return config
}

interface Started {
  readonly tier: RunningTier
  readonly metrics: Metrics
  stop(): Promise<void>
}

/** A tier of this process. */
async function startOwnTier(
  at: { readonly requests: string; readonly replies: string },
  names: readonly string[],
  name: string,
): Promise<Started> {
  const config = configOf([
    ...['--models', ...names, '--name', name, '--engine', 'wasm'],
    ...backFlags(cluster, at.requests, at.replies),
  ])
  assert.ok(config.role === 'tier')
  const { log } = createLogSink()
  const context = createContext(name, log)
  const { metrics } = context
  const back = createKafka(config.back, config, context)
  const tier = await startTier(config, { back, front: undefined }, context)
  return {
    tier,
    metrics,
    async stop() {
      await tier.stop(AbortSignal.timeout(5000))
      await back.close()
    },
  }
}

interface Ran extends DeviceRun {
  readonly rows: readonly CsvRow[]
  readonly log: readonly string[]
  readonly model: DoorModel | undefined
}

/** A device of this process; rejects as its start does. */
async function device(flags: readonly string[], sink = createLogSink()): Promise<Ran> {
  const output = join(tempFolder(), 'results.csv')
  const config = configOf(['--name', 'device', '-o', output, ...flags]) as DeviceConfig
  const { log, lines } = sink
  const { signal } = new AbortController()
  const context = createContext('device', log)
  const front: Transport | undefined =
    config.front === undefined ? undefined : createKafka(config.front, config, context)
  let model: DoorModel | undefined
  try {
    const run = await runDevice(config, front, context, signal, {
      onWarm: () => undefined,
      onEnd: () => Promise.resolve(),
      onReady: (backend) => (model = backend.model()),
    })
    return { ...run, model, rows: readCsv(output), log: lines.map(({ msg }) => msg) }
  } finally {
    await front?.close()
  }
}

const topicsOf = () => {
  const id = randomName('d')
  return { requests: `requests.${id}`, replies: `replies.${id}` }
}
const asking = ({ requests, replies }: ReturnType<typeof topicsOf>) => [
  ...['-i', images],
  ...frontFlags(cluster, requests, replies),
]

describe('before a tier of 64 x 64', () => {
  const topics = topicsOf()
  const inner = topicsOf()
  let whole: Started
  let fog: Started
  before(async () => {
    ;[whole, fog] = await Promise.all([
      startOwnTier(topics, folders(), 'all'),
      startOwnTier(inner, folders().slice(1), 'inner'),
    ])
  })
  after(async () => {
    await Promise.all([whole.stop(), fog.stop()])
  })

  const outcomes = async (started: Started): Promise<Partial<Record<string, number>>> => {
    const text = await started.metrics.text()
    const lines = text.matchAll(/^ddnn_requests_total\{.*outcome="(\w+)"\} (\d+)$/gm)
    return Object.fromEntries(
      [...lines].map(([, outcome = '', count]) => [outcome, Number(count)] as const),
    )
  }

  test('a device that was told neither size nor labels answers as a local run that was told neither', async () => {
    const [asked, local] = await Promise.all([
      device(asking(topics)),
      device(['-i', images, '--models', ...folders(), '--engine', 'wasm']),
    ])
    assert.equal(asked.failures, 0)
    assert.equal(asked.rows.length, madeLabels.length)
    for (const [i, row] of asked.rows.entries()) {
      assert.equal(row['Error'], '', row['File'])
      assert.equal(row['File'], local.rows[i]?.['File'])
      assert.equal(row['Expected_result'], local.rows[i]?.['Expected_result'])
      assert.equal(Number(row['Expected_result']), labels.indexOf(row['File']?.split('/')[0] ?? ''))
      // A tier's own hop stands first, whichever of its exits it was.
      assert.equal(row['Edge_Prediction'], local.rows[i]?.['Cloud_Prediction'], row['File'])
    }
    assert.deepEqual(asked.log, [], 'a front that answers is nothing to talk of')
    const { model } = asked
    const input = [side, side, 3]
    const known = {
      ...{ version: '1', family, tier: 'all', input, labels },
      ...{ takesImages: true, orientation: 'apply' },
    }
    assert.deepEqual(model, known)
  })

  const module = (name: string, shape: string, type: string) => {
    const file = join(tempFolder(), `${name}.mjs`)
    writeFileSync(
      file,
      `export function preprocess() { const shape = ${shape}; return { shape, data: new ${type}(shape.reduce((a, b) => a * b, 1)) } }\n`,
    )
    return file
  }
  const cifar10 = () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'test_batch.bin'), new Uint8Array(3073))
    return folder
  }
  const sorted = () => {
    const file = join(tempFolder(), 'labels.txt')
    writeFileSync(file, [...labels].sort().join('\n'))
    return file
  }

  test('what cannot fit ends at start with words of both sides, and nothing is sent', async () => {
    const before = [await outcomes(whole), await outcomes(fog)]
    const front = frontFlags(cluster, topics.requests, topics.replies)
    const own = ['-i', images]
    const names = join(tempFolder(), 'cifar-labels.txt')
    writeFileSync(names, labels.join('\n'))
    const rows: readonly (readonly [readonly string[], string, RegExp])[] = [
      [[...own, '--height', '96', ...front], 'DDNN_FRAME_SHAPE', /take 96x64x3.*got 64x64x3/],
      [
        [...own, '--labels', sorted(), ...front],
        'DDNN_LABELS_MISMATCH',
        /this process, daisy, dandelion.*got tulips, daisy/,
      ],
      [
        ['--cifar10', '--cifar10-path', cifar10(), '-l', names, ...front],
        'DDNN_FRAME_SHAPE',
        /take 32x32x3.*got 64x64x3/,
      ],
      [
        [...asking(inner), '--send', 'jpeg'],
        'DDNN_FRAME_SHAPE',
        /'inner' to take images as jpeg.*features alone/,
      ],
      [asking(inner), 'DDNN_FRAME_SHAPE', /'inner' to take images as uint8.*features alone/],
      [
        [...own, '--preprocess', module('gray', '[64, 64, 1]', 'Float32Array'), ...front],
        'DDNN_CONFIG_INVALID',
        /--preprocess to give float32 or uint8 64x64x3, as 'all' takes, got float32 64x64x1/,
      ],
      [
        [...asking(inner), '--preprocess', module('bytes', '[32, 32, 4]', 'Uint8Array')],
        'DDNN_CONFIG_INVALID',
        /--preprocess to give float32 32x32x4, as 'inner' takes, got uint8/,
      ],
    ]
    await Promise.all(
      rows.map(([flags, code, message]) =>
        assert.rejects(device(flags), { code, message }, flags.join(' ')),
      ),
    )
    for (const [i, started] of [whole, fog].entries()) {
      const { probe, ...others } = await outcomes(started)
      const { probe: probes = 0, ...othersBefore } = before[i] ?? {}
      assert.deepEqual(others, othersBefore)
      const askers = rows.filter(([flags]) => flags.includes([topics, inner][i]?.requests ?? ''))
      // Who is held to the tier with the first sample may have asked for those behind it by then.
      const late = askers.filter(([flags]) => flags.includes('--preprocess')).length
      const asked = (probe ?? 0) - probes
      assert.ok(asked >= askers.length && asked <= askers.length + late, `${asked}`)
    }
  })

  test('labels of another order end the command line with exit code 2', async () => {
    const { code, stderr } = await runCli([...asking(topics), '--name', 'device', '-l', sorted()])
    assert.equal(code, 2, stderr)
    assert.match(stderr, /DDNN_LABELS_MISMATCH/)
  })

  test('own preprocessing of what the tier takes is asked for that size and answered', async () => {
    const file = module('fits', '[64, 64, 3]', 'Float32Array')
    const { failures, rows } = await device([...asking(topics), '--preprocess', file])
    assert.equal(failures, 0)
    assert.equal(rows.length, madeLabels.length)
  })

  const examined = async (flags: readonly string[]) => {
    const results = await examine(configOf(flags), {
      ...{ timeoutMs: 20_000, isLoaded: false, signal: new AbortController().signal },
      onResult: () => undefined,
    })
    return new Map(results.map((result) => [result.id, result]))
  }

  test('doctor has size and labels of the tier too, and asks it once', async () => {
    const { probe: before = 0 } = await outcomes(whole)
    const checks = await examined(['--name', 'device', ...asking(topics)])
    for (const { status, id, found } of checks.values())
      assert.equal(status, 'ok', `${id} ${found}`)
    assert.match(checks.get('input.labels')?.found ?? '', /^'all': 5 labels, tulips, daisy/)
    assert.match(checks.get('input.images')?.found ?? '', /as 64x64x3$/)
    assert.equal((await outcomes(whole))['probe'], before + 1)
  })

  test('doctor looks at a gateway without input: who is in front, and its port', async () => {
    const front = frontFlags(cluster, topics.requests, topics.replies)
    const flags = ['--http-port', '0', '--http-host', '127.0.0.1', ...front]
    const checks = await examined(['--name', 'gateway', ...flags])
    assert.equal(checks.get('front.answer')?.status, 'ok')
    assert.ok(![...checks.keys()].some((id) => id.startsWith('input.')))
  })
})

/** A tier of an earlier release: it knows no probes, so one is a request with others' labels. */
async function startEarlierTier(topics: ReturnType<typeof topicsOf>, about: Reply['about']) {
  const { log } = createLogSink()
  const config = configOf([
    ...['--models', join(models, 'edge'), '--name', 'old'],
    ...backFlags(cluster, topics.requests, topics.replies),
  ])
  assert.ok(config.role === 'tier')
  const transport = createKafka(config.back, config, createContext('old', log))
  const sizes = { maxRequestBytes: 1_000_000, maxReplyBytes: 1_000_000 }
  const { requests: requestTopic, replies: replyTopic } = topics
  const link = transport.backLink({
    ...{ requestTopic, replyTopic, ...sizes, groupId: randomName('old'), maxInFlight: 8 },
  })
  const shapes: string[] = []
  const base = { tier: 'old', computeMs: 0, totalMs: 0, fallback: false, next: undefined } as const
  const result = { exit: 0, logits: [1, 0, 0, 0, 0], prediction: 0, confidence: 1 }
  await link.open(async (request) => {
    const { shape } = wires.binary.decodeRequest(request.value, { maxElements: 1e6 })
    if (!request.isProbe) shapes.push(shape.join('x'))
    const problem = { code: 'DDNN_LABELS_MISMATCH', message: 'others' }
    const reply: Reply = request.isProbe
      ? {
          ...base,
          result: undefined,
          labelsHash: hashLabels(labels),
          problem,
          ...(about === undefined ? {} : { about, problem: undefined }),
        }
      : { ...base, result, labelsHash: hashLabels(labels), problem: undefined }
    await request.reply(wires.binary.encodeReply(reply))
  })
  return {
    shapes,
    async stop() {
      await link.close()
      await transport.close()
    },
  }
}

describe('without a tier of this release', { concurrency: true }, () => {
  test('topics that no tier reads are said so, and a tier that comes then answers the device', async () => {
    const topics = topicsOf()
    await createTopics(cluster.kafka, Object.values(topics), { partitions: 2 })
    const sink = createLogSink()
    const running = device([...asking(topics), '--timeout-ms', '60000'], sink)
    const words = `waiting: no tier reads '${topics.requests}': no consumer group has members there`
    await until('the reason', () => sink.lines.some(({ msg }) => msg === words))
    const tier = await startOwnTier(topics, folders(), 'late')
    const { failures, rows, log } = await running
    assert.equal(failures, 0)
    assert.equal(rows.length, madeLabels.length)
    assert.equal(log.filter((msg) => msg === words).length, 1)
    await tier.stop()
  })

  test('where nobody answers in time samples fail as ever, and labels that nobody tells are an error', async () => {
    const topics = topicsOf()
    await createTopics(cluster.kafka, Object.values(topics), { partitions: 1 })
    const file = join(tempFolder(), 'labels.txt')
    writeFileSync(file, labels.join('\n'))
    const flags = [...asking(topics), '--timeout-ms', '1200', '--limit', '2']
    const [ran] = await Promise.all([
      device([...flags, '-l', file]),
      assert.rejects(device(flags), {
        code: 'DDNN_REPLY_TIMEOUT',
        message: /to tell its labels within 1200 ms, got no answer: no tier reads/,
      }),
    ])
    assert.equal(ran.failures, 2)
    for (const row of ran.rows) assert.match(row['Error'] ?? '', /DDNN_REPLY_TIMEOUT/)
  })

  test('a request topic that is missing is told with the one that was meant, and a Ctrl-C ends the wait', async () => {
    const requests = await createTestTopic(cluster.kafka, 'from-device-to-edge')
    const typed = requests.replace('device', 'devise')
    const flags = ['-i', images, '--name', 'device', ...frontFlags(cluster, typed, randomName('x'))]
    const waiting = startCli(flags)
    const meant = `did you mean '${requests}'`
    await waiting.waitFor(new RegExp(`waiting: topic '${typed}' is missing at .*; ${meant}`))
    const { code, stderr } = await waiting.stop('SIGINT')
    assert.equal(code, 130, stderr)
    const file = join(tempFolder(), 'labels.txt')
    writeFileSync(file, labels.join('\n'))
    const quick = ['-l', file, '--no-create-topics']
    await assert.rejects(device([...flags, ...quick]), {
      code: 'DDNN_TRANSPORT_REFUSED',
      message: new RegExp(`Expected topics '${typed}' at .*${meant}`),
    })
  })

  for (const [title, about, shape] of [
    ['that says nothing of itself', undefined, '180x180x3'],
    [
      'that says no labels and dtypes',
      { version: '0.1.0', family: undefined, input: [side, side, 3] },
      '64x64x3',
    ],
  ] as const) {
    test(`a tier of a release ${title} is asked as before; labels must be given`, async () => {
      const topics = topicsOf()
      const tier = await startEarlierTier(topics, about)
      try {
        const file = join(tempFolder(), 'labels.txt')
        writeFileSync(file, labels.join('\n'))
        const { failures } = await device([...asking(topics), '-l', file])
        assert.equal(failures, 0)
        assert.deepEqual(new Set(tier.shapes), new Set([shape]))
        await assert.rejects(device(asking(topics)), {
          code: 'DDNN_CONFIG_INVALID',
          message: /Expected --labels, .*none of 'old'/,
        })
      } finally {
        await tier.stop()
      }
    })
  }

  test('a gateway says as a device does that nobody reads, and ends when it is told to', async () => {
    const topics = topicsOf()
    await createTopics(cluster.kafka, Object.values(topics), { partitions: 1 })
    const front = frontFlags(cluster, topics.requests, topics.replies)
    const config = configOf(['--name', 'gateway', '--http-port', '0', ...front]) as GatewayConfig
    const { log, lines } = createLogSink()
    const context = createContext('gateway', log)
    assert.ok(config.front !== undefined)
    const transport = createKafka(config.front, config, context)
    const stop = new AbortController()
    let missing: () => readonly string[] = () => []
    const onWarm = (told: () => readonly string[]) => (missing = told)
    const opening = openGateway(config, transport, context, stop.signal, { onWarm })
    opening.catch(() => undefined)
    const reason = `no tier reads '${topics.requests}': no consumer group has members there`
    await until('the reason', () => lines.some(({ msg }) => msg === `waiting: ${reason}`))
    assert.deepEqual(missing(), [reason])
    stop.abort()
    await assert.rejects(opening)
    await transport.close()
  })

  test('images that are not there are told before anything is waited for', async () => {
    const topics = topicsOf()
    const empty = join(tempFolder(), 'nothing')
    await assert.rejects(device(['-i', empty, ...asking(topics).slice(2)]), {
      code: 'DDNN_INPUT_MISSING',
    })
    mkdirSync(empty)
  })
})
