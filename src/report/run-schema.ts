// What a device, a local run or the demo prints with --json: the numbers of the run. docs/json.md is made of it.
import { z } from 'zod'

const count = z.number().int().nonnegative()
const share = z.number().min(0).max(1)
const milliseconds = z.number().nonnegative()

const exitSchema = z.object({
  exit: z
    .number()
    .int()
    .describe('from 0, over the whole family; -1 where an original does not say'),
  answered: count,
  accuracy: share.describe('of those'),
})

const tierSchema = z.object({
  tier: z.string(),
  answered: count,
  share: share.describe('of all answers'),
  accuracy: share.nullable().describe('of what it answered; null where it answered none'),
  accuracyOnAll: share.nullable().describe('of it alone on all images, as its manifest says'),
  offloaded: count.describe('images whose features it sent on, answered or not'),
  exits: z.array(exitSchema).describe('the exits that it answered at'),
})

export const runSchema = z.object({
  format: z.literal(1),
  name: z.string().describe('of the device'),
  images: count.describe('that were to be asked'),
  notRun: count.describe('of them, since the run was stopped'),
  resumed: count.describe('more of them that the CSV had answers of already'),
  answered: count,
  failed: count.describe('without an answer'),
  failures: z.array(z.object({ code: z.string(), count })).describe('those by reason'),
  fallbacks: count.describe('answered by a nearer tier, since the next gave none in time'),
  accuracy: share.nullable().describe('right answers of all answers; null without one'),
  tiers: z.array(tierSchema).describe('nearest to the device first'),
  latencyMs: z
    .object({ p50: milliseconds, p95: milliseconds, p99: milliseconds })
    .nullable()
    .describe('from request to answer'),
  elapsedMs: milliseconds,
  imagesPerSecond: z.number().nonnegative(),
  multiplyAdds: z
    .object({
      share: z.number().nonnegative().describe('of running every image to the last exit'),
      saved: z.number().describe('1 less that share'),
    })
    .nullable()
    .describe('null where a manifest does not say'),
  bytes: z
    .object({
      features: z.number().nonnegative().describe('between tiers, before they were packed'),
      pixels: z.number().nonnegative().describe('what every image would be, one byte a value'),
    })
    .nullable()
    .describe('null for one tier, or where a manifest does not say'),
  written: z.array(z.string()).describe('files of the run'),
})

export type RunDocument = z.infer<typeof runSchema>
