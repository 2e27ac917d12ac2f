// `ddnn doctor` against real brokers: a healthy chain, each usual fault, and a tier that runs beside it.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { z } from 'zod'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { resolveRun } from '../../src/cli/roles.ts'
import { readVersion } from '../../src/cli/version.ts'
import { statuses } from '../../src/lab/doctor/check.ts'
import { examine } from '../../src/lab/doctor/doctor.ts'
import { jsonReport } from '../../src/lab/doctor/json.ts'
import { makeCertificates, type Certificates } from '../helpers/certificates.ts'
import { runCli, tempFolder, type RunningCli } from '../helpers/cli.ts'
import { labelledImages } from '../helpers/images.ts'
import { createTestTopic, randomName, testClient, withAdmin } from '../helpers/kafka.ts'
import {
  backFlags,
  deviceFlags,
  frontFlags,
  labelsFile,
  models,
  newTopics,
  startCluster,
  startTier,
  stopTiers,
  type Cluster,
} from './chain.ts'
import {
  deadAddress,
  password,
  startSecureBroker,
  user,
  type ListenerName,
  type SecureBroker,
} from './secure-broker.ts'

const wasm = ['--engine', 'wasm']
const quick = ['--no-load-models']
const nobody = { host: '127.0.0.1', port: '1' }

const checkForm = z.strictObject({
  id: z.string().regex(/^[a-z]+(\.[a-z0-9-]+)+$/),
  group: z.string().min(1),
  title: z.string().min(1),
  status: z.enum(statuses),
  found: z.string().min(1),
  advice: z.array(z.string().min(1)),
  facts: z.record(z.string(), z.unknown()),
  durationMs: z.number().nonnegative(),
})
const reportForm = z.strictObject({
  format: z.literal(1),
  ddnn: z.string().regex(/^\d+\.\d+\.\d+/),
  name: z.string().min(1),
  role: z.enum(['device', 'local', 'tier', 'gateway']),
  ok: z.boolean(),
  counts: z.strictObject(
    Object.fromEntries(statuses.map((status) => [status, z.int().nonnegative()])),
  ),
  checks: z.array(checkForm),
})
type Check = z.infer<typeof checkForm>

interface Examined {
  readonly code: number | null
  readonly checks: readonly Check[]
  readonly text: string
  /** The check of this id; there must be one. */
  of(id: string): Check
}

/** What a machine reads of one call, held against the form that is documented. */
function examinedOf(code: number | null, stdout: string): Examined {
  const { checks, ok, counts } = reportForm.parse(JSON.parse(stdout))
  assert.equal(ok, code === 0, stdout)
  for (const status of statuses) {
    assert.equal(counts[status], checks.filter((check) => check.status === status).length)
  }
  assert.equal(new Set(checks.map(({ id }) => id)).size, checks.length, 'ids are unique')
  return {
    code,
    checks,
    text: stdout,
    of(id) {
      const found = checks.find((check) => check.id === id)
      assert.ok(found !== undefined, `${id} in ${stdout}`)
      return found
    },
  }
}

