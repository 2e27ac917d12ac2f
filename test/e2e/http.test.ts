// The HTTP door of real processes, asked by curl with photos as files: a gateway with models, a tier of its own
// port, and a gateway before that tier over Kafka. What they answer is what a local run answers.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { makeCertificates } from '../helpers/certificates.ts'
import { answerOfRow, runCli, startCli, tempFolder } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'
import {
  backFlags,
  frontFlags,
  labelsFile,
  localAnswers,
  models,
  newTopics,
  startCluster,
  stopTiers,
  type Cluster,
} from './chain.ts'

const run = promisify(execFile)
const sample = repoPath('data', 'sample')
const inferPath = '/v2/models/ddnn/infer'
const jpeg = ['-H', 'content-type: image/jpeg', '--data-binary']

interface Told {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly json: Readonly<Record<string, unknown>>
}

/** @throws where there is no curl. */
async function curl(url: string, ...args: readonly string[]): Promise<Told> {
  const shown = [
    '--silent',
    '--show-error',
    '--noproxy',
    '*',
    '--dump-header',
    '-',
    '--max-time',
    '60',
  ]
  const { stdout } = await run('curl', [...shown, ...args, url])
  // An interim '100 Continue' comes first where curl waited for one.
  const parts = stdout.split('\r\n\r\n')
  const heads = parts.filter((part) => part.startsWith('HTTP/'))
  const lines = (heads.at(-1) ?? '').split('\r\n')
  const headers = lines.slice(1).map((line) => line.split(/: */, 2) as [string, string])
  return {
    status: Number(lines[0]?.split(' ')[1]),
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    json: JSON.parse(parts.slice(heads.length).join('\r\n\r\n')) as Told['json'],
  }
}

interface Row {
  readonly class: number
  readonly label: string
  readonly exit: number
  readonly confidence: number
  readonly fallback: boolean
}

function rowOf({ status, json }: Told): Row {
  assert.equal(status, 200, JSON.stringify(json))
  const outputs = json['outputs'] as readonly { name: string; data: readonly unknown[] }[]
  return Object.fromEntries(outputs.map(({ name, data }) => [name, data[0]])) as unknown as Row
}

/** Starts a process whose door is open; resolves with where. */
async function start(name: string, ...flags: readonly string[]) {
  const host = flags.includes('--http-host') ? [] : ['--http-host', '127.0.0.1']
  const process = startCli(['--name', name, ...host, '--http-port', '0', ...flags])
  const [, port] = await process.waitFor(/health on port (\d+)/, 60_000)
  const scheme = flags.includes('--http-tls-cert') ? 'https' : 'http'
  return { process, port: Number(port), url: `${scheme}://127.0.0.1:${port}` }
}

/** A dozen of the sample's images and what a local run says of each. */
let expected: readonly { readonly file: string; readonly row: Row }[]
let cluster: Cluster
let alone: Awaited<ReturnType<typeof start>>

const aloneFlags = [
  ...['--criterion', 'softmax', '--http-max-in-flight', '1', '--http-max-body-bytes', '65536'],
]

before(async () => {
  const starting = Promise.all([
    start('alone', '--models', models('model'), '--http-host', '0.0.0.0', ...aloneFlags),
    startCluster(),
  ])
  const answers = await localAnswers(sample, '--criterion', 'softmax')
  const labels = readFileSync(labelsFile, 'utf8').trim().split('\n')
  const exits = ['edge', 'fog', 'cloud']
  expected = [...answers]
    .filter((_, i) => i % 5 === 0)
    .map(([file, row]) => ({
      file: join(sample, file),
      row: {
        class: Number(answerOfRow(row)),
        label: labels[Number(answerOfRow(row))] ?? '',
        exit: exits.indexOf(row.Exit ?? ''),
        confidence: Number(row.Confidence),
        fallback: false,
      },
    }))
  ;[alone, cluster] = await starting
  await alone.process.waitFor(/"msg":"ready"/, 60_000)
})

after(() => stopTiers([alone.process]))

async function assertAnswers(url: string, ...args: readonly string[]): Promise<void> {
  assert.ok(expected.length >= 12 && new Set(expected.map(({ row }) => row.exit)).size > 1)
  for (const { file, row } of expected) {
    const told = rowOf(await curl(url + inferPath, ...args, ...jpeg, `@${file}`))
    assert.deepEqual(
      { class: told.class, label: told.label, exit: told.exit, fallback: told.fallback },
      { class: row.class, label: row.label, exit: row.exit, fallback: row.fallback },
      file,
    )
    assert.ok(Math.abs(told.confidence - row.confidence) < 1e-3, `${file} ${told.confidence}`)
  }
}

test('a gateway with models answers a JPEG of curl as a local run does', async () => {
  await assertAnswers(alone.url)
})

test('what is asked for in the address counts: outputs, thresholds, budget', async () => {
  const file = `@${expected[0]?.file}`
  const ask = (query: string) => curl(`${alone.url}${inferPath}?${query}`, ...jpeg, file)
  assert.deepEqual(rowOf(await ask('outputs=exit&threshold=0')), { exit: 0 })
  assert.deepEqual(rowOf(await ask('outputs=exit&thresholds=2,2&budget_ms=20000')), { exit: 2 })
  const wrong = await ask('threshold=high')
  assert.equal(wrong.status, 400)
  assert.match(String(wrong.json['error']), /'threshold' to be a finite number, got 'high'/)
})

