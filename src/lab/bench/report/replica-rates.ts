// Rates of replicas from the scaling.json of `node bench/scaling.mjs`, for the goal on replicas.
import { z } from 'zod'
import { ConfigError } from '../../../errors.ts'

/** What some replicas of one tier answered together, each pass taking a fixed time. */
export interface ReplicaRate {
  readonly replicas: number
  readonly imagesPerSecond: number
}

const schema = z.object({
  format: z.literal(1),
  rows: z.array(
    z.looseObject({ curve: z.string(), value: z.number(), rate: z.number().optional() }),
  ),
})

/** Of the curve `replicas`; none where the run has no such curve. @throws DDNN_INPUT_UNREADABLE */
export function parseReplicaRates(text: string, file: string): readonly ReplicaRate[] {
  let parsed
  try {
    parsed = schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new ConfigError(
      'DDNN_INPUT_UNREADABLE',
      `Expected '${file}' to be a run of bench/scaling.mjs (format 1), got another form`,
      { hint: 'Pass the folder that its --out wrote', cause },
    )
  }
  return parsed.rows.flatMap(({ curve, value, rate }) =>
    curve === 'replicas' && rate !== undefined ? [{ replicas: value, imagesPerSecond: rate }] : [],
  )
}