/** The built command, as a black box. */
async function runDoctor(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Examined> {
  const { code, stdout, stderr } = await runCli(['doctor', ...flags, '--format', 'json'], {
    env,
    timeoutMs: 120_000,
  })
  assert.notEqual(code, 2, stderr)
  return examinedOf(code, stdout)
}

/** The same without a process of its own, which takes longer to start than to look. */
async function examineHere(flags: readonly string[]): Promise<Examined> {
  const { values, problems } = parseCommandLine('doctor', [...flags, ...quick], {})
  const found = [...problems]
  const config = resolveRun(values, found)
  assert.deepEqual(found, [])
  assert.ok(config !== undefined)
  const { signal } = new AbortController()
  const results = await examine(config, {
    timeoutMs: 30_000,
    isLoaded: values.boolean('load-models'),
    signal,
    onResult: () => undefined,
  })
  const isWell = results.every(({ status }) => status !== 'failed')
  const head = { ddnn: readVersion(), name: config.name, role: config.role }
  return examinedOf(isWell ? 0 : 1, jsonReport(head, results))
}

/** The one that failed, and all the others were made or hang on it. */
function assertFailed(examined: Examined, id: string, found: RegExp, advice: RegExp): Check {
  const failed = examined.checks.filter(({ status }) => status === 'failed')
  assert.deepEqual(
    failed.map((check) => check.id),
    [id],
    JSON.stringify(failed, null, 2),
  )
  assert.equal(examined.code, 1)
  const check = examined.of(id)
  assert.match(check.found, found)
  assert.match(check.advice.join('\n'), advice)
  return check
}

let cluster: Cluster
let images: string
before(async () => {
  images = await labelledImages(1)
  cluster = await startCluster()
})
after(() => cluster.kafka.stop())

const tierFlags = (requests: string, replies: string) => [
  ...['--models', models('model'), '--name', 'edge', ...wasm],
  ...backFlags(cluster, requests, replies),
]

/** A tier that needs nothing but its back link, on topics that are not there. */
const newTier = (...flags: readonly string[]) => {
  const { deviceToEdge, edgeToDevice } = newTopics()
  return [...tierFlags(deviceToEdge, edgeToDevice), ...flags]
}

describe('beside a tier that runs', () => {
  const topics = newTopics()
  const group = randomName('group')
  let tier: RunningCli
  let port: string
  let flags: readonly string[]

  before(async () => {
    flags = [...tierFlags(topics.deviceToEdge, topics.edgeToDevice), '--group-id', group]
    // What is done and not committed yet would count as waiting.
    tier = await startTier([...flags, '--commit-interval-ms', '10'])
    const [, found = ''] = await tier.waitFor(/health on port (\d+)/)
    port = found
  })
  after(() => stopTiers([tier]))

  const device = (...more: readonly string[]) => [
    ...deviceFlags(cluster, topics, images, join(tempFolder(), 'results.csv')),
    ...more,
  ]
  const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()

  /** All that an examination might have changed. */
  const standing = () =>
    withAdmin(cluster.kafka.bootstrap, async (admin) => ({
      topics: (await admin.listTopics()).filter((topic) => topic.includes(topics.deviceToEdge)),
      committed: await admin.fetchOffsets({ groupId: group, topics: [topics.deviceToEdge] }),
      members: (await admin.describeGroups([group])).groups[0]?.members.map((one) => one.memberId),
    }))

  test('all is well with its device, down to the answer of the tier', async () => {
    const examined = await runDoctor(device(...wasm))
    assert.equal(examined.code, 0, examined.text)
    assert.ok(
      examined.checks.every(({ status }) => status === 'ok'),
      examined.text,
    )
    const { facts } = examined.of('front.answer')
    assert.equal(facts['tier'], 'edge')
    assert.deepEqual(facts['input'], [180, 180, 3])
    assert.ok((facts['roundTripMs'] as number) > 0)
    assert.equal(examined.of('input.images').facts['images'], 5)
    assert.equal(examined.of('front.requests').facts['partitions'], 8)
  })

  test('it is not disturbed: same members, nothing put aside, nothing counted as an error', async () => {
    const before = await standing()
    const looked = await examineHere([...flags, '--http-port', port])
    assert.equal(looked.code, 0, looked.text)
    assert.equal(looked.of('back.group').facts['state'], 'Stable')
    assert.match(looked.of('back.group').found, /1 members, 0 requests wait/)
    assert.match(looked.of('process.port').found, /held by a ddnn that runs and is ready/)
    await examineHere(device())
    const after = await standing()
    assert.deepEqual(after.members, before.members)
    assert.deepEqual(after.topics, before.topics)
    const text = await metrics()
    assert.match(text, /ddnn_requests_total\{tier="edge",outcome="probe"\} [1-9]/)
    assert.doesNotMatch(text, /outcome="(error|late|exit)"\} [1-9]/)
    assert.doesNotMatch(text, /^ddnn_dead_letters_total\{.*\} [1-9]/m)
    assert.doesNotMatch(tier.output(), /"level":(40|50)/)
  })

  test('a device with labels in another order is told so by the tier in front', async () => {
    const other = join(tempFolder(), 'labels.txt')
    writeFileSync(other, readFileSync(labelsFile, 'utf8').trim().split('\n').reverse().join('\n'))
    const examined = await examineHere(device('-l', other))
    assertFailed(examined, 'front.answer', /labels of this process/, /--labels/)
  })

  test('a device with images of another size is told what the tier takes', async () => {
    const examined = await examineHere(device('--height', '96', '--width', '96'))
    assertFailed(examined, 'front.answer', /180x180x3.*|96x96x3/, /--height and --width/)
  })

  test('the tier that runs still answers every image', async () => {
    const { code, stderr } = await runCli(device())
    assert.equal(code, 0, stderr)
  })
})

