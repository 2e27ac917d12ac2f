// TLS, client certificates and logins, as users give them on the command line, against a real broker
// with a listener of each kind.
import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createSilentLog } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts'
import { createKafkaTransport } from '../../src/serving/transport/kafka/kafka-transport.ts'
import { makeCertificates, type Certificates } from '../helpers/certificates.ts'
import { answerOfRow, readCsv, runCli, tempFolder, type CliResult } from '../helpers/cli.ts'
import { labelledImages } from '../helpers/images.ts'
import {
  backFlags,
  deviceFlags,
  frontFlags,
  models,
  newTopics,
  startTier,
  stopTiers,
  type Cluster,
  type Topics,
} from './chain.ts'
import { password, startSecureBroker, user, type SecureBroker } from './secure-broker.ts'

const imageCount = 5
/** Start of a process and the ten seconds in which brokers must answer; on a busy machine. */
const refusedWithinMs = 40_000
/** As OpenSSL says it: how it says so depends on what the broker sent of its chain. */
const unknownAuthority =
  /self-signed certificate|unable to verify the first certificate|local issuer/
const wasm = ['--engine', 'wasm']

let broker: SecureBroker
let certificates: Certificates
let images: string
before(async () => {
  certificates = makeCertificates()
  images = await labelledImages(1)
  broker = await startSecureBroker(certificates)
})
after(() => broker.stop())

/** A tier that answers every request by itself. */
const wholeTier = (cluster: Cluster, { deviceToEdge, edgeToDevice }: Topics) => [
  ...['--models', models('model'), '--name', 'edge', ...wasm],
  ...backFlags(cluster, deviceToEdge, edgeToDevice),
]

/** Runs a device to its end and holds it to an answer for each image. */
async function assertAnswered(
  cluster: Cluster,
  topics: Topics,
  security: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const output = join(tempFolder(), 'results.csv')
  const device = await runCli([...deviceFlags(cluster, topics, images, output), ...security], {
    env,
    timeoutMs: 60_000,
  })
  assert.equal(device.code, 0, device.stderr)
  const rows = readCsv(output)
  assert.equal(rows.length, imageCount)
  for (const row of rows) {
    assert.equal(row['Error'], '', row['File'])
    assert.notEqual(answerOfRow(row), '', row['File'])
  }
  return { device, rows }
}

/** A device whose front lets it not in: it must end by itself, although brokers are waited for without end. */
function runRefused(
  cluster: Cluster,
  security: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const output = join(tempFolder(), 'results.csv')
  const patient = ['--start-timeout-ms', '0', ...security]
  return runCli([...deviceFlags(cluster, newTopics(), images, output), ...patient], {
    env,
    timeoutMs: refusedWithinMs,
  })
}

function assertUsageError({ code, stdout, stderr }: CliResult, says: RegExp): void {
  const output = `${stdout}\n${stderr}`
  assert.equal(code, 2, output)
  assert.match(output, says)
  assert.doesNotMatch(output, /^\s+at .*:\d+:\d+\)?$/m)
}

test('by TLS devices talk to a broker whose authority they are given, or that they are told to take as it is', async () => {
  const topics = newTopics()
  const tls = broker.at('TLS')
  const tier = await startTier([...wholeTier(tls, topics), '--ssl', '--no-ssl-verify'])
  // By its other name: the certificate is for both.
  const byName = broker.at('TLS', 'localhost')
  await assertAnswered(byName, topics, ['--front-ssl-ca', certificates.authority])
  await assertAnswered(tls, topics, ['--front-ssl', '--no-front-ssl-verify'])
  await stopTiers([tier])
})

test('mutual TLS lets in who shows a certificate of the authority, and opens an encrypted key by its passphrase', async () => {
  const topics = newTopics()
  const { authority, client } = certificates
  const passphrase = 'right-key-phrase-42'
  const shown = ['--ssl-ca', authority, '--ssl-cert', client.certificate]
  const encrypted = ['--ssl-key', encryptedCopy(client.key, passphrase)]
  const tier = await startTier([
    ...wholeTier(broker.at('MUTUAL'), topics),
    ...[...shown, ...encrypted, '--ssl-key-passphrase', passphrase],
  ])
  await assertAnswered(broker.at('MUTUAL'), topics, [...shown, '--ssl-key', client.key])
  const env = { DDNN_SSL_KEY_PASSPHRASE: passphrase }
  await assertAnswered(broker.at('MUTUAL'), topics, [...shown, ...encrypted], env)
  await stopTiers([tier])
  assertKeepsSecret(tier.output(), passphrase)
})

