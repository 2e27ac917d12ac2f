// The requester for originals: no headers, one in flight, replies matched by their order alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import {
  createFifoRequester,
  type FifoRequesterOptions,
} from '../../../src/serving/transport/fifo-requester.ts'
import { MemoryBroker } from '../../../src/serving/transport/in-process/broker.ts'
import { createInProcessTransport } from '../../../src/serving/transport/in-process/in-process-transport.ts'
import type { IncomingRequest } from '../../../src/serving/transport/transport.ts'
import { createLogSink } from '../../helpers/log-sink.ts'
import { until } from '../../helpers/until.ts'

/** A front that does as an original does, but answers only when it is told to. */
async function scene(options: Partial<FifoRequesterOptions> & { readonly owed?: number } = {}) {
  const { owed = 0, ...own } = options
  const broker = new MemoryBroker()
  const transport = createInProcessTransport({ broker })
  const topics = { requestTopic: 'requests', replyTopic: 'replies' }
  const sizes = { maxRequestBytes: 1000, maxReplyBytes: 1000 }
  const back = transport.backLink({ ...topics, ...sizes, groupId: 'g', maxInFlight: 100 })
  const taken: IncomingRequest[] = []
  const answers: ((value?: string) => Promise<void>)[] = []
  let isPrompt = false
  await back.open(async (request) => {
    taken.push(request)
    const answer = (value = `${Buffer.from(request.value).toString()}!`) =>
      request.reply(Buffer.from(value))
    if (isPrompt) await answer()
    else answers.push(answer)
  })
  const { log, lines } = createLogSink()
  const metrics = createMetrics()
  const front = transport.frontLink({
    ...topics,
    ...sizes,
    processId: 'asker',
    ordinal: undefined,
    replies: 'all',
  })
  // As if former processes had asked before.
  const counted = front.countOwed.bind(front)
  front.countOwed = async () => owed + (await counted())
  const requester = createFifoRequester(front, {
    processId: 'asker',
    topic: 'requests',
    maxInFlight: 16,
    log,
    metrics,
    quietMs: 20,
    ...own,
  })
  await requester.open()
  return {
    requester,
    taken,
    lines,
    values: () => taken.map(({ value }) => Buffer.from(value).toString()),
    answer: async (value?: string) => answers.shift()?.(value),
    /** As the answer to a request of a process that is gone. */
    answerStranger: () => broker.addReply('replies', 0, Buffer.from('for another'), {}),
    replay: async () => {
      const [first] = taken
      await first?.reply(Buffer.from('again'))
    },
    becomePrompt: () => (isPrompt = true),
    ask: async (value: string, budgetMs = 5000, signal?: AbortSignal) => {
      const reply = await requester.ask(Buffer.from(value), {
        budgetMs,
        ...(signal === undefined ? {} : { signal }),
      })
      return Buffer.from(reply.value).toString()
    },
    counted: async (kind: string) =>
      (await metrics.replies.get()).values.find(({ labels }) => labels.kind === kind)?.value ?? 0,
    close: async () => {
      await requester.close()
      await back.close(AbortSignal.abort())
    },
  }
}

test('a request carries no headers and its reply is the next one that comes', async () => {
  const { ask, answer, taken, close } = await scene()
  const asked = ask('one')
  await until('the request', () => taken.length === 1)
  assert.equal(taken[0]?.correlationId, undefined)
  assert.equal(taken[0]?.wireVersion, undefined)
  await answer()
  assert.equal(await asked, 'one!')
  await close()
})

test('one request is in flight, the others follow in their order', async () => {
  const { ask, values, becomePrompt, answer, close } = await scene()
  const asked = ['a', 'b', 'c'].map((value) => ask(value))
  await until('the first request', () => values().length === 1)
  await setTimeout(20)
  assert.deepEqual(values(), ['a'])
  becomePrompt()
  await answer()
  assert.deepEqual(await Promise.all(asked), ['a!', 'b!', 'c!'])
  assert.deepEqual(values(), ['a', 'b', 'c'])
  await close()
})

test('a late reply is thrown away and never taken for the next request', async () => {
  const { ask, answer, becomePrompt, values, counted, close } = await scene()
  await assert.rejects(ask('slow', 50), { code: 'DDNN_REPLY_TIMEOUT' })
  // Its place is still taken: what is asked now is refused at once and not sent.
  await assert.rejects(ask('meanwhile'), { code: 'DDNN_FRONT_SILENT' })
  assert.deepEqual(values(), ['slow'])
  becomePrompt()
  await answer()
  await until('the late reply', async () => (await counted('late')) === 1)
  assert.equal(await ask('next'), 'next!')
  assert.equal(await counted('matched'), 1)
  await close()
})

test('who was waiting when a reply became overdue is served if the reply comes in its budget', async () => {
  const { ask, answer, becomePrompt, close } = await scene()
  const slow = ask('slow', 50)
  const patient = ask('patient', 5000)
  const impatient = ask('impatient', 80)
  await assert.rejects(slow, { code: 'DDNN_REPLY_TIMEOUT' })
  await assert.rejects(impatient, { code: 'DDNN_REPLY_TIMEOUT' })
  becomePrompt()
  await answer()
  assert.equal(await patient, 'patient!')
  await close()
})

