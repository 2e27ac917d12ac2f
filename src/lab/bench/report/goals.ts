// What ddnn is to reach, and what runs say of it: the first result that was measured the way the goal is meant.
import type { BenchResult } from '../result.ts'
import { describeBytes, describePercent } from '../../../report/describe.ts'
import type { Goal, GoalData, Reached } from './goal.ts'
import { atMost, chain, isFull, isSingle, pairAt, type Pair } from './goal-pairs.ts'
import { loadGroups } from './groups.ts'
import { cpuOf, exitCounts, over, pairedRatio } from './measures.ts'
import { describeRatio } from './numbers.ts'

/** The contestant of `--door`. */
const overHttp = 'ddnn over HTTP'

export const goals: readonly Goal[] = [
  p50Goal('bare chain', 1.3, '1.3 x'),
  p50Goal('Ray Serve', 0.4, '0.4 x'),
  p50Goal('kafka-python', 1 / 75, '1/75'),
  rateGoal('bare chain', 0.85),
  rateGoal('Ray Serve', 5),
  {
    name: 'CPU an image of all processes and the broker, 64 in flight, beside bare chain',
    goal: '≤ 1.25 x',
    how: 'median over rounds of ddnn / bare chain, every image through all tiers',
    reach: first((result) => atMost(pairAt(chain(result), isFull, 'bare chain'), cpuOf, 1.25)),
  },
  {
    name: 'Bytes of an offloaded flower, edge to fog',
    goal: '≤ 4.0 kB',
    how: "bytes of the edge's requests / share of images that did not leave at the edge",
    reach: first(offloadedBytes),
  },
  cloudGoal('cloud-only jpeg', 0.4),
  cloudGoal('cloud-only uint8', 0.6),
  {
    name: 'p50, one in flight, over HTTP beside a device',
    goal: '≤ 1.15 x',
    how: 'median over rounds of ddnn over HTTP / ddnn, every image through all tiers, inputs decoded',
    reach: first((result) => {
      const pair = pairAt(chain(result), isSingle, overHttp)
      return atMost(reversed(pair), ({ latency }) => latency.p50, 1.15)
    }),
  },
  {
    name: 'Images a second, 64 in flight, over HTTP beside a device',
    goal: '≥ 85 %',
    how: 'median over rounds of ddnn over HTTP / ddnn, every image through all tiers, inputs decoded',
    reach: first((result) => atLeast(reversed(pairAt(chain(result), isFull, overHttp)), 0.85)),
  },
  {
    name: 'Images a second of 8 replicas, fixed-time engine, beside 1',
    goal: '≥ 0.9 of linear',
    how: 'rate of 8 replicas / 8 times the rate of 1, on 8 partitions, of a run of bench/scaling.mjs',
    reach: replicaGoal,
  },
]

/** The first result that tells it. */
function first(reachOf: (result: BenchResult) => Reached | undefined): Goal['reach'] {
  return ({ results }) => {
    for (const result of results) {
      const reached = reachOf(result)
      if (reached !== undefined) return reached
    }
    return undefined
  }
}

function p50Goal(other: string, most: number, text: string): Goal {
  return {
    name: `p50, one in flight, beside ${other}`,
    goal: `≤ ${text}`,
    how: `median over rounds of ddnn / ${other}, every image through all tiers, inputs decoded`,
    reach: first((result) =>
      atMost(pairAt(chain(result), isSingle, other), ({ latency }) => latency.p50, most),
    ),
  }
}

function rateGoal(other: string, least: number): Goal {
  const describe = (ratio: number) => (least < 1 ? describePercent(ratio, 0) : describeRatio(ratio))
  return {
    name: `Images a second, 64 in flight, beside ${other}`,
    goal: `≥ ${describe(least)}`,
    how: `median over rounds of ddnn / ${other}, every image through all tiers, inputs decoded`,
    reach: first((result) => atLeast(pairAt(chain(result), isFull, other), least)),
  }
}

/** Rate of the first beside the second. */
function atLeast(pair: Pair | undefined, least: number): Reached | undefined {
  const ratio = pair && pairedRatio(...pair, ({ imagesPerSecond }) => imagesPerSecond)
  if (ratio === undefined || !Number.isFinite(ratio)) return undefined
  const text = least < 1 ? describePercent(ratio, 0) : describeRatio(ratio)
  return { text, isMet: ratio >= least }
}

/** For a goal of what stands beside ddnn's device: the device is what it is held against. */
function reversed(pair: Pair | undefined): Pair | undefined {
  return pair && [pair[1], pair[0]]
}

/** Early exit beside sending every image to the cloud: share of the mean that is saved. */
function cloudGoal(other: string, least: number): Goal {
  return {
    name: `Mean over wan links, early exit beside ${other}`,
    goal: `≥ ${describePercent(least, 0)} less`,
    how: `1 - median over rounds of ddnn / ${other}, exits as they come, accuracy within 1 point`,
    reach: first((result) => {
      const { links, exits } = result.setup
      if (links !== 'wan' || exits !== 'as they come') return undefined
      const pair = pairAt(result, isSingle, other)
      const ratio = pair && pairedRatio(...pair, ({ latency }) => latency.mean)
      if (pair === undefined || ratio === undefined || !Number.isFinite(ratio)) return undefined
      const [own, theirs] = pair.map((rows) => over(rows, ({ accuracy }) => accuracy))
      const points = ((own ?? Number.NaN) - (theirs ?? Number.NaN)) * 100
      // NaN is not within a point.
      const isRight = points >= -1 - 1e-9
      const change = Number.isFinite(points)
        ? `accuracy ${points < 0 ? '' : '+'}${points.toFixed(1)} points`
        : 'accuracy not measured'
      return {
        text: `${describePercent(1 - ratio)} less`,
        isMet: isRight && 1 - ratio >= least,
        note: change,
      }
    }),
  }
}

function offloadedBytes(result: BenchResult): Reached | undefined {
  if (result.setup.over !== 'kafka' || result.setup.models.some((name) => /cifar/i.test(name))) {
    return undefined
  }
  const rows =
    loadGroups(result)
      .find(({ runs }) => runs.has('ddnn'))
      ?.runs.get('ddnn') ?? []
  const exits = exitCounts(rows)
  const all = [...exits.values()].reduce((a, b) => a + b, 0)
  const near = (exits.get('device') ?? 0) + (exits.get('edge') ?? 0)
  const bytes = over(rows, (row) => row.bytes['edge']) / (1 - near / all)
  if (!Number.isFinite(bytes)) return undefined
  return { text: describeBytes(bytes), isMet: bytes <= 4000 }
}

function replicaGoal({ replicas = [] }: GoalData): Reached | undefined {
  const rateOf = (count: number) =>
    replicas.find((one) => one.replicas === count)?.imagesPerSecond ?? Number.NaN
  const linear = rateOf(8) / (8 * rateOf(1))
  if (!Number.isFinite(linear)) return undefined
  return { text: `${linear.toFixed(2)} of linear`, isMet: linear >= 0.9 }
}
