// What `ddnn results --json` prints.
import { z } from 'zod'

const best = z
  .object({ value: z.number(), epoch: z.number().int().describe('from 1') })
  .nullable()
  .describe('null where the history does not have it')

const curves = z.object({
  bestAccuracy: best,
  lastAccuracy: z.number().nullable(),
  leastLoss: best,
  lastLoss: z.number().nullable(),
})

export const resultsSchema = z.object({
  runs: z.array(
    z.object({
      name: z.string(),
      file: z.string().describe('the history'),
      exits: z.array(
        z.object({
          name: z.string(),
          validation: curves,
          training: curves,
        }),
      ),
      total: z
        .object({ validation: curves, training: curves })
        .nullable()
        .describe('the loss of all exits together; null where the history has none'),
    }),
  ),
  written: z.array(z.string()).describe('files, figures and page'),
})

export type ResultsDocument = z.infer<typeof resultsSchema>
