// What `ddnn calibrate --json` prints: calibration.json, and the folders that were written. docs/calibration.md
// explains the figures.
import { z } from 'zod'
import { lossKinds } from '../../domain/lab-words.ts'
import { learned } from './learned.ts'
import { memory } from './memory.ts'
import { count, measured, measuredWith, milliseconds } from './measured-with.ts'
import { riskFigures } from './risk.ts'

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
    among: z.enum(['all', 'left-by', 'left-at']).optional().describe('whom it is a share of'),
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
    best: z.string().describe('of the least aurc, raw left aside: what --criterion best takes'),
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
  learned: learned.optional(),
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
  ...riskFigures,
  by: z.enum(['clopper-pearson', 'fixed-sequence', 'cross-fitting']).describe('how it is proved'),
  folds: z
    .object({ count, strictBound: measured.describe('whatever the folds have in common') })
    .optional(),
  of: z.enum(lossKinds).describe('what the goal was proved of'),
  areExitsProved: z.boolean().describe('or these images chose the setting'),
  limit: z.number().optional(),
  samplesWithoutErrors: z.number().nullish(),
  samplesAsObserved: z.number().nullish(),
})

const thresholdPath = z
  .object({
    chosen: count,
    points: z.array(
      z.object({
        thresholds: z.array(z.number().nullable()),
        ...{ accuracy: measured, loss: measured, bound: measured.optional() },
        ...{ leave: z.array(measured), cost: measured },
      }),
    ),
  })
  .describe('settings from the safest to the cheapest')

export const recordSchema = z.object({
  version: z.string(),
  date: z.string(),
  goal: z.string(),
  data: z.object({
    hash: z.string(),
    sets: z.array(z.string()).optional(),
    chosenOn: count,
    testedOn: count,
  }),
  risk: z
    .object({
      ...{ bound: measured, confidence: z.number(), observed: measured },
      by: z.string().optional(),
      of: z.string().optional(),
      folds: count.optional(),
      exits: z
        .array(z.object({ index: count, leftBy: measured, leftAt: measured }))
        .optional()
        .describe('bounds of those that left by an exit, and just there'),
    })
    .optional(),
  path: thresholdPath.optional(),
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
    folds: count.optional(),
    choosing: count.optional().describe('images that chose, where others tested'),
  }),
  testInput: measuredWith.input.optional().describe('images that tested, of a set of their own'),
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
  codecsOfFolds: z
    .array(z.string())
    .describe('what the others of each fold chose; none without folds'),
  goal: z.string(),
  criterion: z.string().describe("of all exits, or 'mixed'"),
  wanted: z.string().describe('what was asked for'),
  seed: z.number(),
  exits: z.array(exit),
  thresholds: z.array(z.number().nullable()).describe('of all exits but the last; null: never'),
  onChosen: measure.describe('on the images that chose'),
  onTested: measure.optional().describe('on the others; left out where all chose'),
  crossValidated: measure.optional().describe('where all chose: each by what other folds chose'),
  folds: count.optional(),
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
  path: thresholdPath.optional(),
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