test('an image as base64 in JSON is the same image', async () => {
  const [first] = expected
  assert.ok(first !== undefined)
  const data = [readFileSync(first.file).toString('base64')]
  const inputs = [{ name: 'image', datatype: 'BYTES', shape: [1], data }]
  const body = JSON.stringify({ inputs, outputs: [{ name: 'label' }, { name: 'exit' }] })
  const told = await curl(alone.url + inferPath, '--data', body)
  assert.deepEqual(rowOf(told), { label: first.row.label, exit: first.row.exit })
})

test('a body too large is 413, no image 400, another model 404, another method 405', async () => {
  const folder = tempFolder()
  const large = join(folder, 'large')
  writeFileSync(large, Buffer.alloc(2_000_000))
  const broken = join(folder, 'broken.jpg')
  writeFileSync(broken, readFileSync(expected[0]?.file ?? '').subarray(0, 1500))
  const { url } = alone
  assert.equal((await curl(url + inferPath, ...jpeg, `@${large}`)).status, 413)
  const invalid = await curl(url + inferPath, ...jpeg, `@${broken}`)
  assert.equal(invalid.status, 400)
  assert.match(String(invalid.json['error']), /Expected an image that decodes/)
  const unknown = await curl(`${url}/v2/models/dnn/infer`, ...jpeg, `@${broken}`)
  assert.equal(unknown.status, 404)
  assert.match(String(unknown.json['error']), /Did you mean 'ddnn'/)
  const method = await curl(url + inferPath, '--request', 'PUT', ...jpeg, `@${broken}`)
  assert.deepEqual([method.status, method.headers['allow']], [405, 'POST'])
})

test('from beyond this machine inference is 403 without a token file, health is not', async () => {
  const own = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)
  assert.ok(own !== undefined, 'this machine has no IPv4 address beside 127.0.0.1')
  const url = `http://${own.address}:${alone.port}`
  const told = await curl(url + inferPath, ...jpeg, `@${expected[0]?.file}`)
  assert.equal(told.status, 403)
  assert.match(String(told.json['error']), /--http-token-file/)
  assert.equal((await curl(`${url}/v2/health/ready`)).status, 200)
})

test('more at once than --http-max-in-flight is 429 with Retry-After, and the rest is answered', async () => {
  const body = readFileSync(expected[0]?.file ?? '')
  const headers = { 'content-type': 'image/jpeg' }
  const asking = Array.from({ length: 24 }, () =>
    fetch(alone.url + inferPath, { method: 'POST', headers, body }),
  )
  const statuses = new Map<number, number>()
  for (const response of await Promise.all(asking)) {
    await response.arrayBuffer()
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
    if (response.status === 429) assert.equal(response.headers.get('retry-after'), '1')
  }
  assert.deepEqual([...statuses.keys()].sort(), [200, 429])
})

test('a gateway before a tier is 503 until the tier is there, then answers as it does; so does the tier itself, over HTTPS by token', async () => {
  const { brokerStore, authority } = makeCertificates()
  const tokenFile = join(tempFolder(), 'tokens')
  writeFileSync(tokenFile, '# of this test\nsecret\n')
  const topics = newTopics()
  const { deviceToEdge, edgeToDevice } = topics
  const gateway = await start('gateway', ...frontFlags(cluster, deviceToEdge, edgeToDevice))
  const file = `@${expected[0]?.file}`
  const early = await curl(gateway.url + inferPath, ...jpeg, file)
  assert.deepEqual([early.status, early.headers['retry-after']], [503, '1'])
  assert.equal((await curl(`${gateway.url}/v2/models/ddnn/ready`)).status, 503)

  const tier = await start(
    'tier',
    ...['--models', models('model'), '--criterion', 'softmax', '--http-token-file', tokenFile],
    ...['--http-tls-cert', brokerStore, '--http-tls-key', brokerStore],
    ...backFlags(cluster, deviceToEdge, edgeToDevice),
  )
  await Promise.all([
    tier.process.waitFor(/"msg":"ready"/, 60_000),
    gateway.process.waitFor(/"msg":"ready"/, 60_000),
  ])
  assert.equal((await curl(`${gateway.url}/v2/models/ddnn/ready`)).status, 200)
  await assertAnswers(gateway.url)

  const trusted = ['--cacert', authority]
  const none = await curl(tier.url + inferPath, ...trusted, ...jpeg, file)
  assert.deepEqual([none.status, none.headers['www-authenticate']], [401, 'Bearer'])
  await assertAnswers(tier.url, ...trusted, '-H', 'authorization: Bearer secret')
  await assertHealth(tier.port, brokerStore)
  await stopTiers([gateway.process, tier.process])
})

/** `ddnn health` knows that it is to ask by HTTPS as the process itself does. */
async function assertHealth(port: number, certificate: string): Promise<void> {
  const flags = ['health', '--http-port', String(port)]
  const secure = await runCli(flags, { env: { DDNN_HTTP_TLS_CERT: certificate } })
  assert.deepEqual([secure.code, secure.stdout], [0, 'ready\n'])
  assert.equal((await runCli(flags)).code, 1)
}
