// What `ddnn evaluate --json` prints, and evaluation.json holds. docs/evaluation.md explains the figures.
import { z } from 'zod'
import { learned } from './learned.ts'
import { memory } from './memory.ts'
import { count, measured, measuredWith, milliseconds } from './measured-with.ts'
import { riskFigures } from './risk.ts'

const proportion = z
  .object({ count, of: count, share: measured, low: measured, high: measured })
  .describe('with its interval of 95 % (Wilson)')

const classes = z.array(
  z.object({
    label: z.string(),
    samples: count,
    precision: measured,
    recall: measured,
    f1: measured,
  }),
)

const confusion = z.array(z.array(count)).describe('a row a label, a column an answer')

const leavers = z.object({
  name: z.string(),
  left: proportion,
  accuracy: proportion.describe('of those that left here'),
})

const stage = z.object({
  name: z.string(),
  tier: count.describe('place of its folder among the models'),
  features: z.array(count).nullable().describe('shape; null at the last'),
  multiplyAdds: z.number().nullable(),
  computeMs: z.object({ p50: milliseconds, p99: milliseconds, passes: count }),
  offload: z
    .object({
      codec: z.string(),
      frames: z.array(
        z.object({ codec: z.string(), bytes: measured, encodeUs: measured, decodeUs: measured }),
      ),
      memoryBytes: count.optional().describe('of each frame, what exits so far send along'),
    })
    .nullish()
    .describe('its features as each codec sends them; of all stages but the last'),
})

const exit = z.object({
  name: z.string(),
  stage: count,
  gives: z.string(),
  confidence: z.string(),
  temperature: z.number().optional().describe('of its own values'),
  learned: learned.optional(),
  memory: memory.optional(),
  threshold: z.number().nullish(),
  accuracy: proportion,
  nll: measured,
  ece: measured,
  bins: z
    .array(
      z.object({
        confidence: measured,
        accuracy: measured,
        count,
        interval: z.tuple([measured, measured]),
      }),
    )
    .describe('reliability: ten steps of the largest probability, those with images'),
  histogram: z
    .array(z.object({ from: z.number(), to: z.number(), right: count, wrong: count }))
    .describe('of the confidence that it decides by'),
  computeMs: milliseconds.describe('up to here'),
  multiplyAdds: z.number().nullable(),
  classes,
  confusion,
})

const reached = z.object({
  accuracy: proportion,
  multiplyAdds: z.number().nullable().describe('mean over all images'),
  bytes: measured.describe('of features over all cuts, mean over all images'),
})

const cut = z.object({
  after: z.string(),
  share: measured.describe('of all images that pass it'),
  codec: z.string(),
  float32Bytes: measured,
  bytes: measured,
  bytesOverAll: measured,
})

export const evaluateSchema = z.object({
  ...measuredWith,
  createdAt: z.string(),
  limit: count.nullable(),
  labels: z.array(z.string()),
  samples: count,
  dataHash: z.string(),
  unreadable: z.array(z.object({ file: z.string(), reason: z.string() })),
  stages: z.array(stage),
  imageBytes: z.object({ file: measured, jpeg: measured, pixels: measured }),
  codecs: z.array(
    z.object({
      codec: z.string(),
      bytes: z.array(measured).describe('a frame, behind each stage'),
      bytesOverAll: measured,
      encodeUs: measured,
      decodeUs: measured,
      quality: z
        .object({ exits: z.array(proportion), cascade: proportion })
        .nullable()
        .describe('accuracy through it; null where it was not measured (--compare-codecs)'),
    }),
  ),
  exits: z.array(exit).describe('each alone, on all images'),
  cascade: z.object({
    accuracy: proportion,
    exits: z.array(leavers),
    tiers: z.array(leavers),
    unsure: leavers.describe('that would go on behind these models'),
    exitRates: z
      .array(
        z.object({
          label: z.string(),
          samples: count,
          left: z.array(proportion).describe('of its images, by exit'),
          unsure: proportion,
        }),
      )
      .describe('a row a label'),
    hardest: z
      .array(
        z.object({
          file: z.string(),
          probability: measured.describe('of the wrong answer'),
          label: z.string().nullable(),
          prediction: z.string().nullable(),
          exit: z.string().nullable(),
        }),
      )
      .describe('wrong answers, the surest first, a hundred at most'),
    classes,
    confusion,
    computeMs: milliseconds,
    computeSaved: measured.describe('of the time that all images to the last exit take'),
    multiplyAdds: z.number().nullable(),
    multiplyAddsSaved: measured,
    cuts: z.array(cut),
  }),
  risk: z
    .object(riskFigures)
    .nullable()
    .describe('what is proved where these images chose nothing; null without a last exit'),
  isCalibratedOnThese: z
    .boolean()
    .describe('these images calibrated the models: nothing is proved'),
  tradeOffs: z
    .object({
      chosen: reached.describe('by the thresholds in use'),
      alone: z
        .array(reached.extend({ name: z.string() }))
        .describe('each exit, had all left there'),
      tried: z.array(
        reached.extend({
          thresholds: z.array(z.number().nullable()).describe('null lets none leave'),
          isOnFront: z.object({ multiplyAdds: z.boolean(), bytes: z.boolean() }),
        }),
      ),
    })
    .describe('what other thresholds give on these images'),
})
