// No reply of an original is ever given to another request, whatever becomes of sends, counts and askers;
// and no request is sent twice. A random schedule against an original that answers each request once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { fc } from '../../helpers/property.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import {
  createFifoRequester,
  type FifoRequesterOptions,
} from '../../../src/serving/transport/fifo-requester.ts'
import { createLogSink } from '../../helpers/log-sink.ts'
import { until } from '../../helpers/until.ts'
import { Original } from './original.ts'

function requesterOf(original: Original, options: Partial<FifoRequesterOptions> = {}) {
  const metrics = createMetrics()
  const requester = createFifoRequester(original, {
    processId: 'asker',
    topic: 'requests',
    maxInFlight: 16,
    log: createLogSink().log,
    metrics,
    quietMs: 1,
    ...options,
  })
  return {
    requester,
    ask: async (value: string, signal?: AbortSignal, budgetMs = 60_000) => {
      const given = signal === undefined ? {} : { signal }
      const reply = await requester.ask(Buffer.from(value), { budgetMs, ...given })
      return Buffer.from(reply.value).toString()
    },
    counted: async (kind: string) =>
      (await metrics.replies.get()).values.find(({ labels }) => labels.kind === kind)?.value ?? 0,
  }
}

/** An open requester whose first quiet time is over. */
async function scene(options: Partial<FifoRequesterOptions> = {}) {
  const original = new Original()
  const made = requesterOf(original, options)
  await made.requester.open()
  return { original, ...made }
}

const codeOf = (asked: Promise<string>) =>
  asked.catch((error: unknown) => (error as { code?: string }).code ?? String(error))

const cases = [
  ['was stored', (original: Original) => (original.store(), original.cutOff()), true],
  ['is stored a little later', (original: Original) => original.cutOff(true), true],
  ['was not stored', (original: Original) => original.cutOff(), false],
] as const

for (const [what, cutOff, isOwed] of cases) {
  test(`a send is cut off and its request ${what}: counted, and never sent again`, async () => {
    const { original, ask, requester } = await scene()
    original.holdsCounts = true
    const first = codeOf(ask('a'))
    await until('the send', () => original.isSending)
    const second = ask('b')
    cutOff(original)
    // Who can fall back does so now.
    assert.equal(await first, 'DDNN_TRANSPORT_UNREACHABLE')
    assert.equal(await codeOf(ask('c')), 'DDNN_FRONT_SILENT')
    await until('a count', () => original.counts === 2)
    await setTimeout(10)
    assert.deepEqual(original.sent, ['a'], 'nothing goes out before the count')
    original.holdsCounts = false
    original.tellCounts()
    if (isOwed) {
      await until('it to be found', () => original.stored.length === 1)
      await setTimeout(20)
      assert.deepEqual(original.sent, ['a'], 'its place is taken')
      original.answer()
      original.deliver()
    }
    await until('the next send', () => original.sent.length === 2)
    original.acknowledge()
    original.answer()
    original.deliver()
    assert.equal(await second, 'b!')
    assert.deepEqual(original.sent, ['a', 'b'])
    assert.deepEqual(original.faults, [])
    await requester.close()
  })
}

test('who has nothing to fall back to is answered by a request that did arrive', async () => {
  const { original, ask, requester } = await scene({ whenOpen: 'wait' })
  const asked = ask('a')
  await until('the send', () => original.isSending)
  original.store()
  original.cutOff()
  await until('a count', () => original.counts === 2)
  original.answer()
  original.deliver()
  assert.equal(await asked, 'a!')
  const lost = codeOf(ask('b'))
  await until('the send', () => original.isSending)
  original.cutOff()
  assert.equal(await lost, 'DDNN_TRANSPORT_UNREACHABLE')
  await requester.close()
})