test('the lines of a healthy tier say what was found, and models are run once', async () => {
  const { deviceToEdge, edgeToDevice } = newTopics()
  const flags = tierFlags(deviceToEdge, edgeToDevice)
  const { code, stdout, stderr } = await runCli(['doctor', ...flags])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^ {2}ok +engine +wasm, as asked for/m)
  assert.match(stdout, /^ {2}ok +forward pass .*180x180x3 of zeros.*all numbers finite$/m)
  assert.match(stdout, /^ {2}ok +request topic .*is not there yet: made by the start/m)
  assert.match(stdout, /^\d+ ok$/m)
  const present = await withAdmin(cluster.kafka.bootstrap, (admin) => admin.listTopics())
  assert.ok(!present.includes(deviceToEdge), 'nothing was made')
})

test('flags that are wrong together are wrong use, as for the run itself', async () => {
  const { code, stderr } = await runCli(['doctor', '--models', models('edge')])
  assert.equal(code, 2)
  assert.match(stderr, /Expected --name to be given/)
})

test('the environment of a container is all it needs', async () => {
  const topics = newTopics()
  const examined = await runDoctor(quick, {
    GROUP_ID: 'edge',
    DDNN_MODELS: models('model'),
    PRODUCER_BACK: cluster.kafka.bootstrap,
    PRODUCER_BACK_TOPIC: topics.edgeToDevice,
    CONSUMER_BACK: cluster.kafka.bootstrap,
    CONSUMER_BACK_TOPIC: topics.deviceToEdge,
  })
  assert.equal(examined.code, 0, examined.text)
})

test('a broker that is down is named with its port, and the rest is looked at all the same', async () => {
  const flags = ['--models', models('edge'), '--name', 'edge']
  const down = { ...cluster, ...nobody }
  const examined = await examineHere([
    ...flags,
    ...backFlags(down, 'a', 'b'),
    ...frontFlags(cluster, 'c', 'd'),
  ])
  assertFailed(examined, 'back.tcp', /ECONNREFUSED 127\.0\.0\.1:1/, /start the broker/)
  assert.equal(examined.of('back.group').status, 'unchecked')
  assert.equal(examined.of('front.brokers').status, 'ok')
  assert.equal(examined.of('models.chain').status, 'ok')
})

test('a host that nobody knows is told from one that does not answer', async () => {
  const unknown = { ...cluster, host: 'no-such-host.invalid' }
  const examined = await examineHere([
    ...['--models', models('model'), '--name', 'edge'],
    ...backFlags(unknown, 'a', 'b'),
  ])
  assertFailed(examined, 'back.dns', /no-such-host\.invalid/, /name that this machine or Pod knows/)
})

test('topics that a run may not make are missing, with the command that makes them', async () => {
  const examined = await examineHere(newTier('--no-create-topics'))
  const failed = examined.checks.filter(({ status }) => status === 'failed')
  assert.deepEqual(
    failed.map(({ id }) => id),
    ['back.requests', 'back.replies'],
  )
  for (const { advice } of failed) assert.match(advice.join(), /kafka-topics --bootstrap-server/)
  assert.equal(examined.of('back.dead-letters').status, 'warning')
})