test('an asker that gives up leaves its place taken until its reply came', async () => {
  const { ask, answer, becomePrompt, taken, counted, close } = await scene()
  const giveUp = new AbortController()
  const asked = ask('x', 5000, giveUp.signal)
  await until('the request', () => taken.length === 1)
  giveUp.abort()
  await assert.rejects(asked, { code: 'DDNN_TRANSPORT_CLOSED' })
  await assert.rejects(ask('y'), { code: 'DDNN_FRONT_SILENT' })
  becomePrompt()
  await answer()
  await until('the late reply', async () => (await counted('late')) === 1)
  assert.equal(await ask('z'), 'z!')
  await close()
})

test('a reply that is overdue for long is given up, so that a lost request blocks nothing for ever', async () => {
  const { ask, becomePrompt, lines, close } = await scene({ giveUpAfterMs: 100 })
  await assert.rejects(ask('lost', 30), { code: 'DDNN_REPLY_TIMEOUT' })
  becomePrompt()
  await setTimeout(150)
  assert.equal(await ask('next'), 'next!')
  assert.equal(lines.length, 1)
  await close()
})

test('replies that nobody waits for hold requests back until they end', async () => {
  const { ask, answer, becomePrompt, replay, taken, counted, lines, close } = await scene({
    quietMs: 150,
  })
  const asked = ask('x')
  await until('the request', () => taken.length === 1)
  await answer()
  assert.equal(await asked, 'x!')
  // As an original that was restarted: it answers its topic again.
  await replay()
  await replay()
  await until('two strangers', async () => (await counted('foreign')) === 2)
  await assert.rejects(ask('y'), { code: 'DDNN_FRONT_SILENT' })
  becomePrompt()
  await setTimeout(200)
  assert.equal(await ask('z'), 'z!')
  assert.equal(lines.length, 1)
  await close()
})

test('what an original still owes a former process is not taken for the first answer', async () => {
  const { ask, answerStranger, becomePrompt, values, counted, lines, close } = await scene({
    quietMs: 1500,
  })
  becomePrompt()
  const first = ask('first', 10_000)
  await setTimeout(1000)
  assert.deepEqual(values(), [])
  answerStranger()
  await until('the stranger', async () => (await counted('foreign')) === 1)
  assert.equal(await first, 'first!')
  assert.equal(await ask('second'), 'second!')
  assert.equal(lines.length, 1)
  await close()
})

test('an asker with nothing to fall back to waits for its turn while a reply is owed', async () => {
  const { ask, answer, becomePrompt, counted, close } = await scene({ whenOpen: 'wait' })
  await assert.rejects(ask('slow', 100), { code: 'DDNN_REPLY_TIMEOUT' })
  await assert.rejects(ask('too short', 30), { code: 'DDNN_REPLY_TIMEOUT' })
  const next = ask('next')
  becomePrompt()
  await answer()
  assert.equal(await next, 'next!')
  assert.equal(await counted('late'), 1)
  await close()
})

test('closing ends what waits and what is in flight', async () => {
  const { ask, requester, taken, close } = await scene()
  const asked = [ask('a'), ask('b')].map((one) => one.catch((error: unknown) => error))
  await until('the request', () => taken.length === 1)
  await requester.close()
  for (const error of await Promise.all(asked)) {
    assert.equal((error as { code?: string }).code, 'DDNN_TRANSPORT_CLOSED')
  }
  await assert.rejects(ask('c'), { code: 'DDNN_TRANSPORT_CLOSED' })
  await close()
})

test('replies owed to a former process are waited for and thrown away before the first request', async () => {
  const { ask, answerStranger, becomePrompt, taken, counted, close } = await scene({
    owed: 2,
    whenOpen: 'wait',
  })
  becomePrompt()
  const asked = ask('mine')
  await setTimeout(60)
  answerStranger()
  await setTimeout(60)
  assert.equal(taken.length, 0)
  answerStranger()
  assert.equal(await asked, 'mine!')
  assert.equal(await counted('late'), 2)
  assert.equal(await counted('foreign'), 0)
  await close()
})

test('while replies are owed, who can fall back is refused; owed ones that never come are given up', async () => {
  const { ask, becomePrompt, close } = await scene({ owed: 1, owedMs: 150 })
  becomePrompt()
  await assert.rejects(ask('early'), { code: 'DDNN_FRONT_SILENT' })
  await setTimeout(200)
  assert.equal(await ask('later'), 'later!')
  await close()
})

test('topics that do not belong together owe nothing, and that is said', async () => {
  const { ask, becomePrompt, lines, close } = await scene({ owed: 500 })
  becomePrompt()
  assert.equal(await ask('mine'), 'mine!')
  assert.ok(lines.some((line) => JSON.stringify(line).includes('never answered')))
  await close()
})
