// `ddnn up` as a user has it: a file, one command, an answer; and nothing of it left, however it ends.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { readCsv, runCli, startCli, tempFolder, type RunningCli } from '../helpers/cli.ts'
import { assertForm } from '../helpers/json-form.ts'
import { randomName, startKafka } from '../helpers/kafka.ts'
import { repoPath } from '../helpers/paths.ts'
import { descendantsOf, runningOf } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'

/** Where the tests' Kafka is installed. */
const cache = process.env['DDNN_CACHE']
const env: Record<string, string> = cache === undefined ? {} : { DDNN_CACHE: cache }

/** What the block of `up` says to try with a device. */
async function deviceLine(up: RunningCli): Promise<readonly string[]> {
  const [, line = ''] = await up.waitFor(/^ {2}(?:try|or) +(node .* --name device .*)$/m)
  return line.split(' ').slice(2)
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function assertNothingLeft(pids: readonly number[], withinMs: number): Promise<void> {
  await until(`none of ${pids.join(', ')} to run`, () => runningOf(pids).length === 0, withinMs)
}

test('init writes a file, up runs it with a broker of its own, and Ctrl-C leaves nothing', async () => {
  const folder = tempFolder()
  assert.equal((await runCli(['init'], { cwd: folder })).code, 0)
  const file = join(folder, 'ddnn.yaml')
  const [http = 0, grpc = 0] = await freePorts(2)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace('8080', String(http)).replace('8081', String(grpc)))

  const up = startCli(['up'], { cwd: folder, env })
  const line = await deviceLine(up)
  const device = await runCli([...line, '--limit', '3'], { cwd: folder })
  assert.equal(device.code, 0, device.stderr)
  assert.equal(readCsv(join(folder, 'results.csv')).length, 3)
  const [, image = '', url = ''] = await up.waitFor(
    /^ {2}try +curl .* --data-binary @(\S+) (\S+)$/m,
  )
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body: readFileSync(image),
  })
  assert.equal(answer.status, 200)
  assert.match(await answer.text(), /"data":\["daisy"\]/)

  const pids = descendantsOf(up.pid)
  // Three tiers, the door, the broker's keeper and its Java.
  assert.ok(pids.length >= 6, pids.join(', '))
  const end = await up.stop('SIGINT')
  assert.equal(end.code, 130, end.stderr)
  assert.deepEqual(runningOf(pids), [])
  const stops = [...end.stderr.matchAll(/^(\w+) +\| .* stopped$/gm)].map(([, tier]) => tier)
  assert.deepEqual(stops, ['door', 'edge', 'fog', 'cloud'])
})

test('a parent that is killed takes all of its processes along, Java and its folder too', async () => {
  const folder = tempFolder()
  const file = join(folder, 'one.yaml')
  writeFileSync(file, 'tiers: [{ name: edge, models: shipped/edge }]')
  const temporary = tempFolder()
  const up = startCli(['up', file, '--json'], { cwd: folder, env: { ...env, TMPDIR: temporary } })
  // Nothing else of what stands on stdout begins like that.
  const [event = ''] = await up.waitFor(/^\{"kind":"ready".*\n/m)
  assertForm('up', event)
  const pids = descendantsOf(up.pid)
  assert.ok(pids.length >= 3, pids.join(', '))
  up.child.kill('SIGKILL')
  await assertNothingLeft(pids, 15_000)
  // Java and libraries leave files of their own there.
  const folders = () => readdirSync(temporary).filter((name) => name.startsWith('ddnn-'))
  await until('the folder of the broker to be gone', () => folders().length === 0)
})

test('what a tier says at its start that it cannot is the last word, and ends all', async () => {
  const kafka = await startKafka()
  const folder = tempFolder()
  const name = randomName('broken')
  writeFileSync(
    join(folder, 'ddnn.yaml'),
    `kafka: { brokers: '${kafka.bootstrap}' }\ntiers: [{ name: ${name}, models: . }]`,
  )
  writeFileSync(join(folder, 'ddnn.json'), '{')
  const end = await runCli(['up', '--json'], { cwd: folder })
  await kafka.stop()
  assertForm('up', end.stdout)
  assert.equal(end.code, 2)
  const words = new RegExp(`\nddnn: ${name} could not start: .*ddnn.json.* .DDNN_MODEL_DAMAGED.`)
  assert.match(end.stderr, words)
})

test('a flag that does not exist is told before anything is started', async () => {
  const folder = tempFolder()
  const file = join(folder, 'ddnn.yaml')
  writeFileSync(file, 'tiers: [{ name: all, models: shipped/model, flags: { treshold: 1 } }]')
  const end = await runCli(['up'], { cwd: folder })
  assert.equal(end.code, 2)
  assert.match(end.stderr, /all: Unknown flag --treshold, did you mean --threshold\?/)
  assert.doesNotMatch(end.stderr, /kafka/)
})

test('a port that somebody has, and one that two processes want, are told before anything is started', async () => {
  const folder = tempFolder()
  const taken = createServer().listen(0)
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const flags = '{ http-port: 7, grpc-port: 7 }'
  const tiers = `[{ name: all, models: shipped/model, flags: ${flags} }]`
  writeFileSync(join(folder, 'ddnn.yaml'), `tiers: ${tiers}\ndoor: { http-port: ${port} }`)
  const end = await runCli(['up'], { cwd: folder })
  taken.close()
  assert.equal(end.code, 2)
  assert.match(
    end.stderr,
    new RegExp(`door: Expected http-port ${port} on '::' to be free, got EADDRINUSE`),
  )
  assert.match(end.stderr, /all: Expected a grpc-port of its own, .* got 7, the http-port of all/)
  assert.doesNotMatch(end.stderr, /kafka/)
})

test('demo --kafka gives the CSV and the page of demo, over processes', async () => {
  const kafka = await startKafka()
  const folder = tempFolder()
  const end = await runCli(['demo', '--kafka', '--limit', '4'], {
    cwd: folder,
    env: { ...env, KAFKA_BROKERS: kafka.bootstrap },
  })
  await kafka.stop()
  assert.equal(end.code, 0, end.stderr)
  assert.match(end.stdout, /4 images, 4 answered/)
  assert.match(end.stdout, /Leaving early took/)
  assert.equal(readCsv(join(folder, 'results.csv')).length, 4)
  assert.ok(existsSync(join(folder, 'results.html')))
})

test('init refuses a file that is there, and writes over it with --force', async () => {
  const folder = tempFolder()
  const file = join(folder, 'mine.yaml')
  const models = repoPath('saved_models', 'cifar10')
  assert.equal((await runCli(['init', file, '--models', models])).code, 0)
  const again = await runCli(['init', file])
  assert.equal(again.code, 2)
  assert.match(again.stderr, /Expected no '.*mine\.yaml' yet, got one/)
  assert.equal((await runCli(['init', file, '--force'])).code, 0)
  assert.match(readFileSync(file, 'utf8'), /models: shipped\/edge/)
})
