// The contestants take turns: each is started, warmed, put through all loads and ended, round after round, every
// second round backwards, so that none always meets the machine or the broker as another one left it.
import type { Contestant, RunningContestant, Setting } from './contestant.ts'
import { findRate } from './find-rate.ts'
import type { Load } from './load/load.ts'
import { measure } from './measure.ts'
import type { BenchRow } from './result.ts'

interface ServerGoal {
  readonly boundMs: number
  readonly samples: number
  readonly maxSeconds: number
  readonly seed: number
}

interface RoundsOptions {
  readonly contestants: readonly Contestant[]
  /** All loads but the server's, whose rates are searched. */
  readonly loads: readonly Load[]
  readonly server: ServerGoal | undefined
  readonly rounds: number
  /** A round of all but the peers before the first that is not counted, where the brokers are cold. */
  readonly isWarmed: boolean
  readonly setting: Setting
  readonly brokerPid: number | undefined
  readonly onRow: (row: BenchRow) => void
  readonly onStep?: ((step: BenchStep) => void) | undefined
}

/** A measurement that begins; a search for a rate is one. */
export interface BenchStep {
  /** Those before it, and all there will be; rounds that only warm count too. */
  readonly done: number
  readonly total: number
  /** From 1; 0 warms. */
  readonly round: number
  readonly rounds: number
  readonly contestant: string
  readonly scenario: string
}

const warmSamples = 64
const warmSeconds = 15
const leastServerSeconds = 2
const serverBounds = 20
const rateSearch = { precision: 0.1, trials: 8 }

/** @throws what a contestant's start throws; the signal's reason once it aborts. */
export async function runRounds(
  options: RoundsOptions,
  signal: AbortSignal,
): Promise<readonly BenchRow[]> {
  const { contestants, rounds, isWarmed, onRow } = options
  const rows: BenchRow[] = []
  const total = countSteps(options)
  let done = 0
  for (let round = isWarmed ? 0 : 1; round <= rounds; round++) {
    const taking = takingPart(contestants, round)
    for (const contestant of round % 2 === 1 ? taking : taking.toReversed()) {
      const running = await contestant.start(options.setting)
      try {
        const take = (row: BenchRow) => {
          if (round === 0) return
          rows.push(row)
          onRow(row)
        }
        const begin = (scenario: string) => {
          const step = { done, total, round, rounds, contestant: contestant.name, scenario }
          options.onStep?.(step)
          done++
        }
        await runLoads(options, { contestant, running, round, begin }, take, signal)
      } finally {
        await running.stop()
      }
    }
  }
  return rows
}

function takingPart(contestants: readonly Contestant[], round: number): readonly Contestant[] {
  return contestants.filter(({ kind }) => round > 0 || kind !== 'peer')
}

function ableLoads({ loads }: RoundsOptions, { maxInFlight }: Contestant): readonly Load[] {
  return loads.filter((load) => load.scenario !== 'concurrency' || load.inFlight <= maxInFlight)
}

function countSteps(options: RoundsOptions): number {
  const { contestants, rounds, isWarmed, server } = options
  const stepsOf = (round: number) =>
    takingPart(contestants, round).reduce((sum, contestant) => {
      const search = server === undefined || round === 0 ? 0 : 1
      return sum + ableLoads(options, contestant).length + search
    }, 0)
  return rounds * stepsOf(1) + (isWarmed ? stepsOf(0) : 0)
}

interface Turn {
  readonly contestant: Contestant
  readonly running: RunningContestant
  readonly round: number
  /** Told of each measurement before it is made. */
  readonly begin: (scenario: string) => void
}

async function runLoads(
  options: RoundsOptions,
  turn: Turn,
  take: (row: BenchRow) => void,
  signal: AbortSignal,
): Promise<void> {
  const { server, setting, brokerPid } = options
  const { inputs } = setting
  const { running } = turn
  const able = ableLoads(options, turn.contestant)
  await warm(running, able)
  for (const load of able) {
    signal.throwIfAborted()
    turn.begin(load.scenario)
    take(await measure({ ...turn, load, inputs, brokerPid }))
  }
  // A round that is not counted need not search: its loads have warmed all there is.
  if (server === undefined || turn.round === 0) return
  turn.begin('server')
  const trial = (rate: number) => {
    signal.throwIfAborted()
    const load = { scenario: 'server', ...server, samples: samplesAt(rate, server), rate } as const
    return measure({ ...turn, load, inputs, brokerPid })
  }
  const firstRate = await usualRate(running)
  await findRate({ ...rateSearch, boundMs: server.boundMs, firstRate }, trial, take)
}

/** Fills caches, metadata and compiled code; not counted. */
async function warm(running: RunningContestant, loads: readonly Load[]): Promise<void> {
  const most = Math.max(
    1,
    ...loads.map((load) => (load.scenario === 'concurrency' ? load.inFlight : 1)),
  )
  const samples = Math.max(warmSamples, 2 * most)
  await running.run({ scenario: 'concurrency', samples, inFlight: most, maxSeconds: warmSeconds })
  await running.run({ scenario: 'single-stream', samples: 10, maxSeconds: warmSeconds })
}

/** Enough to outlast the bound many times over: a queue that grows must have the time to break it. */
function samplesAt(rate: number, { samples, boundMs, maxSeconds }: ServerGoal): number {
  const seconds = Math.max(leastServerSeconds, (serverBounds * boundMs) / 1000)
  const most = Math.ceil(rate * maxSeconds)
  return Math.max(1, Math.min(most, Math.max(samples, Math.ceil(rate * seconds))))
}

/** Images a second of one after the other: every contestant's search begins where its bound may hold. */
async function usualRate(running: RunningContestant): Promise<number> {
  const { answered, elapsedMs } = await running.run({
    scenario: 'single-stream',
    samples: 20,
    maxSeconds: warmSeconds,
  })
  return elapsedMs === 0 ? 1 : (answered.length * 1000) / elapsedMs
}
