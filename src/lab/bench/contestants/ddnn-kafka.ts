// ddnn itself over Kafka: its device in the process that asks, or a gateway that is asked over HTTP, and each tier
// a process of its own, started as a user starts them.
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { SendForm } from '../../../serving/device/read-as.ts'
import { asker, type DdnnKafkaSettings } from '../clients/ddnn-kafka.ts'
import type { DdnnHttpSettings } from '../clients/ddnn-http.ts'
import type { Contestant, ContestantKind, RunningContestant, Setting } from '../contestant.ts'
import { startDriver, type Driver, type DriverOptions } from '../driver/start-driver.ts'
import { exitFlags, type Exits } from '../exits.ts'
import { chainParts } from '../meter/chain-parts.ts'
import { cpuMsOf } from '../meter/cpu.ts'
import { scrapeTier } from '../meter/scrape.ts'
import { leaveBrokers } from './leave-brokers.ts'
import {
  startGatewayProcess,
  startTierProcess,
  type LinkEnd,
  type StartedTier,
} from './start-tier.ts'

export interface BenchTier {
  readonly name: string
  readonly models: readonly string[]
}

export interface DdnnKafkaOptions {
  readonly name: string
  readonly kind: ContestantKind
  readonly description: string
  /** The dist/main.js of another release's tiers; this package's own where undefined. */
  readonly main?: string | undefined
  /** From the device's neighbour to the network's end. */
  readonly tiers: readonly BenchTier[]
  readonly exits: Exits
  /** Further flags of every tier: --engine, --feature-codec. */
  readonly flags: readonly string[]
  readonly send: SendForm
  readonly sendQuality: number | undefined
  readonly partitions: number
  readonly maxInFlight: number
  readonly timeoutMs: number
  /** Whether images come over HTTP, through a gateway that asks the first tier in the device's place. */
  readonly isOverHttp?: boolean
  /**
   * Brokers of the link between two neighbours, as one of its ends reaches them; those of the setting where
   * left out, and links cost what loopback costs.
   */
  readonly brokersOf?: ((from: string, to: string, end: 'asks' | 'answers') => string) | undefined
}

export function createDdnnKafka(options: DdnnKafkaOptions): Contestant {
  const { name, kind, description, maxInFlight } = options
  return {
    name,
    kind,
    description,
    maxInFlight,
    start: (setting) => startChain(options, setting),
  }
}

interface ChainLink {
  readonly asks: LinkEnd
  readonly answers: LinkEnd
}

async function startChain(options: DdnnKafkaOptions, setting: Setting): Promise<RunningContestant> {
  const run = randomUUID().slice(0, 8)
  const links = linksOf(options, setting, run)
  const groupOf = (tier: BenchTier) => `bench-${tier.name}.${run}`
  const started: StartedTier[] = []
  let driver: Driver | undefined
  let gateway: StartedTier | undefined
  const stop = async () => {
    await driver?.stop()
    await gateway?.stop()
    await Promise.all(started.map((tier) => tier.stop()))
    await Promise.all(
      links.map(({ answers }, i) =>
        leaveBrokers(answers.brokers, {
          topics: [answers.requestTopic, answers.replyTopic],
          groups: options.tiers.slice(i, i + 1).map(groupOf),
        }),
      ),
    )
  }
  try {
    const starting = options.tiers.map((tier, i) =>
      startTierProcess({
        ...tier,
        main: options.main,
        back: (links[i] as ChainLink).answers,
        front: links[i + 1]?.asks,
        flags: [
          ...exitFlags(options.exits, tier.name),
          // A group of the tier's name may be somebody's, on brokers that were there.
          ...['--group-id', groupOf(tier)],
          ...options.flags,
          ...['--partitions', String(options.partitions)],
        ],
      }),
    )
    // All are waited for, so that none is left behind by one that fails.
    for (const one of await Promise.allSettled(starting)) {
      if (one.status === 'fulfilled') started.push(one.value)
    }
    await Promise.all(starting)
    const { asks } = links[0] as ChainLink
    if (options.isOverHttp === true) {
      gateway = await startGatewayProcess({
        name: 'gateway',
        front: asks,
        flags: gatewayFlags(options),
      })
    }
    driver = await startDriver({ ...clientOf(options, setting, asks, gateway), setting })
    const all = { started, gateway, driver }
    return runningOf(options, all, stop)
  } catch (thrown) {
    await stop()
    throw thrown
  }
}

