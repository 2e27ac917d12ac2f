// The tables of a run, out of its scaling.json alone: for its README and for docs/scaling.md.
import { defaultFleet, describeFleet, sizeFleet } from './arithmetic.mjs'
import { tableOf } from './table.mjs'

export const columns = [
  ['rate', 'images/s', 1],
  ['p50', 'p50 ms', 1],
  ['p95', 'p95 ms', 1],
  ['brokerCpu', 'broker CPU', 2],
  ['tierCpu', 'CPU of all tiers', 2],
  ['askerCpu', 'CPU of the devices', 2],
  ['tierRssMb', 'MB of a tier', 0],
  ['askerSockets', 'connections of the devices', 0],
  ['foreign', 'replies of others read, a reply', 1],
]

/** Partitions of the topics where replicas are counted. */
const partitions = 8

/** @param rows medians of the whole run. */
export function curveTable({ name, x }, rows) {
  const own = rows.filter(({ curve }) => curve === name).sort((a, b) => a.value - b.value)
  const used = columns.filter(([column]) => isTold(name, column, own))
  const efficiency = name === 'replicas' ? efficiencyOf(own) : undefined
  const isAtRest = own.some(({ load }) => load === 'none')
  const head = [x, ...(isAtRest || name === 'tiers' ? ['load'] : [])]
  head.push(...used.map(([, label]) => label))
  if (efficiency !== undefined) head.push('of linear', 'of what partitions allow')
  const body = own.map((row) => [
    row.value,
    ...(head[1] === 'load' ? [row.load] : []),
    ...used.map(([column, , digits]) => shown(row[column], digits)),
    ...(efficiency?.(row) ?? []),
  ])
  return tableOf(head, body)
}

/** What does not change with what is turned up says nothing. */
function isTold(name, column, rows) {
  const isOfDevices = column === 'foreign' || column === 'askerSockets'
  if (isOfDevices && name !== 'devices') return false
  if (column === 'tierRssMb' && name !== 'replicas') return false
  return rows.some((row) => isNumber(row[column]))
}

/**
 * Rates beside that of one replica times their number; and beside what is left of that where partitions do not
 * come out even: the replica with most of them is full first.
 */
function efficiencyOf(rows) {
  const alone = rows.find(({ value, rate }) => value === 1 && isNumber(rate))?.rate
  if (alone === undefined) return undefined
  return ({ value, rate }) => {
    if (!isNumber(rate)) return ['', '']
    const linear = rate / (alone * value)
    return [shown(linear, 3), shown(linear / evenShare(value), 3)]
  }
}

/** Of linear, where all replicas but those with most partitions wait for them. */
function evenShare(replicas) {
  return partitions / (replicas * Math.ceil(partitions / replicas))
}

const costNames = {
  brokerMsAnImage: 'broker: a small request and its reply, ms',
  brokerMsAMB: 'broker: a MB of requests and replies, ms',
  brokerMsAForeign: 'broker: a reply read by a device that did not ask, ms',
  brokerMsAnAskerSecond: 'broker: a device that is there, ms a second',
  tierMsAnImage: 'tier: an image, without its network, ms',
  tierMb: 'tier: memory, without its network, MB',
}

export function costTable(costs) {
  const rows = Object.entries(costNames).map(([name, label]) => [label, shown(costs[name], 3)])
  return tableOf(['cost', 'CPU or memory'], rows)
}

/** The fleets that are worked out: by name, with what they are. */
export const fleets = {
  'fleet-1000': {
    title: '1,000 devices on one cluster, each an image every 10 s',
    fleet: { devices: 1000 },
  },
  'fleet-100000': { title: '100,000 devices on one cluster', fleet: {} },
  'fleet-sites': { title: '100,000 devices on 100 sites', fleet: { sites: 100 } },
}

export function fleetTable(name, costs) {
  return describeFleet(sizeFleet({ ...defaultFleet, ...fleets[name].fleet }, costs))
}

export function isNumber(value) {
  return typeof value === 'number' && Number.isFinite(value)
}

export function shown(value, digits) {
  return isNumber(value) ? value.toFixed(digits) : ''
}
