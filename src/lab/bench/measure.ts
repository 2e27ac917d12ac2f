// One load on one contestant, as a row: what the load generator saw, and what the processes spent meanwhile.
import { percentile } from '../../report/percentile.ts'
import type { Contestant, Part, Reading, RunningContestant } from './contestant.ts'
import type { Inputs } from './inputs/inputs.ts'
import type { Answered, Load } from './load/load.ts'
import { cpuMsOf } from './meter/cpu.ts'
import type { BenchRow, Latency } from './result.ts'

interface MeasureOptions {
  readonly contestant: Contestant
  readonly running: RunningContestant
  readonly load: Load
  readonly round: number
  readonly inputs: Inputs
  readonly brokerPid: number | undefined
}

/** Names the broker's CPU in a row. */
const brokerName = 'broker'

export async function measure(options: MeasureOptions): Promise<BenchRow> {
  const { contestant, running, load, round, inputs, brokerPid } = options
  const before = await readAll(running, brokerPid)
  const { answered, elapsedMs } = await running.run(load)
  const after = await readAll(running, brokerPid)
  const good = answered.filter(({ failure }) => failure === undefined)
  const count = Math.max(1, answered.length)
  const seconds = elapsedMs / 1000
  return {
    contestant: contestant.name,
    scenario: load.scenario,
    round,
    inFlight: load.scenario === 'concurrency' ? load.inFlight : undefined,
    rate: load.scenario === 'server' ? load.rate : undefined,
    isHeld: undefined,
    samples: answered.length,
    failures: tally(answered.flatMap(({ failure }) => failure ?? [])),
    seconds,
    imagesPerSecond: seconds > 0 ? good.length / seconds : 0,
    latency: latencyOf(load, good),
    cpuMs: perImage(before.cpuMs, after.cpuMs, count),
    bytes: perImage(before.bytes, after.bytes, count),
    parts: partsBetween(before.parts, after.parts, count),
    exits: tally(good.flatMap(({ exit }) => exit ?? [])),
    accuracy: accuracyOf(good, inputs),
  }
}

async function readAll(running: RunningContestant, broker: number | undefined): Promise<Reading> {
  const [reading, own] = await Promise.all([running.read(), cpuMsOf({ [brokerName]: broker })])
  return { ...reading, cpuMs: { ...reading.cpuMs, ...own } }
}

/** Of samples; a query of several is answered when all of it is, so all its samples count as its last. */
function latencyOf(load: Load, answered: readonly Answered[]): Latency {
  const times =
    load.scenario === 'multi-stream'
      ? queryTimes(answered, load.samplesPerQuery)
      : answered.map(({ answeredMs, scheduledMs }) => answeredMs - scheduledMs)
  const sorted = Float64Array.from(times).sort()
  const at = (percent: number) => percentile(sorted, percent)
  return {
    mean: times.reduce((sum, ms) => sum + ms, 0) / times.length,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    max: at(100),
    curve: Array.from({ length: 201 }, (_, i) => at(i / 2)),
  }
}

function queryTimes(answered: readonly Answered[], size: number): readonly number[] {
  const queries = new Map<number, number>()
  for (const { sample, answeredMs, scheduledMs } of answered) {
    const query = Math.floor(sample / size)
    queries.set(query, Math.max(queries.get(query) ?? 0, answeredMs - scheduledMs))
  }
  return [...queries.values()]
}

function accuracyOf(answered: readonly Answered[], { images }: Inputs): number | undefined {
  const told = answered.filter(({ prediction }) => prediction !== undefined)
  if (told.length === 0) return undefined
  const right = told.filter(
    ({ sample, prediction }) => images[sample % images.length]?.label === prediction,
  )
  return right.length / told.length
}

function perImage(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  count: number,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, (value - (before[name] ?? 0)) / count]),
  )
}

function partsBetween(
  before: readonly Part[],
  after: readonly Part[],
  count: number,
): readonly Part[] {
  return after.map(({ where, part, ms }) => {
    const earlier = before.find((one) => one.where === where && one.part === part)?.ms ?? 0
    return { where, part, ms: (ms - earlier) / count }
  })
}

function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
