// The requester over the in-process transport: deadlines, places, the breaker, and what it counts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { createInProcessTransport } from '../../../src/serving/transport/in-process/in-process-transport.ts'
import { EndedIds } from '../../../src/serving/transport/ended-ids.ts'
import { createSemaphore } from '../../../src/serving/transport/semaphore.ts'
import { createRequester, type RequesterOptions } from '../../../src/serving/transport/requester.ts'
import type { IncomingRequest } from '../../../src/serving/transport/transport.ts'
import { createLogSink } from '../../helpers/log-sink.ts'
import { until } from '../../helpers/until.ts'

type Serve = (request: IncomingRequest, reply: (value: string) => Promise<void>) => Promise<void>

async function scene(serve: Serve, options: Partial<RequesterOptions> = {}) {
  const transport = createInProcessTransport()
  const topics = { requestTopic: 'requests', replyTopic: 'replies' }
  const sizes = { maxRequestBytes: 1000, maxReplyBytes: 1000 }
  const back = transport.backLink({ ...topics, ...sizes, groupId: 'g', maxInFlight: 1000 })
  const taken: string[] = []
  await back.open((request) => {
    taken.push(Buffer.from(request.value).toString())
    return serve(request, (value) => request.reply(Buffer.from(value)))
  })
  const { log, lines } = createLogSink()
  const metrics = createMetrics()
  const front = transport.frontLink({
    ...topics,
    ...sizes,
    processId: 'asker',
    ordinal: 0,
    replies: 'own',
  })
  const requester = createRequester(front, {
    processId: 'asker',
    topic: 'requests',
    maxInFlight: 100,
    log,
    metrics,
    ...options,
  })
  await requester.open()
  return {
    requester,
    taken,
    lines,
    ask: async (value: string, budgetMs = 5000, signal?: AbortSignal) => {
      const reply = await requester.ask(Buffer.from(value), {
        budgetMs,
        ...(signal === undefined ? {} : { signal }),
      })
      return Buffer.from(reply.value).toString()
    },
    breaker: async () => (await metrics.breaker.get()).values[0]?.value,
    counted: async (kind: string) =>
      (await metrics.replies.get()).values.find(({ labels }) => labels.kind === kind)?.value ?? 0,
    close: async () => {
      await requester.close()
      await back.close(AbortSignal.abort())
    },
  }
}

const never: Serve = () => new Promise(() => {})
const echo: Serve = (request, reply) => reply(`${Buffer.from(request.value).toString()}!`)

test('a budget of nothing is over before anything is sent', async () => {
  const { ask, taken, close } = await scene(echo)
  for (const budgetMs of [0, -5]) {
    await assert.rejects(ask('x', budgetMs), { code: 'DDNN_REPLY_TIMEOUT' })
  }
  assert.deepEqual(taken, [])
  await close()
})

test('a budget longer than a timer can hold is no budget of nothing', async () => {
  const { ask, close } = await scene(async (_, reply) => {
    await setTimeout(50)
    await reply('late')
  })
  assert.equal(await ask('x', 2 ** 40), 'late')
  await close()
})

test('an asker that gives up is freed at once, and the reply is late', async () => {
  let answer = () => {}
  const { ask, counted, close } = await scene(async (_, reply) => {
    await new Promise<void>((resolve) => (answer = resolve))
    await reply('x')
  })
  const giveUp = new AbortController()
  const asked = ask('x', 60_000, giveUp.signal)
  await setTimeout(20)
  giveUp.abort()
  await assert.rejects(asked, { code: 'DDNN_TRANSPORT_CLOSED' })
  await assert.rejects(ask('y', 60_000, giveUp.signal), { code: 'DDNN_TRANSPORT_CLOSED' })
  answer()
  await until('a late reply', async () => (await counted('late')) === 1)
  await close()
})

test('who finds no place waits for one within its own budget', async () => {
  const releases: (() => void)[] = []
  const { ask, taken, close } = await scene(
    async (request, reply) => {
      await new Promise<void>((resolve) => releases.push(resolve))
      await reply(Buffer.from(request.value).toString())
    },
    { maxInFlight: 2 },
  )
  const first = [ask('a'), ask('b')]
  const impatient = ask('c', 50)
  const patient = ask('d')
  await assert.rejects(impatient, { code: 'DDNN_REPLY_TIMEOUT' })
  assert.deepEqual(taken, ['a', 'b'])
  releases[0]?.()
  await until('the patient one to be sent', () => taken.includes('d'))
  for (const release of releases) release()
  assert.deepEqual(await Promise.all([...first, patient]), ['a', 'b', 'd'])
  assert.ok(!taken.includes('c'))
  await close()
})

test('the breaker opens after repeated misses, refuses at once, and closes after a probe', async () => {
  let isAlive = false
  const { ask, taken, breaker, lines, close } = await scene(
    (request, reply) => (isAlive ? echo(request, reply) : never(request, reply)),
    { breaker: { misses: 3, halfOpenAfterMs: 150, patienceMs: 10 } },
  )
  assert.equal(await breaker(), 0)
  for (let i = 0; i < 3; i++) await assert.rejects(ask('x', 20), { code: 'DDNN_REPLY_TIMEOUT' })
  assert.equal(await breaker(), 2)
  const sent = taken.length
  await assert.rejects(ask('x'), { code: 'DDNN_FRONT_SILENT' })
  assert.equal(taken.length, sent)

  // A probe that misses opens it again; while it is under way others are refused.
  await setTimeout(200)
  const probe = ask('probe', 100)
  assert.equal(await breaker(), 1)
  await assert.rejects(ask('other'), { code: 'DDNN_FRONT_SILENT' })
  await assert.rejects(probe, { code: 'DDNN_REPLY_TIMEOUT' })
  assert.equal(await breaker(), 2)

  isAlive = true
  await setTimeout(200)
  assert.equal(await ask('back'), 'back!')
  assert.equal(await breaker(), 0)
  assert.equal(await ask('again'), 'again!')
  // One line when it opened, one when it closed, none for the probe.
  assert.deepEqual(
    lines.map(({ level }) => level),
    [40, 30],
  )
  await close()
})

