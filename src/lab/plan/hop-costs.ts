// What a request costs beside compute, codecs and links: defaults, and what a bench measured. Pure.
import type { BenchResult, BenchRow } from '../bench/result.ts'
import { ConfigError } from '../../errors.ts'
import type { HopCosts } from './plan.ts'

/** With a broker warmed for 20 s on two cores, one image at a time: checks measured hops of 5 to 9 ms (docs/plan.md). */
export const defaultCosts: HopCosts = {
  hopMs: 6,
  serveMs: 2,
  replyBytes: 500,
  overheadBytes: 300,
}

/**
 * What a hop takes by this bench: of ddnn over Kafka without links, one image at a time, the hop itself and what a
 * tier spends on nothing else, for each request that was made.
 * @throws DDNN_CONFIG_INVALID where it holds no such row.
 */
export function hopMsOf({ rows, setup }: BenchResult): number {
  const alone = rows.filter(
    ({ contestant, scenario, inFlight }) =>
      contestant === 'ddnn' &&
      (scenario === 'single-stream' || (scenario === 'concurrency' && inFlight === 1)),
  )
  const found = alone.map(hopMsOfRow).filter(Number.isFinite)
  if (setup.over !== 'kafka' || setup.links !== undefined || found.length === 0) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      'Expected --bench to hold ddnn over Kafka without links, one image at a time, got none',
      {
        hint: 'Run ddnn bench --over kafka --scenario single-stream -o DIR, and pass DIR/bench.json',
      },
    )
  }
  return found.reduce((sum, ms) => sum + ms, 0) / found.length
}

/** Of one row; NaN where it tells no parts, or not where images left. */
export function hopMsOfRow({ parts, exits }: Pick<BenchRow, 'parts' | 'exits'>): number {
  const hops = parts.filter(({ part }) => part === 'hop').map(({ where }) => where.split('-')[1])
  const answered = Object.values(exits).reduce((sum, count) => sum + count, 0)
  let requests = 0
  for (const [i] of hops.entries()) {
    // A tier that lets none leave is in no count, and those behind it are asked as often as it.
    const left = hops.slice(i).map((tier) => exits[tier ?? ''] ?? 0)
    requests += left.reduce((sum, count) => sum + count, 0) / answered
  }
  const own = parts.filter(({ part }) => part === 'hop' || part === 'other')
  return own.reduce((sum, { ms }) => sum + ms, 0) / requests
}
