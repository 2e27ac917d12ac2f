// Results of benches as the tests need them: round numbers, a machine of nobody's.
import type { BenchResult, BenchRow, Latency } from '../../../../src/lab/bench/result.ts'

/** All percentiles this, but for the curve, which runs from half of it to twice. */
export function latencyOf(ms: number): Latency {
  const curve = Array.from({ length: 201 }, (_, i) => ms * (0.5 + 1.5 * (i / 200) ** 3))
  return { mean: ms, p50: ms, p90: ms * 1.5, p95: ms * 1.6, p99: ms * 1.8, max: ms * 2, curve }
}

/** One in flight, a round of 100 images that took 20 ms each. */
export function rowOf(change: Partial<BenchRow> = {}): BenchRow {
  return {
    contestant: 'ddnn',
    scenario: 'single-stream',
    round: 1,
    inFlight: undefined,
    rate: undefined,
    isHeld: undefined,
    samples: 100,
    failures: {},
    seconds: 2,
    imagesPerSecond: 50,
    latency: latencyOf(20),
    cpuMs: { device: 2, edge: 4, fog: 3, cloud: 3, broker: 2 },
    bytes: { device: 97_300, edge: 3600, fog: 2000 },
    parts: [
      { where: 'device', part: 'encode', ms: 0.5 },
      { where: 'device-edge', part: 'hop', ms: 4 },
      { where: 'edge', part: 'queue', ms: 1 },
      { where: 'edge', part: 'decode', ms: 0.5 },
      { where: 'edge', part: 'compute', ms: 3 },
      { where: 'edge', part: 'encode', ms: 1 },
      { where: 'edge-fog', part: 'hop', ms: 5 },
      { where: 'fog', part: 'compute', ms: 3 },
      { where: 'device', part: 'other', ms: 0.25 },
    ],
    exits: { cloud: 100 },
    accuracy: 0.89,
    ...change,
  }
}

const kinds: Readonly<Record<string, BenchResult['contestants'][number]['kind']>> = {
  'bare engine': 'floor',
  'bare chain': 'floor',
  'cloud-only jpeg': 'cloud-only',
  'cloud-only uint8': 'cloud-only',
}

/** A result of these rows; contestants are who has any. Every image went to the cloud, over Kafka. */
export function resultOf(
  rows: readonly BenchRow[],
  setup: Partial<BenchResult['setup']> = {},
): BenchResult {
  const names = [...new Set(rows.map(({ contestant }) => contestant))]
  return {
    format: 1,
    startedAt: '2026-11-29T10:00:00.000Z',
    seconds: 754,
    command: 'ddnn bench --models saved_models/edge saved_models/fog saved_models/cloud',
    commit: 'abc1234',
    machine: { cpu: 'AMD EPYC', cores: 2, memoryGiB: 24, platform: 'linux x64', node: 'v20.20.2' },
    versions: { ddnn: '0.1.0', kafkajs: '2.2.4' },
    loadAtStart: 0.02,
    setup: {
      over: 'kafka',
      inputs: 'decoded',
      exits: 'all at the last exit',
      models: ['saved_models/edge', 'saved_models/fog', 'saved_models/cloud'],
      images: 100,
      rounds: Math.max(...rows.map(({ round }) => round)),
      warmSeconds: 30,
      seed: 1,
      links: undefined,
      notes: ['one broker of its own'],
      ...setup,
    },
    contestants: names.map((name) => ({
      name,
      kind: name.startsWith('ddnn') ? 'ddnn' : (kinds[name] ?? 'peer'),
      description: `made of ${name}`,
    })),
    rows,
  }
}

/** ddnn, the bare chain and two peers, at one in flight, at 1, 16 and 64, and as a server; three rounds. */
export function chainResult(): BenchResult {
  const speeds = { ddnn: 1, 'bare chain': 1.25, 'Ray Serve': 0.25 }
  const rows = [1, 2, 3].flatMap((round) =>
    Object.entries(speeds).flatMap(([contestant, speed]) => {
      // The machine is half as fast in the second round, for all.
      const pace = speed / (round === 2 ? 2 : 1)
      const own = { contestant, round, latency: latencyOf(20 / pace), ...partsOf(contestant) }
      return [
        rowOf({ ...own, imagesPerSecond: 50 * pace }),
        ...[1, 16, 64].map((inFlight) =>
          rowOf({
            ...own,
            scenario: 'concurrency',
            inFlight,
            latency: latencyOf((20 * inFlight ** 0.8) / pace),
            imagesPerSecond: 50 * inFlight ** 0.2 * pace,
            cpuMs: { device: 1 / speed, edge: 2, broker: 0.5 },
          }),
        ),
        ...[20, 40, 80].map((rate) =>
          rowOf({
            ...own,
            scenario: 'server',
            rate,
            isHeld: rate <= 50 * pace,
            imagesPerSecond: Math.min(rate, 60 * pace),
            latency: latencyOf((20 / pace) * (rate <= 50 * pace ? 1 : 30)),
          }),
        ),
      ]
    }),
  )
  const slow = rowOf({
    contestant: 'kafka-python',
    samples: 3,
    latency: latencyOf(2400),
    imagesPerSecond: 0.4,
    failures: { timeout: 1 },
    ...partsOf('kafka-python'),
  })
  return resultOf([...rows, slow])
}

/** Early exit beside cloud-only over wan links; two rounds. */
export function continuumResult(): BenchResult {
  const means = { ddnn: 60, 'cloud-only jpeg': 120, 'cloud-only uint8': 240 }
  const rows = [1, 2].flatMap((round) =>
    Object.entries(means).map(([contestant, mean]) =>
      rowOf({
        contestant,
        round,
        latency: latencyOf(mean),
        imagesPerSecond: 1000 / mean,
        accuracy: contestant === 'ddnn' ? 0.885 : 0.89,
        exits: contestant === 'ddnn' ? { edge: 80, fog: 15, cloud: 5 } : { cloud: 100 },
        bytes: contestant === 'ddnn' ? { device: 19_300, edge: 720 } : { device: 19_300 },
      }),
    ),
  )
  return resultOf(rows, { links: 'wan', inputs: 'encoded', exits: 'as they come' })
}

function partsOf(contestant: string): Partial<BenchRow> {
  return contestant === 'ddnn' || contestant === 'bare chain'
    ? {}
    : { parts: [], exits: {}, cpuMs: { proxy: 4, replica: 9 } }
}