describe('who is not trusted, or does not trust', { concurrency: true }, () => {
  test('mutual TLS without a certificate ends with exit code 2 and names the certificate', async () => {
    const { authority } = certificates
    const refused = await runRefused(broker.at('MUTUAL'), ['--ssl-ca', authority])
    // Which of the two alerts comes is the affair of the broker's Java.
    assertUsageError(refused, /alert (bad certificate|certificate required)/)
  })

  test("a broker that the system's authorities do not know is refused, and the error says why", async () => {
    const refused = await runRefused(broker.at('TLS'), ['--ssl'])
    assertUsageError(refused, unknownAuthority)
  })

  test('a broker of another authority than the given one is refused, and the error says why', async () => {
    const refused = await runRefused(broker.at('TLS'), ['--ssl-ca', certificates.stranger])
    assertUsageError(refused, unknownAuthority)
  })
})

test('files that are no certificate, or not the key of it, are named before any broker is asked', async () => {
  const { authority, stranger, client } = certificates
  const notPem = join(tempFolder(), 'not-pem.txt')
  writeFileSync(notPem, 'hello\n')
  const encrypted = encryptedCopy(client.key, 'right-key-phrase-42')
  const shown = ['--ssl-ca', authority, '--ssl-cert', client.certificate]
  const nobody = { ...broker.at('TLS'), port: '1' }
  const rows: readonly (readonly [readonly string[], RegExp])[] = [
    [['--ssl-ca', notPem], /Expected --ssl-ca to be a PEM file of certificates, got '.*not-pem/],
    [[...shown, '--ssl-key', notPem], /Expected --ssl-key to be a PEM file of a private key/],
    [[...shown, '--ssl-key', encrypted], /Expected --ssl-key .* without a passphrase/],
    [
      [...shown, '--ssl-key', encrypted, '--ssl-key-passphrase', 'wrong-key-phrase-42'],
      /Expected --ssl-key .* that --ssl-key-passphrase opens/,
    ],
    [
      ['--front-ssl-cert', stranger, '--front-ssl-key', client.key],
      /Expected --front-ssl-key to be the key of --front-ssl-cert/,
    ],
  ]
  for (const [flags, says] of rows) {
    const refused = await runRefused(nobody, flags)
    assertUsageError(refused, says)
    assert.match(refused.stderr, /DDNN_CONFIG_INVALID/)
    assert.doesNotMatch(refused.stderr, /key-phrase-42/)
  }
  const bothLinks = await runCli([
    ...wholeTier(nobody, newTopics()),
    ...frontFlags(nobody, 'a', 'b'),
    ...['--ssl-ca', notPem],
  ])
  assertUsageError(bothLinks, /--ssl-ca/)
  assert.equal(bothLinks.stderr.split(notPem).length - 1, 1, 'named once, not once a link')
})

/** The key once more, under a passphrase. */
function encryptedCopy(keyFile: string, passphrase: string): string {
  const file = join(tempFolder(), 'encrypted.key')
  const key = createPrivateKey(readFileSync(keyFile))
  const form = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const
  writeFileSync(file, key.export(form))
  return file
}

for (const { mechanism, listener } of [
  { mechanism: 'plain', listener: 'LOGIN' },
  { mechanism: 'scram-sha-512', listener: 'LOGINTLS' },
] as const) {
  test(`SASL ${mechanism} lets in who knows the password, and prints it nowhere`, async () => {
    const topics = newTopics()
    const passwordFile = join(tempFolder(), 'password')
    writeFileSync(passwordFile, `${password}\n`)
    const login = [
      ...['--sasl-mechanism', mechanism, '--sasl-username', user, '--log-level', 'trace'],
      ...(listener === 'LOGINTLS' ? ['--ssl-ca', certificates.authority] : []),
    ]
    const tier = await startTier([
      ...wholeTier(broker.at(listener), topics),
      ...login,
      ...['--sasl-password-file', passwordFile],
    ])
    const { device } = await assertAnswered(broker.at(listener), topics, login, {
      DDNN_SASL_PASSWORD: password,
    })
    await stopTiers([tier])
    assertKeepsSecret(`${device.stdout}${device.stderr}`, password)
    assertKeepsSecret(tier.output(), password)
  })
}

test('who logs in and sees no group is not told that no tier reads: that is not known', async () => {
  const { host, port } = broker.at('LOGIN')
  const topics = { requestTopic: 'nobody-reads', replyTopic: 'nobody-writes' }
  const common = { clientId: 'viewer', log: createSilentLog(), metrics: createMetrics() }
  const [open, login] = [
    { ...common, requestBrokers: broker.at('LOGIN').kafka.bootstrap.split(',') },
    {
      ...{ ...common, requestBrokers: [`${host}:${port}`] },
      sasl: { mechanism: 'plain', username: user, password },
    } as const,
  ].map(createKafkaTransport)
  assert.deepEqual(await open?.viewFront?.(topics).readers(), [])
  assert.equal(await login?.viewFront?.(topics).readers(), undefined)
  await Promise.all([open?.close(), login?.close()])
})

test('a wrong password ends with DDNN_TRANSPORT_REFUSED and is printed nowhere', async () => {
  const wrong = 'wrong-zebra-0815'
  const env = { DDNN_SASL_PASSWORD: wrong }
  const asks = (mechanism: string) => [
    ...['--sasl-mechanism', mechanism, '--sasl-username', user, '--log-level', 'trace'],
  ]
  const refused = await Promise.all([
    runRefused(broker.at('LOGIN'), asks('plain'), env),
    runRefused(broker.at('LOGIN'), asks('scram-sha-512'), env),
    runCli([...wholeTier(broker.at('LOGIN'), newTopics()), ...asks('plain')], {
      env,
      timeoutMs: refusedWithinMs,
    }),
  ])
  for (const result of refused) {
    assertUsageError(result, /DDNN_TRANSPORT_REFUSED/)
    assertKeepsSecret(`${result.stdout}${result.stderr}`, wrong)
  }
})

/** Neither as it is nor as the base64 of what PLAIN sends. */
function assertKeepsSecret(output: string, secret: string): void {
  assert.notEqual(output, '')
  assert.ok(!output.includes(secret), output)
  for (const sent of [secret, `\0${user}\0${secret}`, `${user}\0${user}\0${secret}`]) {
    assert.ok(!output.includes(Buffer.from(sent).toString('base64').replace(/=+$/, '')), output)
  }
}

test('a middle tier is secured differently at its back and at its front', async () => {
  const topics = newTopics()
  const { authority } = certificates
  const tls = broker.at('TLS')
  const login = broker.at('LOGIN')
  const rest = await startTier([
    ...['--models', models('fog'), models('cloud'), '--name', 'rest', ...wasm],
    ...backFlags(login, topics.edgeToFog, topics.fogToEdge),
    ...['--sasl-mechanism', 'plain', '--sasl-username', user, '--sasl-password', password],
  ])
  const edge = await startTier([
    ...['--models', models('edge'), '--name', 'edge', ...wasm],
    // Unsure of every image, so that each goes through both links.
    ...['--threshold', '2'],
    ...backFlags(tls, topics.deviceToEdge, topics.edgeToDevice),
    ...['--back-ssl-ca', authority],
    ...frontFlags(login, topics.edgeToFog, topics.fogToEdge),
    ...['--front-sasl-mechanism', 'plain', '--front-sasl-username', user],
    ...['--front-sasl-password', password],
  ])
  const { rows } = await assertAnswered(tls, topics, ['--ssl-ca', authority])
  for (const row of rows) {
    assert.notEqual(row['Fog_Prediction'] || row['Cloud_Prediction'], '', JSON.stringify(row))
  }
  await stopTiers([edge, rest])
  for (const tier of [edge, rest]) assertKeepsSecret(tier.output(), password)
})
