// One run of one chain, measured: round trips, rate, CPU and requests an image, each process by name.
import { spentBetween } from './meter.mjs'
import { cpuMsOf, readMeter } from './processes.mjs'

/** What is taken of a run, in the order of the columns. */
export const columns = [
  ['p50_ms', 2],
  ['p95_ms', 2],
  ['images_per_second', 1],
  ['broker_cpu_ms', 2],
  ['device_cpu_ms', 2],
  ['edge_cpu_ms', 2],
  ['fog_cpu_ms', 2],
  ['cloud_cpu_ms', 2],
  ['produce', 2],
  ['fetch', 2],
  ['offset_commit', 2],
  ['metadata', 2],
  ['other', 2],
].map(([name, digits]) => ({ name, digits }))

const kinds = {
  Produce: 'produce',
  Fetch: 'fetch',
  OffsetCommit: 'offset_commit',
  Metadata: 'metadata',
}

/**
 * Runs the chain's device once, with CPU and requests counted from its first Produce to its end.
 * @returns {Promise<Record<string, number | undefined>>} by the names of `columns`; CPU in ms an image
 *   (undefined where it cannot be read), requests to the broker an image over all four processes.
 */
export async function measure(chain, brokerPid, inFlight) {
  let before
  const ran = await chain.run(inFlight, () => (before = read(chain, brokerPid)))
  const [from, to] = [await before, await read(chain, brokerPid)]
  const count = ran.times.length
  const spent = { device: ran.spent }
  for (const name of Object.keys(chain.tiers)) {
    spent[name] = spentBetween(from.tiers[name], to.tiers[name])
  }
  const row = { p50_ms: at(ran.times, 0.5), p95_ms: at(ran.times, 0.95) }
  row.images_per_second = ran.rate
  if (from.broker !== undefined) row.broker_cpu_ms = (to.broker - from.broker) / count
  for (const [name, { cpuMs }] of Object.entries(spent)) row[`${name}_cpu_ms`] = cpuMs / count
  for (const { name } of columns.slice(8)) row[name] = 0
  for (const { requests } of Object.values(spent)) {
    for (const [kind, n] of Object.entries(requests)) row[kinds[kind] ?? 'other'] += n / count
  }
  return row
}

async function read(chain, brokerPid) {
  const broker = cpuMsOf(brokerPid)
  const read = async ([name, child]) => [name, await readMeter(child)]
  const tiers = Object.fromEntries(await Promise.all(Object.entries(chain.tiers).map(read)))
  return { broker, tiers }
}

export function at(values, quantile) {
  return values.toSorted((a, b) => a - b)[Math.floor(quantile * (values.length - 1))]
}

/** Median of each column over the rounds; undefined where nothing was measured. */
export function medians(rows) {
  const of = (name) => median(rows.map((row) => row[name]).filter((value) => value !== undefined))
  return Object.fromEntries(columns.map(({ name }) => [name, of(name)]))
}

export function median(values) {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}
