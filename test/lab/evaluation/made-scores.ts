// Scores of a made-up chain whose figures are counted by hand: edge with one exit, fog with two.
import type { ExitRule } from '../../../src/domain/exit.ts'
import type { Scores } from '../../../src/lab/evaluation/scores.ts'

/** Logits of two classes whose softmax is [p, 1 - p]. */
export function logitsFor(p: number): Float32Array {
  return Float32Array.of(Math.log(p / (1 - p)), 0)
}

/** Probability of class 0 at each exit, and the truth. */
const rows: readonly [label: number, edge: number, middle: number, last: number][] = [
  [0, 0.95, 0.9, 0.9], // leaves at edge, right
  [0, 0.05, 0.9, 0.9], // leaves at edge, wrong
  [0, 0.7, 0.96, 0.9], // leaves at fog 1, right
  [1, 0.7, 0.6, 0.2], // reaches fog 2, right
  [1, 0.7, 0.6, 0.7], // reaches fog 2, wrong
]

export const madeScores: Scores = {
  labels: ['cat', 'dog'],
  family: 'made',
  stages: [
    {
      name: 'edge',
      folder: '/models/edge',
      tier: 0,
      features: [10],
      computeMs: { p50: 2, p99: 3, passes: 40 },
      offload: {
        codec: 'int8',
        frames: [
          { codec: 'float32', bytes: 4000, encodeUs: 10, decodeUs: 5 },
          { codec: 'int8', bytes: 1500, encodeUs: 60, decodeUs: 20 },
          { codec: 'int4', bytes: 900, encodeUs: 80, decodeUs: 20 },
        ],
      },
      multiplyAdds: 100,
    },
    {
      name: 'fog',
      folder: '/models/fog',
      tier: 1,
      features: null,
      computeMs: { p50: 8, p99: 9, passes: 40 },
      offload: null,
      multiplyAdds: 300,
    },
  ],
  exits: (['edge', 'fog 1', 'fog 2'] as const).map((name, index) => ({
    index,
    stage: Math.min(index, 1),
    name,
    gives: 'logits',
    temperature: 1,
    threshold: 0.9,
  })),
  samples: rows.map(([label, ...exits], i) => ({
    file: `${i}.jpg`,
    label,
    values: exits.map(logitsFor),
  })),
  unreadable: [{ file: 'broken.jpg', reason: 'broken.jpg: no\nimage' }],
  dataHash: 'hash',
  imageBytes: { file: 1000, jpeg: 500, pixels: 3072 },
}

export const madeRules: readonly ExitRule[] = madeScores.exits.map(({ index }) => ({
  exit: index,
  confidence: 'softmax',
  gives: 'logits',
  temperature: 1,
  threshold: 0.9,
}))
