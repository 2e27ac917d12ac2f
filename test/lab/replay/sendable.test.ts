// What may be sent again, and with which headers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letterOf } from '../../../src/lab/replay/letter.ts'
import type { FoundRequest } from '../../../src/lab/replay/origin.ts'
import { sendableOf, type Sendable, type SendRules } from '../../../src/lab/replay/sendable.ts'
import { replayedHeaders, replaysOf } from '../../../src/serving/transport/headers.ts'
import { makeLetter, unreadable, usualHeaders } from './letters.ts'

const rules: SendRules = {
  to: 'requests',
  requestTopic: 'requests',
  isToGiven: false,
  maxReplays: 3,
  isForced: false,
}
const notAsked = () => Promise.reject<FoundRequest>(new Error('the origin was asked'))

/** Why not; fails where it may be sent. */
function reasonOf(sendable: Sendable): string {
  assert.ok(!sendable.isSendable)
  return sendable.reason
}

test('a letter goes with its own headers less those of the letter, a new budget and a count', async () => {
  const sendable = await sendableOf(makeLetter(), rules, notAsked)
  assert.ok(sendable.isSendable)
  assert.equal(sendable.valueFrom, 'letter')
  assert.equal(Buffer.from(sendable.value).toString(), 'a value')
  const sent = replayedHeaders(sendable.headers, 4999.6)
  assert.deepEqual(sent, {
    'ddnn-replays': '1',
    'ddnn-version': '1',
    'correlation-id': 'edge-1:7',
    'client-id': 'edge-1',
    'reply-partition': '0',
    'budget-ms': '5000',
  })
  assert.equal(Object.keys(sent)[0], 'ddnn-replays', 'a stranger pushes it out of no letter')
  assert.equal(replayedHeaders(sent, 1)['ddnn-replays'], '2')
  assert.equal(replaysOf({ 'ddnn-replays': 'many' }), 0)
})

test('a letter that was sent again too often is kept, unless forced', async () => {
  const often = makeLetter({ headers: { ...usualHeaders, 'ddnn-replays': '3' } })
  assert.match(reasonOf(await sendableOf(often, rules, notAsked)), /3 times/)
  assert.ok((await sendableOf(often, { ...rules, isForced: true }, notAsked)).isSendable)
  assert.ok((await sendableOf(often, { ...rules, maxReplays: 4 }, notAsked)).isSendable)
})

test("an original's request is kept, unless forced, and gets no budget", async () => {
  const { 'origin-topic': topic, 'error-code': code } = usualHeaders
  const original = makeLetter({ headers: { 'origin-topic': topic, 'error-code': code } })
  assert.match(reasonOf(await sendableOf(original, rules, notAsked)), /original/)
  const forced = await sendableOf(original, { ...rules, isForced: true }, notAsked)
  assert.ok(forced.isSendable)
  assert.deepEqual(replayedHeaders(forced.headers, 5000), { 'ddnn-replays': '1' })
})

test('a letter does not choose where we write, nor what we read', async () => {
  const foreign = { ...usualHeaders, 'origin-topic': 'secrets' }
  assert.match(
    reasonOf(await sendableOf(makeLetter({ headers: foreign }), rules, notAsked)),
    /--to/,
  )
  const given = { ...rules, to: 'mine', isToGiven: true }
  assert.ok((await sendableOf(makeLetter({ headers: foreign }), given, notAsked)).isSendable)
  const bare = makeLetter({ headers: foreign, value: null })
  assert.match(reasonOf(await sendableOf(bare, given, notAsked)), /'secrets'/)
})

test('a letter without a value is what stands at its origin, by the headers that it has there', async () => {
  const headers = { 'correlation-id': 'edge-1:7', 'ddnn-version': '1', extra: 'kept' }
  const value = Buffer.from('the whole of it')
  const bare = makeLetter({ value: null })
  const found = await sendableOf(bare, rules, (origin) => {
    assert.deepEqual(origin, {
      topic: 'requests',
      partition: 3,
      offset: '881',
      timestampMs: 1000,
    })
    return Promise.resolve({ isThere: true, value, headers })
  })
  assert.deepEqual(found, { isSendable: true, value, headers, valueFrom: 'origin' })
  const gone = () => Promise.resolve({ isThere: false, reason: 'it is gone' } as const)
  assert.equal(reasonOf(await sendableOf(bare, rules, gone)), 'it is gone')
})

test('what is no letter, or cannot be read, is kept', async () => {
  const stranger = makeLetter({ headers: { 'correlation-id': 'a:1' } })
  assert.match(reasonOf(await sendableOf(stranger, rules, notAsked)), /no dead letter/)
  const broken = letterOf(0, unreadable)
  assert.match(reasonOf(await sendableOf(broken, rules, notAsked)), /cannot be read: .*checksum/)
})
