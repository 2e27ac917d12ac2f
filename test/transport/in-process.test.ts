// The in-process transport: the contract, and what it alone promises.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInProcessTransport } from '../../src/transport/in-process.ts'
import { transportContract } from '../contract/transport-contract.ts'
import { until } from '../helpers/until.ts'

transportContract('in-process', () => {
  const transport = createInProcessTransport()
  return Promise.resolve({
    transport: () => transport,
    deadLetters: (topic: string) => Promise.resolve(transport.deadLetters(topic)),
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
  for (let i = 0; i < 9; i++) await front.send(Buffer.from([i]), {})
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
  await front.send(Buffer.from('x'), {})
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(taken, 0)
})
