// A made-up continuum for the page: tiers with one exit each, a calibration, and images that come at a rate. The same
// for the same seed.
import type { CalibrationTable } from '../../src/domain/calibration-table.ts'
import type {
  ExitCount,
  LatencyFacts,
  TierLife,
  WatchedImage,
  WatchedTier,
  WatchState,
  WatchTick,
} from '../../src/domain/watch.ts'

export const labels = ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips']

/** Numbers in [0, 1) that look random (mulberry32). */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Deeper exits are surer and more often right. */
export function madeUpTable(exits: number, images = 500): CalibrationTable {
  const next = seeded(7)
  const columns = Array.from({ length: exits }, (_, exit) => ({
    exit,
    criterion: 'softmax' as const,
    temperature: 1.2,
    confidence: [] as number[],
    right: [] as (0 | 1)[],
  }))
  for (let image = 0; image < images; image += 1) {
    for (const { exit, confidence, right } of columns) {
      const sure = 1 - 0.8 * next() ** (1.3 + exit)
      confidence.push(sure)
      right.push(next() < sure ** 0.7 ? 1 : 0)
    }
  }
  return { family: 'flowers-1', images, columns }
}

export const madeUpLife: TierLife = {
  instance: 'a1b2',
  inFlight: 3,
  perSecond: 41.5,
  receivedBytesPerSecond: 2_400_000,
  sentBytesPerSecond: 640_000,
  fallbacks: 0,
  errors: 0,
}

export function madeUpState(names: readonly string[], role: WatchState['role']): WatchState {
  const served = role === 'device' ? names.slice(1) : names
  const tiers = names.map((name, i): WatchedTier => {
    const index = served.indexOf(name)
    const exit = {
      index,
      isLast: index === served.length - 1,
      criterion: 'softmax' as const,
      threshold: 0.8,
      turned: undefined,
      canTurn: true,
      accuracy: 0.7 + 0.05 * index,
      multiplyAdds: 2e6 * 10 ** index,
    }
    return {
      name,
      state: i === 0 ? 'here' : 'answers',
      silentMs: 0,
      version: '0.1.0',
      family: 'flowers-1',
      exits: index < 0 ? [] : [exit],
      life: madeUpLife,
      replicas: i === 2 ? 3 : 1,
      missing: [],
    }
  })
  const calibration = madeUpTable(served.length)
  return {
    name: names[0] ?? '',
    role,
    version: '0.1.0',
    labels,
    tiers,
    calibration,
    writes: 'token',
  }
}

const latency = (scale: number, count: number): LatencyFacts => ({
  count,
  p50: 14 * scale,
  p95: 48 * scale,
  p99: 95 * scale,
})

/** A tick after so many milliseconds, of so many images a second that leave by these shares. */
export function madeUpTick(
  state: WatchState,
  uptimeMs: number,
  perSecond: number,
  shares: readonly number[],
): WatchTick {
  const images = Math.round((uptimeMs / 1000) * perSecond)
  const exits = shares.map((share, exit): ExitCount => {
    const left = Math.round(images * share)
    const judged = Math.round(left * 0.9)
    const right = Math.round(judged * (0.78 + 0.06 * exit))
    return { exit, images: left, judged, right, latency: latency(exit + 1, left) }
  })
  return {
    uptimeMs,
    images,
    fallbacks: 0,
    errors: 0,
    inFlight: 8,
    expected: undefined,
    exits,
    latency: latency(1 + 0.3 * Math.sin(uptimeMs / 9000), images),
    tiers: state.tiers.map(({ name, state, silentMs, life }) => ({ name, state, silentMs, life })),
  }
}

/** An image that left at an exit, through the tiers before it. */
export function madeUpImage(state: WatchState, number: number, exit: number): WatchedImage {
  const served = state.tiers.filter(({ exits }) => exits.length > 0)
  const label = number % labels.length
  const isWrong = number % 7 === 0
  return {
    number,
    id: `images/${String(number).padStart(5, '0')}.jpg`,
    agoMs: (number * 37) % 250,
    hops: served.slice(0, exit + 1).map(({ name }, i) => ({
      tier: name,
      exit: i,
      confidence: i === exit ? 0.93 : 0.41,
      computeMs: 3.2 * (i + 1),
      totalMs: 60 - 12 * i,
      isFallback: false,
    })),
    exit,
    tier: served[exit]?.name,
    confidence: 0.83 + (number % 17) / 100,
    prediction: isWrong ? (label + 1) % labels.length : label,
    label: number % 11 === 0 ? undefined : label,
    isFallback: number % 53 === 0,
    problem: undefined,
    totalMs: 12 + (number % 40),
    thumbnail: undefined,
  }
}

/** An image without an answer. */
export function failedImage(state: WatchState, number: number): WatchedImage {
  return {
    ...madeUpImage(state, number, 0),
    hops: [],
    exit: undefined,
    tier: undefined,
    confidence: undefined,
    prediction: undefined,
    problem: { code: 'DDNN_REPLY_LATE', message: 'Expected a reply within 2,000 ms, got none' },
  }
}