interface Chain {
  readonly started: readonly StartedTier[]
  readonly gateway: StartedTier | undefined
  readonly driver: Driver
}

function runningOf(
  { tiers }: DdnnKafkaOptions,
  { started, gateway, driver }: Chain,
  stop: () => Promise<void>,
): RunningContestant {
  const names = tiers.map((tier) => tier.name)
  const pids = {
    ...(gateway === undefined ? {} : { gateway: gateway.pid }),
    ...Object.fromEntries(started.map(({ pid }, i) => [names[i] ?? '', pid])),
  }
  return {
    run: (load) => driver.run(load),
    read: async () => {
      const own = await driver.read()
      const totals = await Promise.all(
        started.map(({ httpPort }, i) => scrapeTier(names[i] ?? '', httpPort)),
      )
      const ms = (part: 'decode' | 'hop') => own.parts.find((one) => one.part === part)?.ms ?? 0
      const sent = totals.slice(0, -1).map(({ tier, offloadedBytes }) => [tier, offloadedBytes])
      return {
        cpuMs: await cpuMsOf({ [asker]: driver.pid, ...pids }),
        bytes: { [asker]: own.bytes, ...(Object.fromEntries(sent) as Record<string, number>) },
        parts: chainParts({ name: asker, decode: ms('decode'), asking: ms('hop') }, totals),
      }
    },
    stop,
  }
}

/** New topics every time: what an earlier run left in them is nobody's. */
function linksOf(options: DdnnKafkaOptions, setting: Setting, run: string): readonly ChainLink[] {
  return options.tiers.map(({ name: to }, i) => {
    const from = options.tiers[i - 1]?.name ?? asker
    const topics = { requestTopic: `${from}-${to}.${run}`, replyTopic: `${to}-${from}.${run}` }
    const brokers = (end: 'asks' | 'answers') =>
      options.brokersOf?.(from, to, end) ?? setting.brokers ?? ''
    return {
      asks: { ...topics, brokers: brokers('asks') },
      answers: { ...topics, brokers: brokers('answers') },
    }
  })
}

/** A gateway waits for as many as the load asks, and no longer than it. */
function gatewayFlags({ maxInFlight, timeoutMs, partitions }: DdnnKafkaOptions): readonly string[] {
  const most = String(maxInFlight)
  return [
    ...['--max-in-flight', most, '--http-max-in-flight', most],
    ...['--timeout-ms', String(timeoutMs), '--partitions', String(partitions)],
  ]
}

/** The client in the process that asks: a device, or a program that speaks HTTP. */
function clientOf(
  options: DdnnKafkaOptions,
  setting: Setting,
  asks: LinkEnd,
  gateway: StartedTier | undefined,
): Pick<DriverOptions, 'module' | 'settings'> {
  const module = (name: string) => fileURLToPath(new URL(`../clients/${name}.js`, import.meta.url))
  if (gateway === undefined) {
    return { module: module('ddnn-kafka'), settings: settingsOf(options, setting, asks) }
  }
  const { maxInFlight, timeoutMs } = options
  const url = `http://127.0.0.1:${gateway.httpPort}/v2/models/ddnn/infer`
  const settings: DdnnHttpSettings = { url, maxInFlight, timeoutMs }
  return { module: module('ddnn-http'), settings }
}

function settingsOf(
  options: DdnnKafkaOptions,
  { inputs }: Setting,
  { requestTopic, replyTopic, brokers }: LinkEnd,
): DdnnKafkaSettings {
  const { send, sendQuality, partitions, maxInFlight, timeoutMs } = options
  return {
    name: asker,
    brokers: brokers.split(','),
    requestTopic,
    replyTopic,
    labels: inputs.labels,
    send,
    sendQuality,
    partitions,
    maxInFlight,
    timeoutMs,
  }
}
