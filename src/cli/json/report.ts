// What `ddnn report --json` prints, and report.json holds. docs/report.md explains the figures.
import { z } from 'zod'
import { changeKinds } from '../../report/compare/changes.ts'
import { count, measured, milliseconds } from './measured-with.ts'

const share = z
  .object({ count, of: count, share: measured, low: z.number(), high: z.number() })
  .describe('with its interval of 95 % (Wilson)')

const latency = z
  .object({
    count,
    p50: milliseconds,
    p90: milliseconds,
    p95: milliseconds,
    p99: milliseconds,
    max: milliseconds,
  })
  .nullable()
  .describe('milliseconds; null where nothing was answered')

const range = z
  .object({ low: z.number(), high: z.number() })
  .nullable()
  .describe('least and most that can be right, where truth is one-hot')

const figures = z.object({
  rows: count,
  answered: count,
  failed: count,
  failures: z.array(z.object({ code: z.string(), count })),
  fallbacks: count,
  accuracy: share.nullable().describe('null where no truth is known'),
  accuracyRange: range,
  exits: z.array(
    z.object({
      exit: z.string(),
      share,
      accuracy: share.nullable().describe('of what it answered'),
      fallbacks: count,
      latency,
    }),
  ),
  latency,
  passedOn: z
    .array(z.object({ exit: z.string(), there: share, inTheEnd: share }))
    .describe('right ones of what an exit passed on: had it answered, and in the end'),
})

const curve = z.array(z.tuple([z.number(), z.number()]))

const run = z.object({
  name: z.string(),
  path: z.string(),
  sha256: z.string(),
  writer: z.enum(['ddnn', 'ddnn-original', 'tier', 'python']).describe('what wrote the file'),
  truth: z.object({
    kind: z.enum(['index', 'recovered', 'one-hot', 'none']),
    note: z.string().nullable().describe('why, where Expected_result is not what it should be'),
  }),
  notes: z.array(z.string()).describe('rows that were left out'),
  figures,
  ecdf: z
    .object({ all: curve, exits: z.array(curve) })
    .describe('[milliseconds, share of answers within them]'),
  timeline: z.array(
    z.object({
      first: count,
      last: count,
      p50: milliseconds,
      p95: milliseconds,
      fallbacks: count,
      failed: count,
    }),
  ),
  confusion: z
    .object({ classes: z.array(z.string()), counts: z.array(z.array(count)) })
    .nullable()
    .describe('[truth][answer]'),
})

const difference = z.object({
  difference: measured,
  low: z.number(),
  high: z.number(),
  paired: z
    .object({
      of: count,
      onlyFirst: count,
      onlySecond: count,
      difference: measured,
      low: z.number(),
      high: z.number(),
      p: z.number().describe('McNemar, exact'),
    })
    .nullable()
    .describe('null where images are not matched'),
})

const said = z.object({
  answer: z.string().nullable(),
  exit: z.string().nullable(),
  confidence: z.number().nullable(),
  isRight: z.boolean().nullable(),
  error: z.string(),
})

const comparison = z.object({
  first: z.string(),
  second: z.string(),
  matched: z.object({ images: count, by: z.enum(['file', 'test', 'none']), note: z.string() }),
  accuracy: difference.nullable(),
  exits: z.array(z.object({ exit: z.string(), share: difference })),
  latency: z
    .array(
      z.object({
        percent: z.number(),
        difference: z.number(),
        low: z.number(),
        high: z.number(),
      }),
    )
    .describe('milliseconds, of images that both answered'),
  changes: z.object({
    counts: z.record(z.enum([...changeKinds, 'same']), count),
    exits: z.array(z.array(count)).describe('[exit of the first run][exit of the second]'),
    images: z
      .array(
        z.object({
          kind: z.enum(changeKinds),
          image: z.string(),
          expected: z.string().nullable(),
          first: said,
          second: said,
        }),
      )
      .describe('at most 200 of each kind'),
  }),
})

export const reportSchema = z.object({
  format: z.literal(1),
  createdAt: z.string(),
  ddnn: z.string().describe('version'),
  exits: z.array(z.string()).describe('of all runs, nearest to the device first'),
  runs: z.array(run),
  comparisons: z.array(comparison).describe('every other run against the first'),
  hardest: z.object({
    wrong: count.describe('images that any run gets wrong'),
    wrongInAll: count,
    images: z
      .array(
        z.object({
          image: z.string(),
          expected: z.string(),
          wrongIn: count,
          said: z.array(said.nullable()).describe('by run'),
        }),
      )
      .describe('at most 200'),
  }),
  written: z.array(z.string()).describe('paths of the files'),
})

export type ReportDocument = z.infer<typeof reportSchema>
