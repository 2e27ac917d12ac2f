// What `ddnn calibrate --json` prints: calibration.json, and the folders that were written. docs/calibration.md
// explains the figures.
import { z } from 'zod'
import { memory } from './memory.ts'
import { count, measured, measuredWith, milliseconds } from './measured-with.ts'

const cascade = {
  samples: count,
  accuracy: measured,
  lastAccuracy: measured.describe('had all gone to the last exit'),
  loss: measured,
  harmed: measured.describe('share that the cascade gets wrong and the last exit right'),
  harmedCount: count,
  shares: z.array(measured).describe('that leave at each exit'),
  meanMs: milliseconds,
  p95Ms: milliseconds,
}
const measure = z.object(cascade)

const goal = z.union([
  z.object({
    kind: z.literal('loss'),
    maxLoss: z.number(),
    by: z.enum(['proven', 'measured']),
  }),
  z.object({ kind: z.literal('exit-rate'), shares: z.array(z.number()) }),
  z.object({ kind: z.literal('latency'), meanMs: z.number() }),
])

const figures = z
  .object({
    temperature: measured,
    ece: measured,
    eceEqualWidth: measured,
    mce: measured,
    nll: measured,
    brier: measured,
    bins: z.array(z.object({ confidence: measured, accuracy: measured, count })),
  })
  .describe('how far confidence is from accuracy')

const riskCoverage = z.object({
  curve: z.array(z.object({ coverage: measured, risk: measured })),
  aurc: measured,
  excess: measured.describe('of aurc, above that of a perfect order'),
  auroc: measured.describe('of right against wrong; null where all are one'),
  ece: measured.optional().describe('of criteria that are probabilities'),
})

const ranking = z
  .object({
    chosen: z.string().describe('by --criterion best'),
    best: z.string().describe('of the least aurc'),
    aurc: z.record(z.string(), measured).describe('by criterion, on images that did not fit it'),
    gain: measured.describe("of the best's aurc under that of softmax"),
    gainError: measured.describe('standard error of that'),
  })
  .describe('of its criteria, on the images that chose')

const triedWay = z.object({ nll: measured, accuracy: measured })

const exit = z.object({
  name: z.string(),
  gives: z.string(),
  temperature: z.number(),
  isAtLimit: z.boolean(),
  accuracy: measured,
  before: figures,
  after: figures,
  perfectEce: measured,
  criterion: z.string(),
  learned: z
    .object({
      ...{ bias: z.number(), odds: z.number(), margin: z.number(), entropy: z.number() },
      energy: z.number(),
      classes: z.array(z.number()).optional(),
    })
    .optional()
    .describe('weights, where it leaves by that criterion'),
  memory: memory.optional(),
  trial: z
    .object({
      isKept: z.boolean(),
      alone: triedWay.optional(),
      remembering: triedWay.optional(),
      because: z.string(),
    })
    .optional()
    .describe('whether memory was worth it, on halves that did not fit it'),
  ranking,
  riskCoverage: z.record(z.string(), riskCoverage).describe('by criterion'),
})

const bound = z.object({
  confidence: z.number(),
  samples: count,
  harmed: count,
  observed: measured,
  bound: measured,
  limit: z.number().optional(),
  samplesWithoutErrors: z.number().nullish(),
  samplesAsObserved: z.number().nullish(),
})

export const recordSchema = z.object({
  version: z.string(),
  date: z.string(),
  goal: z.string(),
  data: z.object({ hash: z.string(), chosenOn: count, testedOn: count }),
  risk: z.object({ bound: measured, confidence: z.number(), observed: measured }).optional(),
})

export const calibrateSchema = z.object({
  ...measuredWith,
  options: z.object({
    goal,
    confidence: z.number(),
    minExitShare: z.number(),
    criterion: z.string(),
    memory: z.string(),
    split: z.number(),
    seed: z.number(),
  }),
  links: z.array(z.string()),
  record: recordSchema.describe('what manifests hold of it'),
  featureCodec: z.string(),
  codecs: z
    .array(
      z.object({
        codec: z.string(),
        bytes: measured,
        cascadeLoss: measured,
        exitLoss: measured,
        isAllowed: z.boolean(),
        measured: measure,
      }),
    )
    .describe('that were compared'),
  goal: z.string(),
  criterion: z.string().describe("of all exits, or 'mixed'"),
  wanted: z.string().describe('what was asked for'),
  seed: z.number(),
  exits: z.array(exit),
  thresholds: z.array(z.number().nullable()).describe('of all exits but the last; null: never'),
  onChosen: measure.describe('on the images that chose'),
  onTested: measure.optional().describe('on the others; left out where all chose'),
  crossValidated: measure.optional().describe('where all chose'),
  before: z
    .object({
      measure,
      isCalibrated: z.boolean().describe('whether manifests said how exits decide, or defaults'),
      rules: z.array(
        z.object({ confidence: z.string(), temperature: z.number(), threshold: measured }),
      ),
    })
    .describe('what the models did until now, on the same images'),
  bound: bound.optional(),
  expected: z.array(z.object({ rate: measured, confidence: measured }).nullable()),
  exitMs: z.array(milliseconds),
  costBasis: z.enum(['time', 'multiply-adds', 'exits']),
  sweep: z.array(
    z.object({
      ...cascade,
      criterion: z.string(),
      thresholds: z.array(z.number().nullable()),
      gain: measured,
      isOnFront: z.boolean().describe('no other of its criterion is as right for no more cost'),
    }),
  ),
  warnings: z.array(z.string()),
  written: z.array(z.string()).describe('folders whose manifests were written; none of a dry run'),
})
