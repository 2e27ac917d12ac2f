// Samples whose truth is known, for tests of calibration: exits of rising skill that look at one image.
import { createRandom, type Random } from '../../../src/domain/random.ts'
import type { Offload, Scores } from '../../../src/lab/evaluation/scores.ts'

export interface MadeUpOptions {
  readonly count: number
  /** One an exit: how far the true class stands out; the later exits' are higher. */
  readonly skills?: readonly number[]
  readonly classes?: number
  /** Logits are this much too large (above 1) or too small: what calibration should find. */
  readonly sharpness?: number
  readonly seed?: number
}

export interface MadeUpSample {
  readonly label: number
  readonly values: readonly Float32Array[]
}

/** A number from the standard normal distribution (Box and Muller). */
export function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** Logits of the true class stand out by skill x how easy the sample is; exits share much of the noise. */
export function drawSamples(options: MadeUpOptions): MadeUpSample[] {
  const { count, skills = [1.6, 2.2, 2.8], classes = 4, sharpness = 1, seed = 1 } = options
  const random = createRandom(seed)
  return Array.from({ length: count }, () => {
    const label = Math.floor(random() * classes)
    const ease = random() * 2
    const common = Array.from({ length: classes }, () => drawNormal(random))
    const values = skills.map((skill) =>
      Float32Array.from(common, (noise, c) => {
        const own = 0.8 * noise + 0.6 * drawNormal(random)
        return sharpness * (own + (c === label ? skill * ease : 0)) * 2
      }),
    )
    return { label, values }
  })
}

const madeOffload: Offload = {
  codec: 'float32',
  frames: [
    { codec: 'float32', bytes: 1000, encodeUs: 10, decodeUs: 10 },
    { codec: 'int8', bytes: 250, encodeUs: 50, decodeUs: 20 },
    { codec: 'int8+deflate', bytes: 200, encodeUs: 100, decodeUs: 40 },
  ],
}

/** Scores of three tiers with an exit each, or of as many as there are skills. */
export function drawScores(options: MadeUpOptions): Scores {
  const { skills = [1.6, 2.2, 2.8], classes = 4 } = options
  const names = skills.map((_, i) => ['edge', 'fog', 'cloud'][i] ?? `tier${i + 1}`)
  return {
    labels: Array.from({ length: classes }, (_, c) => `class${c}`),
    family: '0123456789abcdef',
    stages: names.map((name, tier) => ({
      name,
      folder: `/models/${name}`,
      tier,
      features: tier === names.length - 1 ? null : [8, 8, 4],
      computeMs: { p50: 2 + tier, p99: 5 + tier },
      offload: tier === names.length - 1 ? null : madeOffload,
    })),
    exits: names.map((name, i) => ({
      index: i,
      stage: i,
      name,
      gives: 'logits' as const,
      temperature: undefined,
      threshold: undefined,
    })),
    samples: drawSamples(options).map((sample, i) => ({ file: `${i}.jpg`, ...sample })),
    unreadable: [],
    dataHash: 'feedfacefeedface',
  }
}
