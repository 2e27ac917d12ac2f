// The rows of a bench with the columns of perf_analyzer's CSV (-f FILE), in microseconds, behind three of ours:
// contestant, scenario, round. As there, means an image from Client Send to Client Recv sum up to Avg latency.
// Our parts in its columns: Server Queue, Compute Infer: queue and compute of all processes, the device's too;
// Server Compute Input, Output: decode and encode of the tiers, Client Send: those of the device; Client Recv: other
// of the device; Network+Server Send/Recv: the rest, which is hops and what nobody tells.
// https://github.com/triton-inference-server/perf_analyzer/blob/main/docs/measurements_metrics.md
import type { Part } from '../contestant.ts'
import type { BenchResult, BenchRow } from '../result.ts'
import { csvText } from '../../../report/csv-text.ts'

const columns = [
  ...['Contestant', 'Scenario', 'Round', 'Concurrency', 'Request Rate', 'Inferences/Second'],
  ...['Client Send', 'Network+Server Send/Recv', 'Server Queue', 'Server Compute Input'],
  ...['Server Compute Infer', 'Server Compute Output', 'Client Recv'],
  ...['p50 latency', 'p90 latency', 'p95 latency', 'p99 latency', 'Avg latency'],
] as const

/** The whole file, rows as they were measured; a cell is empty where there is no such value. */
export function benchCsv({ rows }: BenchResult): string {
  return csvText(
    columns,
    rows.map((row) => [
      row.contestant,
      row.scenario,
      String(row.round),
      inFlightOf(row),
      row.rate === undefined ? '' : String(row.rate),
      Number.isFinite(row.imagesPerSecond) ? String(Number(row.imagesPerSecond.toFixed(3))) : '',
      ...partCells(row),
      ...(['p50', 'p90', 'p95', 'p99', 'mean'] as const).map((name) => micros(row.latency[name])),
    ]),
  )
}

/** One stream is one in flight. */
function inFlightOf({ scenario, inFlight }: BenchRow): string {
  return scenario === 'single-stream' ? '1' : String(inFlight ?? '')
}

function partCells({ parts, latency }: BenchRow): readonly string[] {
  if (parts.length === 0) return Array.from({ length: 7 }, () => '')
  const sum = (isWanted: (part: Part) => boolean) =>
    parts.filter(isWanted).reduce((total, { ms }) => total + ms, 0)
  const isDevice = ({ where }: Part) => where === 'device'
  const coded = (name: 'decode' | 'encode') => sum((part) => !isDevice(part) && part.part === name)
  const send = sum((part) => isDevice(part) && ['decode', 'encode'].includes(part.part))
  const server = [
    sum(({ part }) => part === 'queue'),
    coded('decode'),
    sum(({ part }) => part === 'compute'),
    coded('encode'),
  ]
  const receive = sum((part) => isDevice(part) && part.part === 'other')
  const told = server.reduce((a, b) => a + b, send + receive)
  const network = Math.max(0, latency.mean - told)
  return [send, network, ...server, receive].map(micros)
}

function micros(ms: number): string {
  return Number.isFinite(ms) ? String(Math.round(ms * 1000)) : ''
}
