// What `ddnn plan --json` prints, and plan.json holds. docs/plan.md explains the figures.
import { z } from 'zod'
import { recordSchema } from './calibrate.ts'
import { learned } from './learned.ts'
import { memory } from './memory.ts'
import { count, measured, measuredWith, milliseconds } from './measured-with.ts'

const place = z.object({
  name: z.string(),
  speed: z.number().describe("of this machine's"),
  cores: count,
  isHost: z.boolean(),
})

const frame = z.object({
  codec: z.string(),
  bytes: measured,
  encodeMs: milliseconds,
  decodeMs: milliseconds,
})

const image = z.object({
  name: z.string(),
  flags: z.array(z.string()),
  pixels: z.string(),
  bytes: measured,
  encodeMs: milliseconds,
  decodeMs: milliseconds,
})

const setting = z.object({
  criterion: z.string(),
  thresholds: z.array(z.number().nullable()),
  exits: z.array(
    z.object({
      ...{ gives: z.string(), temperature: z.number(), accuracy: measured },
      learned: learned.optional(),
      memory: memory.optional(),
    }),
  ),
  left: z.array(measured),
  accuracy: measured,
  loss: measured,
})

const candidate = z.object({
  arrangement: z.object({
    tiers: z.array(z.object({ place, from: count, to: count })),
    image: image.optional(),
    codecs: z.array(frame),
  }),
  form: z.string(),
  setting,
  replicas: z.array(count),
  exitMs: z.array(milliseconds),
  meanMs: milliseconds,
  p95Ms: milliseconds,
  parts: z.array(z.object({ where: z.string(), part: z.string(), ms: milliseconds })),
  linkBytes: z.array(measured),
  problems: z.array(z.string()),
})

const compared = z.array(
  z.object({ name: z.string(), predictedMs: milliseconds, measuredMs: milliseconds }),
)

const exit = z.object({
  index: count,
  gives: z.string(),
  temperature: z.number(),
  learned: learned.optional(),
  memory: memory.optional(),
  isRemembered: z.boolean().describe('by an exit in front'),
  accuracy: measured,
  threshold: z.number().nullish(),
  criterion: z.string(),
})

const options = z.object({
  places: z.array(place),
  links: z.object({
    name: z.string(),
    links: z.array(
      z.object({
        from: z.string(),
        to: z.string(),
        delayMs: z.number(),
        upBitsPerSecond: measured,
        downBitsPerSecond: measured,
      }),
    ),
  }),
  costs: z.object({
    hopMs: z.number(),
    serveMs: z.number(),
    replyBytes: z.number(),
    overheadBytes: z.number(),
  }),
  measuredCores: count,
  maxLoss: z.number(),
  goal: z.object({}).loose().optional().describe('--latency-goal'),
  demand: z
    .object({
      rate: z.number(),
      devices: z.number(),
      utilisation: z.number(),
      maxReplicas: z.number(),
    })
    .optional(),
})

export const planSchema = z.object({
  ...measuredWith,
  createdAt: z.string(),
  dataHash: z.string(),
  samples: count,
  lastAccuracy: measured,
  options,
  hopFrom: z.string().describe('where the time of a hop is from'),
  measured: z.object({
    stages: z.array(
      z.object({
        name: z.string(),
        folder: z.string(),
        computeMs: milliseconds,
        batchedMs: milliseconds,
        frames: z.array(frame),
      }),
    ),
    exits: z.array(z.object({ name: z.string(), stage: count, index: count })),
    images: z.array(image),
    readMs: milliseconds,
  }),
  count: count.describe('candidates that were looked at'),
  best: z.array(candidate).describe('of each split and form of image, best first'),
  chosen: candidate.nullable(),
  calibration: z
    .object({
      record: recordSchema,
      folders: z.array(
        z.object({
          folder: z.string(),
          featureCodec: z.string().optional(),
          exits: z.array(exit),
        }),
      ),
    })
    .nullable()
    .describe('what --apply writes'),
  processes: z.array(
    z.object({ place: z.string(), replicas: count, command: z.array(z.string()) }),
  ),
  check: z
    .object({
      hopMs: milliseconds,
      load: measured,
      samples: count,
      figures: compared,
      parts: compared,
      predictedShares: z.record(z.string(), measured),
      measuredShares: z.record(z.string(), measured),
      predictedAccuracy: measured,
      measuredAccuracy: measured,
    })
    .nullable()
    .describe('of a live run (--check)'),
})
