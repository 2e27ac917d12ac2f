// The lines of `ddnn replay --json`. docs/replay.md explains the fields.
import { z } from 'zod'
import { count } from './measured-with.ts'

const time = z.string().nullable().describe('ISO 8601')
const offset = z.string().describe('a whole number')

const letter = z.object({
  kind: z.literal('letter'),
  partition: count,
  offset,
  time,
  code: z.string(),
  message: z.string().nullable(),
  origin: z
    .object({
      topic: z.string(),
      partition: z.number().int().describe('-1 where a writer did not say'),
      offset,
      time,
    })
    .nullable()
    .describe('the record that was put aside'),
  clientId: z.string().nullable(),
  correlationId: z.string().nullable(),
  replays: count.describe('how often it was sent again before'),
  bytes: count.nullable(),
  value: z.string().optional().describe('the first bytes in hexadecimal (--show)'),
  fate: z.enum(['would-send', 'sent', 'kept', 'unsure']),
  to: z.string().nullable(),
  valueFrom: z.enum(['letter', 'origin']).nullable(),
  reason: z.string().nullable(),
})

const summary = z.object({
  kind: z.literal('summary').describe('the last line'),
  topic: z.string(),
  dryRun: z.boolean(),
  read: count,
  matching: count,
  codes: z.record(z.string(), count),
  wouldSend: count,
  sent: count,
  kept: count,
  unsure: count,
  lastSent: z.array(z.object({ partition: count, offset })),
  stopped: z.string().nullable(),
})

export const replaySchema = z.discriminatedUnion('kind', [letter, summary])
