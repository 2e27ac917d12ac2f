// What every transport promises (src/serving/transport/transport.ts), as one list that each adapter runs.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { DdnnError } from '../../src/errors.ts'
import { createMetrics, type Metrics } from '../../src/telemetry/metrics/metrics.ts'
import { createSilentLog } from '../../src/telemetry/log.ts'
import type { Headers } from '../../src/serving/transport/headers.ts'
import { createRequester } from '../../src/serving/transport/requester.ts'
import type {
  BackLink,
  FrontLink,
  FrontLinkOptions,
  IncomingReply,
  IncomingRequest,
  Requester,
  RequestHandler,
  Transport,
} from '../../src/serving/transport/transport.ts'
import { randomName } from '../helpers/kafka.ts'
import { until } from '../helpers/until.ts'

/** Where transports meet: a cluster, or one process's memory. */
export interface TransportWorld {
  /** A transport as another process would have it. The contract closes it. */
  transport(): Transport
  /** Stores a request as a stranger would: with these headers and no others. */
  sendRaw(topic: string, value: Uint8Array, headers: Headers): Promise<void>
  /** The first `count` dead letters of a topic. */
  deadLetters(requestTopic: string, count: number): Promise<readonly DeadLetter[]>
  close(): Promise<void>
}

export interface DeadLetter {
  readonly value: Uint8Array
  readonly headers: Headers
}

/** Tests that an adapter cannot run, with the reason; none may be left out without one. */
export type ContractSkips = Readonly<Record<string, string>>

const text = (value: Uint8Array) => Buffer.from(value).toString()
const bytes = (value: string) => Buffer.from(value)

/** The topics, links and requesters of one test; all of it is closed at its end. */
class Scene {
  readonly requestTopic = randomName('requests')
  readonly replyTopic = randomName('replies')
  readonly groupId = randomName('group')
  readonly metrics = createMetrics()
  readonly #world: TransportWorld
  readonly #closers: (() => Promise<void>)[] = []
  #processes = 0

  constructor(world: TransportWorld) {
    this.#world = world
  }

  #transport(): Transport {
    const transport = this.#world.transport()
    this.#closers.push(() => transport.close())
    return transport
  }

  back(options: { readonly maxInFlight?: number; readonly groupId?: string } = {}): BackLink {
    const link = this.#transport().backLink({
      requestTopic: this.requestTopic,
      replyTopic: this.replyTopic,
      groupId: options.groupId ?? this.groupId,
      maxInFlight: options.maxInFlight ?? 64,
      maxRequestBytes: 6_000_000,
      maxReplyBytes: 6_000_000,
    })
    this.#closers.push(() => link.close(AbortSignal.abort()))
    return link
  }

  /** An open back link that answers 'REQUEST!' to 'REQUEST'. */
  async echo(
    options: { readonly maxInFlight?: number; readonly delayMs?: () => number } = {},
  ): Promise<{ readonly link: BackLink; readonly taken: string[] }> {
    const link = this.back(options)
    const taken: string[] = []
    await link.open(async (request) => {
      taken.push(text(request.value))
      await setTimeout(options.delayMs?.() ?? 0)
      await request.reply(bytes(`${text(request.value)}!`))
    })
    return { link, taken }
  }

  front(options: Partial<FrontLinkOptions> = {}): FrontLink {
    const link = this.#transport().frontLink({
      requestTopic: this.requestTopic,
      replyTopic: this.replyTopic,
      processId: randomName('process'),
      ordinal: undefined,
      replies: 'own',
      maxRequestBytes: 6_000_000,
      maxReplyBytes: 6_000_000,
      ...options,
    })
    this.#closers.push(() => link.close())
    return link
  }

  async openFront(
    options: Partial<FrontLinkOptions> = {},
  ): Promise<{ readonly link: FrontLink; readonly replies: IncomingReply[] }> {
    const link = this.front(options)
    const replies: IncomingReply[] = []
    await link.open((reply) => replies.push(reply))
    return { link, replies }
  }

  async asker(
    options: { readonly ordinal?: number; readonly metrics?: Metrics } = {},
  ): Promise<Requester> {
    const processId = `asker-${++this.#processes}-${randomName('p')}`
    const requester = createRequester(this.front({ processId, ordinal: options.ordinal }), {
      processId,
      topic: this.requestTopic,
      maxInFlight: 500,
      log: createSilentLog(),
      metrics: options.metrics ?? this.metrics,
    })
    this.#closers.push(() => requester.close())
    await requester.open()
    return requester
  }

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close()
  }
}

