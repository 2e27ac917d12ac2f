// The lines of `ddnn up --json`.
import { z } from 'zod'

export const upSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('ready').describe('once, when all runs'),
    seconds: z.number().nonnegative().describe('from the command to now'),
    tiers: z.array(z.object({ name: z.string(), replicas: z.number().int() })),
    brokers: z.string(),
    isOwnBroker: z.boolean().describe('started by this call, and gone at its end'),
    http: z.string().nullable().describe('origin of the door'),
    grpc: z.string().nullable().describe('host and port of the door'),
    model: z.string().nullable().describe('what the door calls it: /v2/models/NAME'),
  }),
  z.object({
    kind: z.literal('ended').describe('the last line'),
    failures: z.number().int().nonnegative().describe('processes that did not end well'),
  }),
])

export type UpEvent = z.infer<typeof upSchema>
