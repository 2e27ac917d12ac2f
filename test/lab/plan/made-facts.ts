// A small chain whose plan can be worked out by hand, and any chain at all, for properties.
import { fc } from '../../helpers/property.ts'
import type { Link, LinkProfile } from '../../../src/lab/links/profile.ts'
import {
  exactPixels,
  type FrameCosts,
  type Place,
  type PlanFacts,
  type PlanOptions,
  type Setting,
} from '../../../src/lab/plan/plan.ts'

export function makeSetting(left: readonly number[], accuracy = 0.9, loss = 0): Setting {
  const exits = left.map(() => ({ gives: 'logits' as const, temperature: 1, accuracy }))
  const thresholds = left.slice(1).map(() => 0.5)
  return { criterion: 'softmax', thresholds, exits, left, accuracy, loss }
}

export function makePlace(name: string, speed = 1, isHost = true): Place {
  return { name, speed, cores: 2, isHost }
}

const int8: FrameCosts = { codec: 'int8', bytes: 2000, encodeMs: 0.2, decodeMs: 0.1 }

/** Two submodels with an exit each; three of four images leave at the first. */
export const madeFacts: PlanFacts = {
  stages: [
    { name: 'small', folder: '/models/small', computeMs: 4, batchedMs: 4, frames: [int8] },
    { name: 'large', folder: '/models/large', computeMs: 6, batchedMs: 6, frames: [] },
  ],
  exits: [
    { name: 'small', stage: 0, index: 0 },
    { name: 'large', stage: 1, index: 1 },
  ],
  images: [
    {
      name: 'uint8',
      flags: ['--send', 'uint8'],
      pixels: exactPixels,
      bytes: 10_000,
      encodeMs: 5,
      decodeMs: 0.5,
    },
  ],
  readMs: 5,
  groups: [
    { pixels: exactPixels, form: 'float32', settings: [makeSetting([0.75, 0.25])] },
    { pixels: exactPixels, form: 'int8', settings: [makeSetting([0.75, 0.25])] },
  ],
  lastAccuracy: 0.9,
  samples: 100,
}

/** 8 Mbit/s are 1 ms a kilobyte. */
export const madeLinks: LinkProfile = {
  name: 'made',
  links: [
    { from: 'device', to: 'edge', delayMs: 2, upBitsPerSecond: 8e6, downBitsPerSecond: 8e6 },
    { from: 'edge', to: 'cloud', delayMs: 10, upBitsPerSecond: 8e6, downBitsPerSecond: 8e6 },
  ],
}

export const madeOptions: PlanOptions = {
  places: [makePlace('device', 0.5, false), makePlace('edge'), makePlace('cloud', 2)],
  links: madeLinks,
  costs: { hopMs: 3, serveMs: 1, replyBytes: 400, overheadBytes: 100 },
  measuredCores: 2,
  maxLoss: 0.01,
  goal: undefined,
  demand: undefined,
}

const times = fc.double({ min: 0.1, max: 50, noNaN: true })

function anyFrames(stage: number) {
  const frame = fc.record({ bytes: fc.integer({ min: 100, max: 50_000 }), cost: times })
  return fc.tuple(frame, frame, frame).map((frames) =>
    frames.map(({ bytes, cost }, i): FrameCosts => ({
      codec: (['float32', 'int8', 'int8+deflate'] as const)[i] as FrameCosts['codec'],
      bytes,
      encodeMs: cost / 20 + stage / 100,
      decodeMs: cost / 40,
    })),
  )
}

function anySettings(exits: number) {
  const one = fc
    .tuple(
      fc.array(fc.integer({ min: 0, max: 20 }), { minLength: exits, maxLength: exits }),
      fc.integer({ min: 50, max: 100 }),
      fc.integer({ min: 0, max: 40 }),
    )
    .map(([weights, accuracy, loss]) => {
      const sum = weights.reduce((a, b) => a + b, 0)
      const left = sum === 0 ? weights.map(() => 1 / exits) : weights.map((w) => w / sum)
      return makeSetting(left, accuracy / 100, loss / 1000)
    })
  // One that is always allowed.
  const last = makeSetting(
    Array.from({ length: exits }, (_, e) => (e === exits - 1 ? 1 : 0)),
    0.9,
    0,
  )
  return fc.array(one, { maxLength: 4 }).map((settings) => [last, ...settings])
}

/** Chains of one to three submodels with an exit each, in two forms of images and features. */
export const anyFacts: fc.Arbitrary<PlanFacts> = fc.integer({ min: 1, max: 3 }).chain((count) =>
  fc
    .record({
      compute: fc.array(times, { minLength: count, maxLength: count }),
      frames: fc.tuple(anyFrames(0), anyFrames(1)),
      image: fc.record({ bytes: fc.integer({ min: 500, max: 100_000 }), encodeMs: times }),
      readMs: times,
      settings: fc.tuple(anySettings(count), anySettings(count)),
    })
    .map(({ compute, frames, image, readMs, settings: [plain, lossy] }): PlanFacts => {
      const names = ['small', 'middle', 'large'].slice(0, count)
      return {
        stages: names.map((name, i) => ({
          name,
          folder: `/models/${name}`,
          computeMs: compute[i] as number,
          batchedMs: (compute[i] as number) / 2,
          frames: i === count - 1 ? [] : (frames[i] ?? []),
        })),
        exits: names.map((name, stage) => ({ name, stage, index: stage })),
        images: [
          { name: 'uint8', flags: [], pixels: exactPixels, ...image, decodeMs: 0 },
          { name: 'jpeg', flags: [], pixels: exactPixels, bytes: 19_000, encodeMs: 0, decodeMs: 4 },
        ],
        readMs,
        groups: [
          { pixels: exactPixels, form: 'float32', settings: plain },
          { pixels: exactPixels, form: 'int8', settings: lossy },
        ],
        lastAccuracy: 0.9,
        samples: 100,
      }
    }),
)

const rates = fc.constantFrom(1e5, 1e6, 1e7, 1e8)

function anyLink(from: string, to: string): fc.Arbitrary<Link> {
  return fc
    .record({ delayMs: fc.integer({ min: 0, max: 60 }), up: rates, down: rates })
    .map(({ delayMs, up, down }) => ({
      from,
      to,
      delayMs,
      upBitsPerSecond: up,
      downBitsPerSecond: down,
    }))
}

/** Four places with any speeds and links, without a goal and without a rate. */
export const anyOptions: fc.Arbitrary<PlanOptions> = fc
  .record({
    speeds: fc.array(fc.constantFrom(0.1, 0.5, 1, 3), { minLength: 4, maxLength: 4 }),
    isDeviceHost: fc.boolean(),
    links: fc.tuple(anyLink('device', 'edge'), anyLink('edge', 'fog'), anyLink('fog', 'cloud')),
    hopMs: fc.integer({ min: 0, max: 10 }),
  })
  .map(({ speeds, isDeviceHost, links, hopMs }) => ({
    ...madeOptions,
    places: ['device', 'edge', 'fog', 'cloud'].map((name, i) =>
      makePlace(name, speeds[i], i > 0 || isDeviceHost),
    ),
    links: { name: 'any', links },
    costs: { ...madeOptions.costs, hopMs },
  }))