test('a topic too small for the model is mended by the command that is told', async () => {
  const topic = await createTestTopic(cluster.kafka, 'small', {
    config: { 'max.message.bytes': '1000', 'message.timestamp.type': 'CreateTime' },
  })
  const flags = [...tierFlags(topic, randomName('replies'))]
  const examined = await examineHere(flags)
  const { advice } = assertFailed(
    examined,
    'back.requests',
    /records of \d+ bytes, got max\.message\.bytes 1000/,
    new RegExp(`--entity-name ${topic} --add-config max.message.bytes=\\d+`),
  )
  const [, bytes = ''] = /max\.message\.bytes=(\d+)/.exec(advice.join()) ?? []
  await setTopicConfig(topic, { 'max.message.bytes': bytes })
  const mended = await examineHere(flags)
  assert.equal(mended.code, 0, mended.text)
  const warned = mended.of('back.requests')
  assert.equal(warned.status, 'warning', 'its times are not the broker’s')
  assert.match(warned.advice.join(), /--add-config message\.timestamp\.type=LogAppendTime/)
})

async function setTopicConfig(topic: string, config: Readonly<Record<string, string>>) {
  await withAdmin(cluster.kafka.bootstrap, (admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: 2,
          name: topic,
          configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
        },
      ],
    }),
  )
}

test('topics that no tier reads are told, and no question is left in them', async () => {
  const requests = await createTestTopic(cluster.kafka, 'requests')
  const replies = await createTestTopic(cluster.kafka, 'replies')
  const examined = await examineHere([
    ...['-i', images, '-l', labelsFile, '--name', 'device'],
    ...frontFlags(cluster, requests, replies),
  ])
  assertFailed(examined, 'front.readers', /no consumer group/, /--consumer-back-topic requests-/)
  const ends = await withAdmin(cluster.kafka.bootstrap, (admin) =>
    admin.fetchTopicOffsets(requests),
  )
  assert.ok(ends.every(({ high }) => high === '0'))
})

test('a group with more members than partitions has idle ones', async () => {
  const topic = await createTestTopic(cluster.kafka, 'narrow', { partitions: 1 })
  const groupId = randomName('group')
  const consumers = [0, 1].map(() =>
    testClient(cluster.kafka.bootstrap).consumer({
      groupId,
      heartbeatInterval: 200,
      maxWaitTimeInMs: 100,
    }),
  )
  try {
    for (const consumer of consumers) {
      await consumer.connect()
      await consumer.subscribe({ topic })
      const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve))
      await consumer.run({ eachMessage: () => Promise.resolve() })
      await joined
    }
    const flags = [...tierFlags(topic, randomName('replies')), '--group-id', groupId]
    const check = (await examineHere(flags)).of('back.group')
    assert.equal(check.status, 'warning')
    assert.match(check.advice.join(), /1 members have no partition.*--partitions 2/)
  } finally {
    for (const consumer of consumers) await consumer.disconnect()
  }
})

test('weights that are cut short are named, and what hangs on them is not checked', async () => {
  const folder = join(tempFolder(), 'edge')
  cpSync(models('edge'), folder, { recursive: true })
  truncateSync(join(folder, 'weights.bin'), 100)
  const examined = await examineHere([
    ...['--models', folder, '--name', 'edge', ...wasm],
    ...backFlags(cluster, randomName('a'), randomName('b')),
  ])
  assertFailed(examined, 'models.folder.1', /bytes of weights.*got 100/, /Copy the model folder/)
  assert.equal(examined.of('back.brokers').status, 'ok')
})

