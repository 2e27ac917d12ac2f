// The in-process transport: the contract, and what it alone promises.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInProcessTransport } from '../../../src/serving/transport/in-process/in-process-transport.ts'
import { MemoryBroker } from '../../../src/serving/transport/in-process/broker.ts'
import type { Headers } from '../../../src/serving/transport/headers.ts'
import { createLogSink } from '../../helpers/log-sink.ts'
import { transportContract } from '../../contract/transport-contract.ts'
import { until } from '../../helpers/until.ts'

transportContract('in-process', () => {
  const broker = new MemoryBroker()
  const transport = createInProcessTransport({ broker })
  return Promise.resolve({
    transport: () => transport,
    sendRaw: (topic: string, value: Uint8Array, headers: Headers) => {
      broker.addRequest(topic, value, headers)
      return Promise.resolve()
    },
    deadLetters: async (topic: string, count: number) => {
      await until('dead letters', () => transport.deadLetters(topic).length >= count)
      return transport.deadLetters(topic)
    },
    close: () => transport.close(),
  })
})

const linkOptions = { maxInFlight: 4, maxRequestBytes: 1000, maxReplyBytes: 1000 }

test('links with room take turns', async () => {
  const transport = createInProcessTransport()
  const taken = [0, 0, 0]
  for (const index of taken.keys()) {
    const back = transport.backLink({
      ...linkOptions,
      requestTopic: 'requests',
      replyTopic: 'replies',
      groupId: 'g',
    })
    await back.open(() => {
      taken[index] = (taken[index] ?? 0) + 1
      return Promise.resolve()
    })
  }
  const front = transport.frontLink({
    ...linkOptions,
    requestTopic: 'requests',
    replyTopic: 'replies',
    processId: 'p',
    ordinal: undefined,
    replies: 'own',
  })
  await front.open(() => {})
  for (let i = 0; i < 9; i++) await front.send({ value: Buffer.from([i]) })
  await until('nine requests', () => taken.reduce((sum, count) => sum + count) === 9)
  assert.deepEqual(taken, [3, 3, 3])
})

test('two transports share nothing', async () => {
  const [one, other] = [createInProcessTransport(), createInProcessTransport()]
  const topics = { requestTopic: 'requests', replyTopic: 'replies' }
  let taken = 0
  await other.backLink({ ...linkOptions, ...topics, groupId: 'g' }).open(() => {
    taken++
    return Promise.resolve()
  })
  const front = one.frontLink({
    ...linkOptions,
    ...topics,
    processId: 'p',
    ordinal: 0,
    replies: 'own',
  })
  await front.open(() => {})
  await front.send({ value: Buffer.from('x') })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(taken, 0)
})

test('what is owed counts stored requests less the replies handed on', async () => {
  const transport = createInProcessTransport()
  const topics = { requestTopic: 'requests', replyTopic: 'replies' }
  const open = async () => {
    const options = { ...linkOptions, ...topics, processId: 'p', ordinal: 0 } as const
    const front = transport.frontLink({ ...options, replies: 'all' })
    await front.open(() => {})
    return front
  }
  const first = await open()
  await first.send({ value: Buffer.from('a') })
  await first.send({ value: Buffer.from('b') })
  assert.equal(await first.countOwed(), 2)
  const replies: (() => Promise<void>)[] = []
  const back = transport.backLink({ ...linkOptions, ...topics, groupId: 'g' })
  await back.open((request) => {
    replies.push(() => request.reply(request.value))
    return Promise.resolve()
  })
  await until('two requests', () => replies.length === 2)
  void replies[0]?.()
  // Stored, and not handed on yet.
  const owed = first.countOwed()
  assert.equal(await owed, 2)
  await until('the reply', async () => (await first.countOwed()) === 1)
  // What stood before it was opened is nobody's to wait for.
  assert.equal(await (await open()).countOwed(), 1)
})

test('a request that fails for good is tried four times, then put aside with its reason', async () => {
  const { log, lines } = createLogSink('error')
  const transport = createInProcessTransport({ log })
  const topics = { requestTopic: 'requests', replyTopic: 'replies' }
  const tries: string[] = []
  await transport.backLink({ ...linkOptions, ...topics, groupId: 'g' }).open((request) => {
    const value = Buffer.from(request.value).toString()
    tries.push(value)
    return value === 'bad' ? Promise.reject(new Error('of no use')) : Promise.resolve()
  })
  const front = transport.frontLink({
    ...linkOptions,
    ...topics,
    processId: 'p',
    ordinal: 0,
    replies: 'own',
  })
  await front.open(() => {})
  await front.send({ value: Buffer.from('bad') })
  await front.send({ value: Buffer.from('good') })
  await until('a dead letter', () => transport.deadLetters('requests').length === 1)
  const [letter] = transport.deadLetters('requests')
  assert.equal(letter?.headers['error-code'], 'DDNN_INTERNAL')
  assert.equal(letter?.headers['error-message'], 'of no use')
  assert.deepEqual(
    tries.filter((value) => value === 'bad'),
    ['bad', 'bad', 'bad', 'bad'],
  )
  assert.equal(tries.filter((value) => value === 'good').length, 1)
  assert.equal(lines.length, 1)
})
