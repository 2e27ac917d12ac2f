// What doctor says of who may ask over HTTP, of the certificate, and of a port that a ddnn holds with it.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Config, DoorConfig } from '../../../src/cli/config.ts'
import { parseCommandLine } from '../../../src/cli/parse.ts'
import { resolveRun } from '../../../src/cli/roles.ts'
import { checkDoor } from '../../../src/lab/doctor/door.ts'
import { Examination } from '../../../src/lab/doctor/examination.ts'
import { checkProcess } from '../../../src/lab/doctor/process.ts'
import { openDoor } from '../../serving/door/http/made-door.ts'
import { makeCertificates } from '../../helpers/certificates.ts'
import { tempFolder } from '../../helpers/cli.ts'

function examine() {
  const signal = new AbortController().signal
  const exam = new Examination({ timeoutMs: 10_000, signal, onResult: () => undefined })
  const of = (id: string) => {
    const result = exam.results.find((one) => one.id === id)
    return { status: result?.status, found: result?.found ?? '' }
  }
  return { exam, of }
}

function configOf(...flags: readonly string[]): Config {
  const line = parseCommandLine('run', ['--name', 'x', '--models', 'm', ...flags], {})
  const config = resolveRun(line.values, [...line.problems])
  assert.ok(config !== undefined)
  return config
}

async function lookAtDoor(...flags: readonly string[]) {
  const { exam, of } = examine()
  await checkDoor(exam, configOf('--http-port', '0', ...flags).door as DoorConfig)
  return { access: of('process.door'), certificate: of('process.certificate') }
}

test('who may ask is said in words', async () => {
  const alone = { status: 'ok', found: 'this machine alone' }
  assert.deepEqual((await lookAtDoor()).access, alone)
  const { access } = await lookAtDoor('--http-open')
  assert.deepEqual(access, { status: 'ok', found: 'every client that reaches the port' })
})

test('tokens are counted, and in plain text they are a warning', async () => {
  const file = join(tempFolder(), 'tokens')
  writeFileSync(file, 'a\nb\n')
  const { access } = await lookAtDoor('--http-token-file', file)
  assert.equal(access.status, 'warning')
  assert.match(access.found, /one of 2 tokens/)
  writeFileSync(file, '')
  assert.equal((await lookAtDoor('--http-token-file', file)).access.status, 'failed')
})

test('a certificate with another key has failed', async () => {
  const { brokerStore, client } = makeCertificates()
  const look = (cert: string, key: string) =>
    lookAtDoor('--http-tls-cert', cert, '--http-tls-key', key)
  assert.equal((await look(brokerStore, brokerStore)).certificate.status, 'ok')
  const other = (await look(brokerStore, client.key)).certificate
  assert.equal(other.status, 'failed')
  assert.match(other.found, /to be a certificate and its key/)
  assert.equal((await look('missing.pem', client.key)).certificate.status, 'failed')
})

test('a port that a ddnn holds by HTTPS is asked by HTTPS', async () => {
  const { brokerStore } = makeCertificates()
  const pem = readFileSync(brokerStore)
  const { port } = await openDoor({ tls: { cert: pem, key: pem } })
  const flags = ['--http-port', String(port), '--http-host', '127.0.0.1']
  const secure = examine()
  const tls = ['--http-tls-cert', brokerStore, '--http-tls-key', brokerStore]
  await checkProcess(secure.exam, configOf(...flags, ...tls))
  assert.match(secure.of('process.port').found, /is held by a ddnn that runs and is ready/)
  const plain = examine()
  await checkProcess(plain.exam, configOf(...flags))
  assert.equal(plain.of('process.port').status, 'failed')
})