test('a success between misses keeps the breaker closed', async () => {
  let count = 0
  const { ask, breaker, close } = await scene(
    (request, reply) => (++count % 3 === 0 ? echo(request, reply) : never(request, reply)),
    { breaker: { misses: 3, patienceMs: 10 } },
  )
  for (let i = 0; i < 12; i++) await ask('x', 20).catch(() => undefined)
  assert.equal(await breaker(), 0)
  await close()
})

test('askers that give up are no misses', async () => {
  const { ask, breaker, close } = await scene(never, { breaker: { misses: 2 } })
  for (let i = 0; i < 5; i++) {
    const giveUp = new AbortController()
    const asked = ask('x', 60_000, giveUp.signal)
    giveUp.abort()
    await assert.rejects(asked, { code: 'DDNN_TRANSPORT_CLOSED' })
  }
  assert.equal(await breaker(), 0)
  await close()
})

test('the memory of ended requests is bounded, and a forgotten one counts as late', () => {
  const ended = new EndedIds(3)
  for (const id of ['a', 'b', 'c', 'd']) ended.add(id, true)
  assert.equal(ended.kindOf('a'), 'late')
  assert.equal(ended.kindOf('d'), 'duplicate')
})

test('a late reply that comes twice is late once and a duplicate then', () => {
  const ended = new EndedIds()
  ended.add('x', false)
  assert.deepEqual(
    [ended.kindOf('x'), ended.kindOf('x'), ended.kindOf('x')],
    ['late', 'duplicate', 'duplicate'],
  )
})

test('places are given in the order of arrival, and who goes away leaves none behind', async () => {
  const places = createSemaphore(1)
  const gone = new AbortController()
  const stays = new AbortController()
  const order: string[] = []
  assert.equal(await places.take(stays.signal), true)
  const waiting = ['first', 'gone', 'second'].map(async (who) => {
    const signal = who === 'gone' ? gone.signal : stays.signal
    if (await places.take(signal)) order.push(who)
    else order.push(`${who} left`)
  })
  gone.abort()
  places.leave()
  await setTimeout(1)
  places.leave()
  await Promise.all(waiting)
  assert.deepEqual(order, ['gone left', 'first', 'second'])
  assert.equal(await places.take(AbortSignal.abort()), false)
  places.leave()
  assert.equal(await places.take(stays.signal), true)
})

test('an asker without patience closes the front to no one', async () => {
  const slow: Serve = async (request, reply) => {
    await setTimeout(60)
    await echo(request, reply)
  }
  const { ask, breaker, close } = await scene(slow, { breaker: { misses: 2 } })
  for (let i = 0; i < 4; i++) {
    await assert.rejects(ask('impatient', 20), { code: 'DDNN_REPLY_TIMEOUT' })
  }
  assert.equal(await breaker(), 0)
  assert.equal(await ask('patient'), 'patient!')
  await close()
})

test('who found no place until its end says so, and that is no miss', async () => {
  const { ask, breaker, close, requester } = await scene(never, {
    maxInFlight: 1,
    breaker: { misses: 1, patienceMs: 10 },
  })
  const first = ask('first', 60_000).catch(() => undefined)
  await assert.rejects(ask('second', 30), {
    code: 'DDNN_REPLY_TIMEOUT',
    message: /a place among the 1 requests under way to 'requests' within 30 ms/,
  })
  assert.equal(await breaker(), 0)
  await requester.close()
  await first
  await close()
})

test('an asker with nothing to fall back to waits while the front is away', async () => {
  let isAlive = false
  const held: (() => Promise<void>)[] = []
  const { ask, breaker, close } = await scene(
    (request, reply) => {
      if (isAlive) return echo(request, reply)
      held.push(() => echo(request, reply))
      return Promise.resolve()
    },
    { breaker: { misses: 1, patienceMs: 10 }, whenOpen: 'wait' },
  )
  for (let i = 0; i < 3; i++) {
    await assert.rejects(ask('x', 30), { code: 'DDNN_REPLY_TIMEOUT' })
  }
  const waiting = ask('y')
  await until('all four requests', () => held.length === 4)
  isAlive = true
  await held[3]?.()
  assert.equal(await waiting, 'y!')
  assert.equal(await breaker(), 0)
  await close()
})

test('a question who is there waits for no place, and its silence closes the front to no one', async () => {
  const serve: Serve = (request, reply) =>
    request.isProbe ? new Promise(() => {}) : echo(request, reply)
  const { requester, ask, breaker, close } = await scene(serve, {
    maxInFlight: 1,
    whenOpen: 'refuse',
    breaker: { misses: 1, patienceMs: 1 },
  })
  const question = { budgetMs: 30, isProbe: true }
  for (let i = 0; i < 3; i += 1) {
    await assert.rejects(requester.ask(Buffer.from('who'), question), {
      code: 'DDNN_REPLY_TIMEOUT',
    })
  }
  assert.equal(await breaker(), 0)
  const [asked] = await Promise.all([
    requester.ask(Buffer.from('who'), { ...question, budgetMs: 200 }).catch(() => 'over'),
    ask('x', 100),
  ])
  assert.equal(asked, 'over')
  await close()
})
