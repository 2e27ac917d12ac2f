// Tiers and askers over a real broker, as the tests of faults use them: each a transport of its own, as
// another process would have it. All of it is closed when the test ends.
import { pathToFileURL } from 'node:url'
import { createMetrics, type Metrics } from '../../../../src/telemetry/metrics/metrics.ts'
import { createKafkaTransport } from '../../../../src/serving/transport/kafka/kafka-transport.ts'
import { createRequester } from '../../../../src/serving/transport/requester.ts'
import type {
  BackLink,
  FrontLink,
  IncomingReply,
  IncomingRequest,
  Requester,
  RequestHandler,
  Transport,
} from '../../../../src/serving/transport/transport.ts'
import {
  randomName,
  withAdmin,
  type TestKafka,
  type TestKafkaOptions,
} from '../../../helpers/kafka.ts'
import { createLogSink, type LogLine } from '../../../helpers/log-sink.ts'
import { repoPath } from '../../../helpers/paths.ts'
import { until } from '../../../helpers/until.ts'

const warnLevel = 40

export const text = (value: Uint8Array) => Buffer.from(value).toString()

/** As a request stands in a topic: 'r0', 'r1', ... */
export function numbered(count: number, what = 'r'): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${what}${index}`)
}

export interface Opened {
  readonly lines: readonly LogLine[]
  readonly metrics: Metrics
  /** Messages of warnings and errors. */
  readonly warnings: () => readonly string[]
  readonly close: () => Promise<void>
}

export interface Tier extends Opened {
  readonly link: BackLink
  /** Values of requests, in the order that they came. */
  readonly taken: string[]
}

export interface Asker extends Opened {
  readonly requester: Requester
  ask(value: string, budgetMs?: number): Promise<string>
}

export interface Front extends Opened {
  readonly link: FrontLink
  readonly replies: IncomingReply[]
}

export interface TierOptions {
  readonly bootstrap?: string
  readonly groupId?: string
  readonly maxInFlight?: number
  readonly maxRequestBytes?: number
  /** Instead of answering 'REQUEST!' to 'REQUEST'. */
  readonly onRequest?: (request: IncomingRequest) => Promise<void>
}

export class FaultScene {
  readonly requestTopic = randomName('requests')
  readonly replyTopic = randomName('replies')
  readonly groupId = randomName('group')
  readonly #bootstrap: string
  readonly #closers: (() => Promise<void>)[] = []

  /** host:port of the brokers. */
  constructor(bootstrap: string) {
    this.#bootstrap = bootstrap
  }

  get topics() {
    const { requestTopic, replyTopic } = this
    return { requestTopic, replyTopic }
  }

  /** An open back link. */
  async tier(options: TierOptions = {}): Promise<Tier> {
    const { transport, opened } = this.#transport(options.bootstrap)
    const { maxInFlight = 32, maxRequestBytes = 1000, groupId = this.groupId } = options
    const sizes = { maxRequestBytes, maxReplyBytes: 1000 }
    const link = transport.backLink({ ...this.topics, ...sizes, groupId, maxInFlight })
    const taken: string[] = []
    const answer: RequestHandler =
      options.onRequest ?? ((request) => request.reply(Buffer.from(`${text(request.value)}!`)))
    await link.open((request) => {
      taken.push(text(request.value))
      return answer(request)
    })
    const tier = { ...opened(() => link.close(AbortSignal.timeout(2000))), link, taken }
    this.#closers.push(tier.close)
    return tier
  }

  /** An open requester. */
  async asker(
    options: { readonly bootstrap?: string; readonly ordinal?: number } = {},
  ): Promise<Asker> {
    const { transport, opened, log, metrics } = this.#transport(options.bootstrap)
    const processId = randomName('asker')
    const { ordinal } = options
    const sizes = { maxRequestBytes: 1000, maxReplyBytes: 1000 }
    const link = transport.frontLink({
      ...this.topics,
      ...sizes,
      processId,
      ordinal,
      replies: 'own',
    })
    const topic = this.requestTopic
    const requester = createRequester(link, { processId, topic, maxInFlight: 64, log, metrics })
    await requester.open()
    const ask = async (value: string, budgetMs = 30_000) =>
      text((await requester.ask(Buffer.from(value), { budgetMs })).value)
    const asker = { ...opened(() => requester.close()), requester, ask }
    this.#closers.push(asker.close)
    return asker
  }

  /** An open front link without a requester. */
  async front(
    replies: 'own' | 'all',
    options: { readonly bootstrap?: string } = {},
  ): Promise<Front> {
    const { transport, opened } = this.#transport(options.bootstrap)
    const sizes = { maxRequestBytes: 1000, maxReplyBytes: 1000 }
    const processId = randomName('front')
    const link = transport.frontLink({
      ...this.topics,
      ...sizes,
      processId,
      ordinal: undefined,
      replies,
    })
    const seen: IncomingReply[] = []
    await link.open((reply) => seen.push(reply))
    const front = { ...opened(() => link.close()), link, replies: seen }
    this.#closers.push(front.close)
    return front
  }

  #transport(bootstrap = this.#bootstrap) {
    const { log, lines } = createLogSink()
    const metrics = createMetrics()
    const transport: Transport = createKafkaTransport({
      requestBrokers: bootstrap.split(','),
      clientId: 'fault-test',
      sessionTimeoutMs: 6000,
      commitIntervalMs: 100,
      partitions: 1,
      log,
      metrics,
    })
    const opened = (closeLink: () => Promise<void>): Opened => {
      let closing: Promise<void> | undefined
      const close = async () => {
        await closeLink()
        await transport.close()
      }
      return {
        lines,
        metrics,
        warnings: () =>
          lines.filter(({ level }) => level >= warnLevel).map(({ msg }) => String(msg)),
        close: () => (closing ??= close()),
      }
    }
    return { transport, opened, log, metrics }
  }

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close()
  }
}

/** Records that were ever written to each partition, by its number. */
export async function endsOfTopic(bootstrap: string, topic: string): Promise<readonly number[]> {
  const ends = await withAdmin(bootstrap, (admin) => admin.fetchTopicOffsets(topic))
  return ends.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high))
}

/** Resolves when the group has committed all of the topic. */
export async function untilCommitted(
  bootstrap: string,
  { groupId, requestTopic: topic }: { readonly groupId: string; readonly requestTopic: string },
): Promise<void> {
  await withAdmin(bootstrap, (admin) =>
    until('all of it to be committed', async () => {
      const ends = await admin.fetchTopicOffsets(topic)
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
      const offsets = new Map(found?.partitions.map((one) => [one.partition, Number(one.offset)]))
      return ends.every(
        ({ partition, high }) => Number(high) === 0 || offsets.get(partition) === Number(high),
      )
    }),
  )
}

/** A TCP proxy before a broker (bench/faults/tcp-proxy.mjs). */
export interface FaultProxy {
  readonly port: number
  target: { host: string; port: number }
  readonly counts: { readonly swallowed: number; readonly resets: number }
  swallowNextProduce(options?: { readonly isSilent?: boolean }): void
  close(): Promise<void>
}

export interface ProxiedKafka {
  /** Past the proxy. */
  readonly bootstrap: string
  /** Through the proxy, as all that the brokers advertise there. */
  readonly proxied: string
  readonly proxy: FaultProxy
  stop(): Promise<void>
}

interface StartedKafka extends TestKafka {
  readonly listeners: Readonly<Record<string, string>>
}

/** A broker of the test's own whose second listener is reached through a proxy alone. */
export async function startProxiedKafka(
  config: TestKafkaOptions['config'] = {},
): Promise<ProxiedKafka> {
  const load = (...path: readonly string[]) => import(pathToFileURL(repoPath(...path)).href)
  const { startProxy } = (await load('bench', 'faults', 'tcp-proxy.mjs')) as {
    readonly startProxy: () => Promise<FaultProxy>
  }
  const { startBroker } = (await load('scripts', 'kafka-broker.mjs')) as {
    readonly startBroker: (options: object) => Promise<StartedKafka>
  }
  const proxy = await startProxy()
  const proxied = `127.0.0.1:${proxy.port}`
  const kafka = await startBroker({
    config,
    listeners: { PROXIED: { protocol: 'PLAINTEXT', advertised: proxied } },
  })
  const [host = '', port = ''] = (kafka.listeners.PROXIED ?? '').split(':')
  proxy.target = { host, port: Number(port) }
  return {
    bootstrap: kafka.bootstrap,
    proxied,
    proxy,
    async stop() {
      await proxy.close()
      await kafka.stop()
    },
  }
}
