// The lines of `ddnn classify --json`: one an image. docs/classify.md explains the fields.
import { z } from 'zod'
import { errorSchema } from './error.ts'
import { count, measured, milliseconds } from './measured-with.ts'

const file = z.string().describe('path, address, or video.mp4#12')

const answered = z.object({
  file,
  label: z.string().nullable().describe('null where nobody knows labels'),
  class: count,
  confidence: measured.describe('probability of the answer'),
  criterion: z
    .object({ name: z.string().nullable(), value: measured })
    .describe('what the exit decided by'),
  expected: z.string().optional().describe('of a file in a folder named as a label'),
  right: z.boolean().optional(),
  probabilities: z
    .array(z.object({ label: z.string(), class: count, probability: measured }))
    .describe('the likeliest first; --top of them'),
  tier: z.string(),
  exit: z.number().int(),
  fallback: z.boolean(),
  ms: milliseconds,
  hops: z.array(
    z.object({
      tier: z.string(),
      exit: z.number().int().nullable(),
      class: count.nullable(),
      confidence: measured,
      fallback: z.boolean(),
      computeMs: milliseconds,
      totalMs: milliseconds,
    }),
  ),
})

const failed = z.object({ file, error: errorSchema.shape.error })

export const classifySchema = z.union([answered, failed])