test('labels of a local run that are not those of the models are refused', async () => {
  const other = join(tempFolder(), 'labels.txt')
  writeFileSync(other, readFileSync(labelsFile, 'utf8').trim().split('\n').reverse().join('\n'))
  const local = ['-i', images, '--name', 'local', '--models', models('model')]
  const examined = await examineHere([...local, '-l', other])
  assertFailed(examined, 'input.fits', /Expected the model's labels/, /--labels/)
  const missing = await examineHere([...local, '-l', join(tempFolder(), 'none.txt')])
  assertFailed(missing, 'input.labels', /Expected a labels file/, /./)
  const well = await examineHere([...local, '-l', labelsFile])
  assert.equal(well.code, 0, well.text)
})

/** Environment of a process in which `name` cannot be required: as if it were not there, or its addon did not load. */
function withoutPackage(name: string, how: 'absent' | 'broken'): Readonly<Record<string, string>> {
  const hook = join(tempFolder(), 'without-package.cjs')
  const isMeant = how === 'absent' ? `name.startsWith('${name}')` : `name === '${name}'`
  writeFileSync(
    hook,
    `const { Module } = require('node:module')
     const resolve = Module._resolveFilename
     Module._resolveFilename = function (name, ...rest) {
       if (${isMeant}) throw new Error("Cannot find module '" + name + "'")
       return resolve.call(this, name, ...rest)
     }\n`,
  )
  return { NODE_OPTIONS: `--require ${hook}` }
}

describe('engines', () => {
  // The folder of images is made before the tests.
  const flags = () => [
    ...['-i', images, '-l', labelsFile, '--name', 'local', '--models', models('model')],
  ]
  const engineForm = z.object({
    name: z.string(),
    isInstalled: z.boolean(),
    description: z.string().optional(),
    reason: z.string().optional(),
    hint: z.string(),
  })
  const enginesOf = (examined: Examined) =>
    z.array(engineForm).parse(examined.of('models.engine').facts['engines'])

  test('are all told of: whether each is installed, what it is, how to get it', async () => {
    const examined = await runDoctor(flags())
    assert.equal(examined.of('models.engine').status, 'ok')
    const engines = enginesOf(examined)
    assert.deepEqual(
      engines.map(({ name }) => name),
      ['onnx', 'tensorflow', 'wasm'],
    )
    for (const engine of engines) {
      assert.equal(engine.isInstalled, true, engine.name)
      assert.match(engine.description ?? '', /\d+\.\d+/)
      assert.match(engine.hint, /[Ii]nstall/)
    }
  })

  test('--tensorflow without tfjs-node fails with how to get it, and the chain is known all the same', async () => {
    const env = withoutPackage('@tensorflow/tfjs-node', 'absent')
    const forced = await runDoctor([...flags(), '--tensorflow'], env)
    assertFailed(forced, 'models.engine', /engine tensorflow/, /Install it with `node /)
    assert.equal(forced.of('input.fits').status, 'ok')
  })

  test('a slower one that is not installed is told of and no warning', async () => {
    const examined = await runDoctor(flags(), withoutPackage('@tensorflow/tfjs-node', 'absent'))
    const { status, found, advice } = examined.of('models.engine')
    assert.deepEqual([status, advice], ['ok', []])
    assert.match(found, /tensorflow is not installed/)
  })

  test('a faster one that is not installed is a warning with how to get it', async () => {
    const examined = await runDoctor(flags(), withoutPackage('onnxruntime-node', 'absent'))
    assert.equal(examined.code, 0, examined.text)
    const { status, found, advice } = examined.of('models.engine')
    assert.equal(status, 'warning')
    assert.match(found, /onnx is not installed/)
    assert.match(advice.join(), /ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node/)
  })

  test('one that is installed and does not load is a warning with the reason, slower or not', async () => {
    for (const [name, engine] of [
      ['onnxruntime-node', 'onnx'],
      ['@tensorflow/tfjs-node', 'tensorflow'],
    ] as const) {
      const examined = await runDoctor(flags(), withoutPackage(name, 'broken'))
      assert.equal(examined.code, 0, examined.text)
      const { status, found, advice } = examined.of('models.engine')
      assert.equal(status, 'warning')
      assert.match(found, new RegExp(`${engine} is installed and does not load: .*Cannot find`))
      assert.equal(advice.length, 1)
    }
  })
})

describe('brokers with listeners of every kind', () => {
  let broker: SecureBroker
  let certificates: Certificates
  before(async () => {
    certificates = makeCertificates()
    broker = await startSecureBroker(certificates)
  })
  after(() => broker.stop())

  const at = (listener: ListenerName, ...flags: readonly string[]) => [
    ...['--models', models('model'), '--name', 'edge'],
    ...backFlags(broker.at(listener), 'requests', 'replies'),
    ...flags,
  ]
  const login = (secret: string) => [
    ...['--sasl-mechanism', 'scram-sha-512', '--sasl-username', user, '--sasl-password', secret],
  ]

  for (const [title, listener, startMs, reason] of [
    ['is dead', 'DEAD', '2000', 'ECONNREFUSED'],
    // Over before anything of the cluster is known; what is wrong with it is looked for all the same.
    ['is dead, asked with little time,', 'DEAD', '1', 'ECONNREFUSED'],
    ['takes no packets', 'SILENT', '2000', 'no answer in time'],
  ] as const) {
    test(`a listener whose advertised address ${title} is named as that, also by a start`, async () => {
      const address = listener === 'DEAD' ? deadAddress : broker.silentAddress
      const says = new RegExp(`answers, yet no broker.*broker 1 at ${address} .*${reason}`)
      const examined = await examineHere(at(listener))
      assertFailed(examined, 'back.brokers', says, /advertised\.listeners/)
      assert.equal(examined.of('back.tcp').status, 'ok')
      assert.equal(examined.of('back.login').status, 'ok')
      const run = at(listener, '--start-timeout-ms', startMs, ...wasm)
      const { code, stderr } = await runCli(run, { timeoutMs: 60_000 })
      assert.equal(code, 2, stderr)
      assert.match(stderr, says)
      assert.match(stderr, /advertised\.listeners/)
    })
  }

  test('TLS and login are well where authority, name and password are right', async () => {
    const { authority } = certificates
    const examined = await examineHere(at('LOGINTLS', '--ssl-ca', authority, ...login(password)))
    assert.equal(examined.code, 0, examined.text)
    assert.match(examined.of('back.tls').found, /TLSv1\.[23], certificate for DNS:localhost/)
    assert.equal(examined.of('back.tls').status, 'warning', 'the certificate is for two days')
    assert.match(examined.of('back.login').found, /in as 'alice' by SCRAM-SHA-512/)
    assert.ok(!examined.text.includes(password))
  })

  test('an authority that signed nothing is told at TLS', async () => {
    const examined = await examineHere(at('TLS', '--ssl-ca', certificates.stranger))
    assertFailed(examined, 'back.tls', /self-signed|unable to verify|local issuer/, /--ssl-ca/)
  })

  test('a wrong password is told at the login, and is nowhere in the output', async () => {
    const examined = await examineHere(at('LOGIN', ...login('wrong-horse')))
    assertFailed(examined, 'back.login', /SASL|uthentication/, /credentials/)
    assert.ok(!examined.text.includes('wrong-horse'))
  })

  for (const [title, listener, flags, id, found, advice] of [
    ['a TLS port asked in plain text', 'TLS', [], 'back.kafka', /./, /speaks TLS: pass --ssl-ca/],
    ['a plain port asked by TLS', 'LOGIN', ['--ssl'], 'back.tls', /./, /speaks plain text/],
    ['a login that is left out', 'LOGIN', [], 'back.login', /wants one/, /--sasl-mechanism/],
    [
      'a login that is not wanted',
      'TLS',
      login('x'),
      'back.login',
      /takes none/,
      /Leave out --sasl/,
    ],
  ] as const) {
    test(`${title} is told with the flag that mends it`, async () => {
      const isTls = listener === 'TLS' && flags.length > 0
      const tls = isTls ? ['--ssl-ca', certificates.authority] : []
      assertFailed(await examineHere(at(listener, ...flags, ...tls)), id, found, advice)
    })
  }
})