test('a count that brokers refuse is made again until they tell', async () => {
  const { original, ask, requester } = await scene({ whenOpen: 'wait' })
  const asked = ask('a')
  await until('the send', () => original.isSending)
  original.failingCounts = 3
  original.store()
  original.cutOff()
  await until('four counts', () => original.counts === 5)
  original.answer()
  original.deliver()
  assert.equal(await asked, 'a!')
  await requester.close()
})

test('a reply that comes just when a count tells is not waited for again', async () => {
  for (let hops = 0; hops < 12; hops++) {
    const { original, ask, requester } = await scene({ whenOpen: 'wait' })
    const first = ask('a')
    await until('the send', () => original.isSending)
    original.holdsCounts = true
    original.store()
    original.cutOff()
    await until('a count', () => original.counts === 2)
    original.holdsCounts = false
    original.answer()
    original.tellCounts()
    for (let hop = 0; hop < hops; hop++) await Promise.resolve()
    original.deliver()
    assert.equal(await first, 'a!')
    const second = ask('b')
    await until('the next send', () => original.isSending, 2000)
    original.acknowledge()
    original.answer()
    original.deliver()
    assert.equal(await second, 'b!', `after ${hops} microtasks`)
    await requester.close()
  }
})

test('a reply that comes before the acknowledgement is the answer, and the place waits for the send', async () => {
  const { original, ask, counted, requester } = await scene()
  const first = ask('a')
  await until('the send', () => original.isSending)
  const second = ask('b')
  original.store()
  original.answer()
  original.deliver()
  assert.equal(await first, 'a!')
  await setTimeout(10)
  assert.deepEqual(original.sent, ['a'])
  original.acknowledge()
  await until('the next send', () => original.sent.length === 2)
  original.acknowledge()
  original.answer()
  original.deliver()
  assert.equal(await second, 'b!')
  assert.equal(await counted('matched'), 2)
  await requester.close()
})

test('a send whose asker is gone keeps its place until it has ended and is answered', async () => {
  const { original, ask, counted, requester } = await scene()
  assert.equal(await codeOf(ask('a', undefined, 20)), 'DDNN_REPLY_TIMEOUT')
  assert.equal(await codeOf(ask('b')), 'DDNN_FRONT_SILENT')
  original.acknowledge()
  await setImmediate()
  assert.equal(await codeOf(ask('c')), 'DDNN_FRONT_SILENT')
  original.answer()
  original.deliver()
  assert.equal(await counted('late'), 1)
  const next = ask('d')
  await until('the next send', () => original.sent.length === 2)
  original.acknowledge()
  original.answer()
  original.deliver()
  assert.equal(await next, 'd!')
  await requester.close()
})

test('a stranger beside an answer that came early closes the door when the send has ended', async () => {
  const { original, ask, counted, requester } = await scene({ quietMs: 60 })
  const asked = ask('a')
  await until('the send', () => original.isSending)
  original.store()
  original.answer()
  original.deliver()
  assert.equal(await asked, 'a!')
  original.disturb()
  assert.equal(await counted('foreign'), 1)
  original.acknowledge()
  await setImmediate()
  assert.equal(await codeOf(ask('b')), 'DDNN_FRONT_SILENT')
  await requester.close()
})

test('closing ends a count that never tells, and who waits for it', async () => {
  const { original, ask, requester } = await scene({ whenOpen: 'wait' })
  const asked = codeOf(ask('a'))
  await until('the send', () => original.isSending)
  original.failingCounts = Infinity
  original.cutOff()
  await until('a count', () => original.counts > 1)
  await requester.close()
  assert.equal(await asked, 'DDNN_TRANSPORT_CLOSED')
})

test('a requester that is closed while it opens says so', async () => {
  const original = new Original()
  original.failingCounts = Infinity
  const { requester } = requesterOf(original)
  const opening = requester.open().then(
    () => 'open',
    (error: unknown) => (error as { code?: string }).code,
  )
  await until('a count', () => original.counts > 0)
  await requester.close()
  assert.equal(await opening, 'DDNN_TRANSPORT_CLOSED')
})