async function repliesCounted(metrics: Metrics, kind: string): Promise<number> {
  const { values } = await metrics.replies.get()
  return values.find(({ labels }) => labels.kind === kind)?.value ?? 0
}

function numbered(count: number, what = 'r'): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${what}${index}`)
}

const ask = async (requester: Requester, value: string, budgetMs = 30_000) =>
  text((await requester.ask(bytes(value), { budgetMs })).value)

interface ContractTest {
  readonly title: string
  readonly run: (scene: Scene, world: TransportWorld) => Promise<void>
}

const contract: readonly ContractTest[] = [
  {
    title: 'a reply comes back to the request that it belongs to',
    async run(scene) {
      await scene.echo()
      const requester = await scene.asker()
      assert.equal(await ask(requester, 'one'), 'one!')
      assert.equal(requester.state.ready, true)
      assert.equal(requester.state.reason, undefined)
    },
  },
  {
    title: 'the links of one group share the requests and each is taken once',
    async run(scene) {
      const first = await scene.echo()
      const second = await scene.echo()
      const requester = await scene.asker()
      const sent = numbered(60)
      const replies = await Promise.all(sent.map((value) => ask(requester, value)))
      assert.deepEqual(
        replies,
        sent.map((value) => `${value}!`),
      )
      assert.deepEqual([...first.taken, ...second.taken].sort(), [...sent].sort())
      assert.ok(first.taken.length > 0, 'the first link took none')
      assert.ok(second.taken.length > 0, 'the second link took none')
    },
  },
  {
    title: 'every group gets every request',
    async run(scene) {
      const taken: Record<string, string[]> = { a: [], b: [] }
      for (const [group, list] of Object.entries(taken)) {
        const link = scene.back({ groupId: `${scene.groupId}-${group}` })
        await link.open((request) => {
          list.push(text(request.value))
          return Promise.resolve()
        })
      }
      const { link } = await scene.openFront()
      const sent = numbered(10)
      for (const value of sent) await link.send({ value: bytes(value) })
      await until('ten requests in each group', () =>
        Object.values(taken).every((list) => list.length >= 10),
      )
      for (const list of Object.values(taken)) assert.deepEqual([...list].sort(), [...sent].sort())
    },
  },
  {
    title: 'requests that were sent before the group was there are taken',
    async run(scene) {
      const { link } = await scene.openFront()
      for (const value of numbered(5)) await link.send({ value: bytes(value) })
      const { taken } = await scene.echo()
      await until('five requests', () => taken.length === 5)
      assert.deepEqual([...taken].sort(), numbered(5))
    },
  },
  {
    title: 'each of two askers gets its own replies only',
    async run(scene) {
      await scene.echo({ delayMs: () => Math.random() * 20 })
      const metrics = [createMetrics(), createMetrics()]
      const askers = await Promise.all(metrics.map((one) => scene.asker({ metrics: one })))
      await Promise.all(
        askers.flatMap((asker, who) =>
          numbered(30, `of-${who}-`).map(async (value) => {
            assert.equal(await ask(asker, value), `${value}!`)
          }),
        ),
      )
      for (const one of metrics) assert.equal(await repliesCounted(one, 'matched'), 30)
    },
  },
  {
    title: 'two askers that share a reply partition count what is for the other as foreign',
    async run(scene) {
      await scene.echo()
      const metrics = [createMetrics(), createMetrics()]
      // 3 and 11 are the same place among eight partitions.
      const [first, second] = await Promise.all([
        scene.asker({ ordinal: 3, metrics: metrics[0] as Metrics }),
        scene.asker({ ordinal: 11, metrics: metrics[1] as Metrics }),
      ])
      for (const value of numbered(10)) {
        assert.equal(await ask(first, value), `${value}!`)
        assert.equal(await ask(second, `second-${value}`), `second-${value}!`)
      }
      for (const one of metrics) {
        await until('ten foreign replies', async () => (await repliesCounted(one, 'foreign')) >= 10)
        assert.equal(await repliesCounted(one, 'matched'), 10)
        assert.equal(await repliesCounted(one, 'foreign'), 10)
        assert.equal(await repliesCounted(one, 'late'), 0)
        assert.equal(await repliesCounted(one, 'duplicate'), 0)
      }
    },
  },
  {
    title: '200 requests in flight that end out of order are all matched',
    async run(scene) {
      let next = 0
      // The first are answered last.
      await scene.echo({ maxInFlight: 200, delayMs: () => 300 - next++ })
      const requester = await scene.asker()
      const sent = numbered(200)
      const replies = await Promise.all(sent.map((value) => ask(requester, value)))
      assert.deepEqual(
        replies,
        sent.map((value) => `${value}!`),
      )
      assert.equal(await repliesCounted(scene.metrics, 'matched'), 200)
    },
  },
  {
    title: 'a request carries its id, its asker, the version and the time that is left',
    async run(scene) {
      const seen: IncomingRequest[] = []
      const link = scene.back()
      await link.open(async (request) => {
        seen.push(request)
        await request.reply(request.value)
      })
      const requester = await scene.asker()
      const trace = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` }
      const reply = await requester.ask(bytes('x'), { budgetMs: 7000, trace })
      await requester.ask(bytes('who'), { budgetMs: 7000, isProbe: true })
      const [request, probe] = seen
      assert.equal(request?.wireVersion, '1')
      assert.deepEqual(request?.trace, trace)
      assert.equal(request?.isProbe, false)
      assert.equal(probe?.isProbe, true)
      assert.equal(probe?.trace, undefined)
      assert.match(request?.correlationId ?? '', /^asker-1-.*:\d+$/)
      assert.ok(request?.correlationId?.startsWith(`${request.clientId}:`))
      const { budgetMs = 0 } = request ?? {}
      assert.ok(budgetMs > 0 && budgetMs <= 7000, `its budget is ${budgetMs} ms`)
      assert.equal(reply.correlationId, request?.correlationId)
      assert.equal(reply.wireVersion, '1')
    },
  },
  {
    title: 'a request without a reply ends when its budget does, and its reply is late then',
    async run(scene) {
      const link = scene.back()
      let release = () => {}
      const held = new Promise<void>((resolve) => (release = resolve))
      await link.open(async (request) => {
        await held
        await request.reply(request.value)
      })
      const requester = await scene.asker()
      await assert.rejects(ask(requester, 'slow', 500), { code: 'DDNN_REPLY_TIMEOUT' })
      release()
      await until('a late reply', async () => (await repliesCounted(scene.metrics, 'late')) === 1)
      assert.equal(await repliesCounted(scene.metrics, 'matched'), 0)
    },
  },
  {
    title: 'a second reply to the same request is a duplicate and delivered to no one',
    async run(scene) {
      const link = scene.back()
      await link.open(async (request) => {
        await request.reply(bytes('first'))
        await request.reply(bytes('second'))
      })
      const requester = await scene.asker()
      assert.equal(await ask(requester, 'x'), 'first')
      await until(
        'a duplicate',
        async () => (await repliesCounted(scene.metrics, 'duplicate')) === 1,
      )
    },
  },
  {
    title: 'a link has never more than maxInFlight requests under way',
    async run(scene) {
      const link = scene.back({ maxInFlight: 3 })
      let underWay = 0
      let most = 0
      await link.open(async (request) => {
        most = Math.max(most, ++underWay)
        await setTimeout(10)
        underWay--
        await request.reply(request.value)
      })
      const requester = await scene.asker()
      await Promise.all(numbered(40).map((value) => ask(requester, value)))
      assert.equal(most, 3)
    },
  },
  {
    title: 'what a closed link left undone is done by another, and what it did is not done again',
    async run(scene) {
      const first = scene.back({ maxInFlight: 20 })
      const done: string[] = []
      const undone: string[] = []
      await first.open(async (request) => {
        const value = text(request.value)
        if (Number(value.slice(1)) % 2 === 0) {
          await request.reply(bytes(`first ${value}`))
          done.push(value)
          return
        }
        undone.push(value)
        await new Promise(() => {})
      })
      const requester = await scene.asker()
      const replies = numbered(10).map((value) => ask(requester, value))
      await until('ten requests', () => done.length + undone.length === 10)
      const second = scene.back()
      const again: string[] = []
      await first.close(AbortSignal.timeout(200))
      await second.open(async (request) => {
        again.push(text(request.value))
        await request.reply(bytes(`second ${text(request.value)}`))
      })
      const answers = await Promise.all(replies)
      numbered(10).forEach((value, index) => {
        const by = index % 2 === 0 ? 'first' : 'second'
        assert.equal(answers[index], `${by} ${value}`)
      })
      assert.ok(undone.every((value) => again.includes(value)))
    },
  },
  {
    title: 'a request whose handler fails is delivered again',
    async run(scene) {
      const link = scene.back()
      let tries = 0
      await link.open(async (request) => {
        if (++tries === 1) throw new Error('once')
        await request.reply(request.value)
      })
      const requester = await scene.asker()
      assert.equal(await ask(requester, 'x'), 'x')
      assert.equal(tries, 2)
    },
  },
  {
    title: 'a dead letter keeps the request, its headers, its origin and the reason',
    async run(scene, world) {
      const link = scene.back()
      const seen: IncomingRequest[] = []
      await link.open(async (request) => {
        seen.push(request)
        await request.putAside({ code: 'DDNN_FRAME_SHAPE', message: 'Expected – 3' })
        await request.reply(bytes('bad'))
      })
      const requester = await scene.asker()
      assert.equal(await ask(requester, 'damaged'), 'bad')
      const [letter] = await world.deadLetters(scene.requestTopic, 1)
      const request = seen[0] as IncomingRequest
      assert.equal(text(letter?.value ?? bytes('')), 'damaged')
      const headers = letter?.headers ?? {}
      assert.equal(headers['origin-topic'], scene.requestTopic)
      assert.equal(headers['origin-partition'], String(request.origin.partition))
      assert.equal(headers['origin-offset'], request.origin.offset)
      assert.ok(Math.abs(Number(headers['origin-timestamp']) - Date.now()) < 60_000)
      assert.equal(headers['error-code'], 'DDNN_FRAME_SHAPE')
      assert.equal(headers['error-message'], 'Expected ? 3')
      assert.equal(headers['correlation-id'], request.correlationId)
    },
  },
  {
    title: 'links come and go in an orderly way and no request is lost or answered twice',
    async run(scene) {
      const first = await scene.echo({ maxInFlight: 8, delayMs: () => 5 })
      const requester = await scene.asker()
      const sent = numbered(150)
      const replies = sent.map(async (value, index) => {
        await setTimeout(index * 4)
        return ask(requester, value)
      })
      await until('some requests', () => first.taken.length > 20)
      await first.link.close()
      const second = await scene.echo({ maxInFlight: 8 })
      assert.deepEqual(
        await Promise.all(replies),
        sent.map((value) => `${value}!`),
      )
      assert.ok(second.taken.length > 0)
      assert.equal(first.taken.length + second.taken.length, sent.length)
      assert.equal(await repliesCounted(scene.metrics, 'duplicate'), 0)
    },
  },
  {
    title: 'a paused link takes no more and ends what it has',
    async run(scene) {
      const link = scene.back()
      const taken: string[] = []
      let release = () => {}
      const held = new Promise<void>((resolve) => (release = resolve))
      await link.open(async (request) => {
        taken.push(text(request.value))
        await held
        await request.reply(request.value)
      })
      const requester = await scene.asker()
      const before = ask(requester, 'before')
      await until('one request', () => taken.length === 1)
      link.pause()
      const later = ask(requester, 'later')
      await setTimeout(400)
      release()
      assert.equal(await before, 'before')
      assert.deepEqual(taken, ['before'])
      await link.close()
      await scene.echo()
      assert.equal(await later, 'later!')
    },
  },
  {
    title: 'a value of five megabytes goes both ways unchanged',
    async run(scene) {
      const link = scene.back()
      await link.open((request) => request.reply(Buffer.from(request.value).reverse()))
      const requester = await scene.asker()
      const value = Buffer.alloc(5_000_000)
      for (let i = 0; i < value.length; i += 4) value.writeUInt32LE((i * 2654435761) >>> 0, i)
      const reply = await requester.ask(value, { budgetMs: 30_000 })
      assert.ok(Buffer.from(reply.value).reverse().equals(value))
    },
  },
  {
    title: 'the sender may use its buffer again once the request was sent',
    async run(scene) {
      const { link, replies } = await scene.openFront()
      const value = bytes('first')
      await link.send({ value, correlationId: 'c:1' })
      value.fill('x')
      await scene.echo()
      await until('a reply', () => replies.length === 1)
      assert.equal(text(replies[0]?.value ?? bytes('')), 'first!')
    },
  },
  {
    title: 'a reply partition that the topic does not have is not obeyed',
    async run(scene, world) {
      await scene.echo()
      const { replies } = await scene.openFront({ replies: 'all' })
      const wrong = ['8', '999', '-1', '1.5', 'x', '', '99999999999999999999']
      for (const [index, partition] of wrong.entries()) {
        await world.sendRaw(scene.requestTopic, bytes(`w${index}`), {
          'ddnn-version': '1',
          'correlation-id': `c:${index}`,
          'reply-partition': partition,
        })
      }
      await until('all replies', () => replies.length === wrong.length)
      assert.deepEqual(
        replies.map(({ correlationId }) => correlationId).sort(),
        wrong.map((_, index) => `c:${index}`),
      )
    },
  },
  {
    title: 'a request without headers, as of an original, gets a reply without headers',
    async run(scene) {
      const link = scene.back()
      const seen: IncomingRequest[] = []
      await link.open((request) => {
        seen.push(request)
        return request.reply(bytes('[1]'))
      })
      const { link: front, replies } = await scene.openFront({ replies: 'all' })
      await front.send({ value: bytes('[[1]]') })
      await until('a reply', () => replies.length === 1)
      const [{ correlationId, clientId, budgetMs, wireVersion, isProbe, trace }] = seen as [
        IncomingRequest,
      ]
      const nothing = [correlationId, clientId, budgetMs, wireVersion, trace]
      assert.deepEqual(nothing, [undefined, undefined, undefined, undefined, undefined])
      assert.equal(isProbe, false)
      assert.equal(replies[0]?.correlationId, undefined)
      assert.equal(replies[0]?.wireVersion, undefined)
    },
  },
  {
    title: 'the budget is what is left when the request goes out',
    async run(scene) {
      const seen: (number | undefined)[] = []
      const link = scene.back()
      await link.open((request) => {
        seen.push(request.budgetMs)
        return Promise.resolve()
      })
      const { link: front } = await scene.openFront()
      let leftMs = 5000
      const remainingMs = () => leftMs
      await front.send({ value: bytes('a'), correlationId: 'c:1', remainingMs })
      leftMs = 3000
      await front.send({ value: bytes('b'), correlationId: 'c:2', remainingMs })
      await until('two requests', () => seen.length === 2)
      assert.deepEqual([...seen].sort(), [3000, 5000])
    },
  },
  {
    title: 'an original owes what it was asked less what it answered',
    async run(scene) {
      const held: IncomingRequest[] = []
      const link = scene.back()
      await link.open((request) => {
        held.push(request)
        return Promise.resolve()
      })
      const { link: front, replies } = await scene.openFront({ replies: 'all' })
      assert.equal(await front.countOwed(), 0)
      for (const value of ['a', 'b', 'c']) await front.send({ value: bytes(value) })
      assert.equal(await front.countOwed(), 3)
      await until('three requests', () => held.length === 3)
      await held[0]?.reply(bytes('a!'))
      await until('a reply', () => replies.length === 1)
      assert.equal(await front.countOwed(), 2)
    },
  },
  {
    title: 'a request whose handler always fails is put aside and holds nobody up',
    async run(scene, world) {
      const link = scene.back()
      let tries = 0
      await link.open(async (request) => {
        if (text(request.value) === 'bad') {
          tries++
          throw new Error('of no use')
        }
        await request.reply(request.value)
      })
      const { link: front } = await scene.openFront()
      await front.send({ value: bytes('bad') })
      const requester = await scene.asker()
      assert.equal(await ask(requester, 'good'), 'good')
      const [letter] = await world.deadLetters(scene.requestTopic, 1)
      assert.equal(text(letter?.value ?? bytes('')), 'bad')
      assert.equal(letter?.headers['error-code'], 'DDNN_INTERNAL')
      assert.equal(letter?.headers['error-message'], 'of no use')
      assert.ok(tries >= 2 && tries <= 4, `it was tried ${tries} times`)
    },
  },
  {
    title: 'a request tells its age and where it stood',
    async run(scene) {
      const { link: front } = await scene.openFront()
      await front.send({ value: bytes('old') })
      await setTimeout(1200)
      const link = scene.back()
      const seen: IncomingRequest[] = []
      await link.open((request) => {
        seen.push(request)
        return Promise.resolve()
      })
      await until('the request', () => seen.length === 1)
      const { ageMs, origin } = seen[0] as IncomingRequest
      assert.ok(ageMs >= 1100 && ageMs < 60_000, `its age is ${ageMs} ms`)
      assert.equal(origin.topic, scene.requestTopic)
      assert.match(origin.offset, /^\d+$/)
    },
  },
  {
    title: 'a request with a header named __proto__, or with thousands of headers, is taken',
    async run(scene, world) {
      const { taken } = await scene.echo()
      const many = numbered(2000, 'h').map((name) => [name, 'v'] as const)
      for (const [value, headers] of [
        ['proto', [['__proto__', 'x']]],
        ['many', many],
        ['none', []],
      ] as const) {
        // Not by assignment, which would set the prototype.
        const own = Object.fromEntries(headers.map(([name, text]) => [name, text]))
        await world.sendRaw(scene.requestTopic, bytes(value), own)
      }
      await until('three requests', () => taken.length === 3)
      assert.deepEqual([...taken].sort(), ['many', 'none', 'proto'])
      const requester = await scene.asker()
      assert.equal(await ask(requester, 'next'), 'next!')
    },
  },
  {
    title: 'an empty value goes both ways',
    async run(scene) {
      const link = scene.back()
      const lengths: number[] = []
      await link.open((request) => {
        lengths.push(request.value.length)
        return request.reply(request.value)
      })
      const requester = await scene.asker()
      assert.equal(await ask(requester, ''), '')
      assert.deepEqual(lengths, [0])
    },
  },
  {
    title: 'a request that is sent once is handed over once, and so is its reply',
    async run(scene) {
      const { taken } = await scene.echo({ delayMs: () => 5 })
      const { link, replies } = await scene.openFront({ replies: 'all' })
      for (const value of numbered(50)) await link.send({ value: bytes(value) })
      await until('fifty replies', () => replies.length >= 50)
      await setTimeout(300)
      assert.deepEqual([...taken].sort(), [...numbered(50)].sort())
      assert.equal(replies.length, 50)
    },
  },
  {
    title: 'a closed link refuses what is asked of it and says so',
    async run(scene) {
      const link = scene.back()
      const seen: IncomingRequest[] = []
      const open: RequestHandler = (request) => {
        seen.push(request)
        return Promise.resolve()
      }
      await link.open(open)
      const { link: front } = await scene.openFront()
      await front.send({ value: bytes('x') })
      await until('the request', () => seen.length === 1)
      await link.close()
      await link.close()
      await front.close()
      assert.equal(link.state.ready, false)
      assert.equal(front.state.ready, false)
      const closed = { code: 'DDNN_TRANSPORT_CLOSED' }
      const request = seen[0] as IncomingRequest
      await assert.rejects(request.reply(bytes('x')), closed)
      await assert.rejects(request.putAside({ code: 'X', message: 'x' }), closed)
      await assert.rejects(front.send({ value: bytes('x') }), closed)
    },
  },
  {
    title: 'closing a requester ends what it waits for',
    async run(scene) {
      const link = scene.back()
      let taken = 0
      await link.open(async () => {
        taken++
        await new Promise(() => {})
      })
      const requester = await scene.asker()
      const pending = ask(requester, 'x').catch((error: unknown) => error)
      await until('the request', () => taken === 1)
      await requester.close()
      const error = await pending
      assert.ok(error instanceof DdnnError)
      assert.equal(error.code, 'DDNN_TRANSPORT_CLOSED')
      await assert.rejects(ask(requester, 'y'), { code: 'DDNN_TRANSPORT_CLOSED' })
    },
  },
]

/** Runs the list against one adapter. */
export function transportContract(
  name: string,
  create: () => Promise<TransportWorld>,
  skips: ContractSkips = {},
): void {
  describe(`${name} keeps the transport's contract`, () => {
    let world: TransportWorld
    before(async () => {
      world = await create()
    })
    after(() => world.close())
    for (const title of Object.keys(skips)) {
      assert.ok(
        contract.some((one) => one.title === title),
        `no such test: ${title}`,
      )
    }
    for (const { title, run } of contract) {
      const skip = skips[title]
      test(title, skip === undefined ? {} : { skip }, async () => {
        const scene = new Scene(world)
        try {
          await run(scene, world)
        } finally {
          await scene.close()
        }
      })
    }
  })
}
