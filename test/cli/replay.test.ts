// The command line of `ddnn replay`.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { readReplay } from '../../src/cli/read-replay.ts'

const now = Date.UTC(2026, 10, 28, 12)

function read(text: string, env: Readonly<Record<string, string>> = {}) {
  const line = parseCommandLine('replay', [...text.split(' ').filter((word) => word !== '')], env)
  const problems = [...line.problems]
  const config = readReplay(line.values, problems, now)
  return { config, problems, values: line.values }
}

test('every filter is read, lists by commas or spaces', () => {
  const { config, problems } = read(
    'to_edge_dlq --brokers a,b:9093 --code DDNN_FRAME_SHAPE,DDNN_FRAME_VALUE --client e1 e2 ' +
      '--since 2h --until 2026-11-28T11:00Z --partition 0,3 --offset 5..9',
  )
  assert.deepEqual(problems, [])
  assert.deepEqual(config.link.requestBrokers, ['a:9092', 'b:9093'])
  assert.equal(config.topic, 'to_edge_dlq')
  assert.equal(config.to, 'to_edge')
  assert.equal(config.isToGiven, false)
  assert.deepEqual(config.filter, {
    codes: new Set(['DDNN_FRAME_SHAPE', 'DDNN_FRAME_VALUE']),
    clients: new Set(['e1', 'e2']),
    sinceMs: now - 7_200_000,
    untilMs: now - 3_600_000,
    partitions: new Set([0, 3]),
    offsets: { from: 5n, to: 9n },
  })
})

test('without filters all letters are meant, and nothing is to be sent', () => {
  const { config, problems, values } = read('to_edge_dlq')
  assert.deepEqual(problems, [])
  assert.ok(Object.values(config.filter).every((one) => one === undefined))
  assert.notEqual(values.boolean('resend'), true)
  assert.deepEqual(config.link.requestBrokers, ['localhost:9092'])
})

test("variables of a device's environment do not reach it", () => {
  const env = { DDNN_SEND: 'uint8', DDNN_LIMIT: '3', DDNN_TIMEOUT_MS: '7', DDNN_SSL: 'true' }
  const { config, problems, values } = read('to_edge_dlq', env)
  assert.deepEqual(problems, [])
  assert.equal(values.isGiven('resend'), false)
  assert.equal(values.isGiven('limit'), false)
  assert.equal(values.number('timeout-ms'), 30_000)
  assert.ok(config.link.tls !== undefined, 'how the brokers are reached does')
})

test('the login is that of a link', () => {
  const sasl = '--sasl-mechanism scram-sha-256 --sasl-username u --sasl-password p'
  const { config, problems } = read(`to_edge_dlq --ssl ${sasl}`)
  assert.deepEqual(problems, [])
  assert.deepEqual(config.link.sasl, { mechanism: 'scram-sha-256', username: 'u', password: 'p' })
  assert.match(read('to_edge_dlq --sasl-username u').problems[0] ?? '', /--sasl-mechanism/)
})

for (const [text, expected] of [
  ['', /behind the command/],
  ['to_edge', /a topic of dead letters, as 'to_edge_dlq'/],
  ['_dlq', /a topic of dead letters/],
  ['a/b_dlq', /a topic name/],
  ['a_dlq --to a_dlq', /a topic of requests/],
  ['a_dlq --to a/b', /a topic name/],
  ['a_dlq --brokers a:b', /host or host:port/],
  ['a_dlq --since yesterday', /--since to be a time ago/],
  ['a_dlq --since 1h --until 2h', /--since to be before --until/],
  ['a_dlq --offset 9..5', /--offset to be offsets FROM..TO/],
  ['a_dlq --partition one', /--partition to be numbers/],
  ['a_dlq --limit 0', /--limit to be a whole number/],
  ['a_dlq --format csv', /--format to be one of text, json/],
] as const) {
  test(`'replay ${text}' is refused in one sentence`, () => {
    const { problems } = read(text)
    assert.equal(problems.length, 1, problems.join('\n'))
    assert.match(problems[0] ?? '', expected)
  })
}