const stepNames = [
  'ask',
  'ask',
  'giveUp',
  'store',
  'acknowledge',
  'acknowledge',
  'cutOff',
  'cutOffLate',
  'storeLate',
  'answer',
  'answer',
  'deliver',
  'deliver',
  'holdCounts',
  'tellCounts',
  'failCounts',
  'turn',
  'pass',
] as const

/** A step and how many microtasks run before the next one. */
const steps = fc.array(
  fc.record({ name: fc.constantFrom(...stepNames), hops: fc.integer({ min: 0, max: 6 }) }),
  { minLength: 10, maxLength: 60 },
)

test('no reply is ever given to another request, on any schedule', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.constantFrom('wait' as const, 'refuse' as const),
      fc.record({ asked: fc.nat(3), answered: fc.nat(3), arriving: fc.nat(2) }),
      async (schedule, whenOpen, former) => {
        const original = new Original()
        // Requests of a process that is gone, some of them answered: before the opening, or just after.
        for (let i = 0; i < former.asked; i++) original.stored.push(`former${i}`)
        for (let i = 0; i < former.answered; i++) original.answer()
        const { requester, ask } = requesterOf(original, { whenOpen })
        const opening = requester.open()
        for (let i = 0; i < former.arriving; i++) original.answer()
        const outcomes = new Map<string, string>()
        const givingUp: AbortController[] = []
        const askOne = () => {
          const value = `r${outcomes.size}`
          outcomes.set(value, 'pending')
          const giveUp = new AbortController()
          givingUp.push(giveUp)
          void codeOf(ask(value, giveUp.signal)).then((outcome) => outcomes.set(value, outcome))
        }
        const run: Record<(typeof stepNames)[number], () => void | Promise<void>> = {
          ask: askOne,
          giveUp: () => givingUp.shift()?.abort(),
          store: () => original.store(),
          acknowledge: () => original.acknowledge(),
          cutOff: () => original.cutOff(),
          cutOffLate: () => original.cutOff(true),
          storeLate: () => original.storeLate(),
          answer: () => original.answer(),
          deliver: () => original.deliver(),
          holdCounts: () => void (original.holdsCounts = true),
          tellCounts: () => original.tellCounts(),
          failCounts: () => void (original.failingCounts = 1),
          turn: () => setImmediate(),
          pass: () => setTimeout(3),
        }
        for (const { name, hops } of schedule) {
          await run[name]()
          for (let hop = 0; hop < hops; hop++) await Promise.resolve()
        }

        // In the end all goes well: everyone must have been told by then, and a last one be answered.
        original.holdsCounts = false
        const goOn = async () => {
          original.tellCounts()
          original.acknowledge()
          original.answer()
          original.deliver()
          await setTimeout(1)
        }
        const isPending = () => [...outcomes.values()].includes('pending')
        await Promise.all([
          opening,
          until('the end of all requests', async () => {
            await goOn()
            return !isPending()
          }),
        ])
        let last = ''
        await until('a last answer', async () => {
          const asked = codeOf(ask('last')).then((outcome) => (last = outcome))
          while (last === '') await goOn()
          await asked
          const isRefused = last === 'DDNN_FRONT_SILENT'
          if (isRefused) last = ''
          return !isRefused
        })
        assert.equal(last, 'last!')
        assert.deepEqual(original.faults, [])
        for (const [value, outcome] of outcomes) {
          const failures = [
            'DDNN_TRANSPORT_CLOSED',
            'DDNN_FRONT_SILENT',
            'DDNN_TRANSPORT_UNREACHABLE',
          ]
          assert.ok(
            outcome === `${value}!` || failures.includes(outcome),
            `${value} got ${outcome}`,
          )
        }
        await requester.close()
      },
    ),
    { seed: 20261128, numRuns: 400 },
  )
})
