// Runs plans live: a real broker, a process for each tier, over loopback alone or over the links of a profile.
import { meanOf } from '../../../domain/mean.ts'
import { loadavg } from 'node:os'
import type { LinkProfile } from '../../links/profile.ts'
import { hopMsOfRow } from '../../plan/hop-costs.ts'
import { startOwnBroker } from '../brokers.ts'
import type { Contestant, RunningContestant, Setting } from '../contestant.ts'
import { startContinuumLinks, type ContinuumLinks } from '../continuum/links.ts'
import { createDdnnKafka } from '../contestants/ddnn-kafka.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { Answered } from '../load/load.ts'
import { measure } from '../measure.ts'
import type { BenchRow } from '../result.ts'
import { warmBroker } from '../warm-broker.ts'
import type { LivePlan } from './live-plan.ts'

interface LiveOptions {
  readonly profile: LinkProfile
  readonly inputs: Inputs
  readonly scratch: string
  /** Of every tier: --engine and its like. */
  readonly flags: readonly string[]
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

export interface LiveRun {
  readonly rows: readonly BenchRow[]
  /** Of all rows, without failed ones. */
  readonly answered: readonly Answered[]
}

export interface LiveRuns {
  readonly linked: LiveRun
  /** What a hop cost meanwhile: a machine is not the same from minute to minute. */
  readonly hopMs: number
  /** Mean one-minute load of the machine, beside what the run itself makes of it. */
  readonly load: number
}

export interface LiveSession {
  /** What a hop costs without links, milliseconds. Warms the broker first. */
  measureHop(plan: LivePlan): Promise<number>
  /** Every image once a round, one after the other, over the links; after each round the same without links. */
  run(plan: LivePlan, rounds: number): Promise<LiveRuns>
  stop(): Promise<void>
}

const warmBrokerSeconds = 20
const warmSamples = 32
/** No round takes longer, however slow a link is. */
const maxSeconds = 300

/** @throws DDNN_CONFIG_INVALID where no broker can be had. */
export async function openLive(options: LiveOptions): Promise<LiveSession> {
  const { profile, inputs, scratch, say, signal } = options
  const links = await startContinuumLinks(profile, (listeners) => startOwnBroker(say, listeners))
  const { bootstrap: brokers, pid } = links.brokers
  const isEncoded = inputs.images.every(({ file }) => file !== undefined)
  const setting: Setting = { inputs, form: isEncoded ? 'encoded' : 'decoded', scratch, brokers }
  const oneRound = async (contestant: Contestant, round: number): Promise<LiveRun> => {
    signal.throwIfAborted()
    const running = await contestant.start(setting)
    try {
      await running.run({ scenario: 'single-stream', samples: warmSamples, maxSeconds })
      const heard = listened(running)
      const samples = inputs.images.length
      const load = { scenario: 'single-stream', samples, maxSeconds } as const
      const measured = { contestant, running: heard.running, load, round, inputs, brokerPid: pid }
      const row = await measure(measured)
      return { rows: [row], answered: heard.answered }
    } finally {
      await running.stop()
    }
  }
  return {
    async measureHop(plan) {
      const contestant = contestantOf(plan, undefined, options)
      if (pid !== undefined) {
        say(`warming the broker for ${warmBrokerSeconds} s`)
        await warmBroker(contestant, setting, { pid, seconds: warmBrokerSeconds }, signal)
      }
      say('what a hop costs, without links')
      const { rows } = await oneRound(contestant, 1)
      return hopMsOfRow(rows[0] as BenchRow)
    },
    async run(plan, rounds) {
      const [contestant, bare] = [links, undefined].map((way) => contestantOf(plan, way, options))
      const linked: LiveRun[] = []
      const hops: number[] = []
      const loads: number[] = []
      for (let round = 1; round <= rounds; round++) {
        say(`round ${round} of ${rounds} over links '${profile.name}', and without`)
        linked.push(await oneRound(contestant as Contestant, round))
        const { rows } = await oneRound(bare as Contestant, round)
        hops.push(hopMsOfRow(rows[0] as BenchRow))
        loads.push(loadavg()[0] ?? Number.NaN)
      }
      return { linked: together(linked), hopMs: meanOf(hops), load: meanOf(loads) }
    },
    stop: () => links.stop(),
  }
}

function together(runs: readonly LiveRun[]): LiveRun {
  return {
    rows: runs.flatMap(({ rows }) => rows),
    answered: runs.flatMap(({ answered }) => answered),
  }
}

function contestantOf(
  { tiers, send, sendQuality }: LivePlan,
  links: ContinuumLinks | undefined,
  { flags }: LiveOptions,
): Contestant {
  return createDdnnKafka({
    name: 'ddnn',
    kind: 'ddnn',
    description: 'the plan',
    tiers,
    exits: 'any',
    flags,
    send,
    sendQuality,
    partitions: 8,
    maxInFlight: 64,
    timeoutMs: 30_000,
    brokersOf: links && ((from, to, end) => links.brokersOf(from, to, end)),
  })
}

/** The same, with what each image was answered kept. */
function listened(running: RunningContestant): {
  readonly running: RunningContestant
  readonly answered: Answered[]
} {
  const answered: Answered[] = []
  return {
    answered,
    running: {
      ...running,
      async run(load) {
        const found = await running.run(load)
        for (const one of found.answered) if (one.failure === undefined) answered.push(one)
        return found
      },
    },
  }
}
