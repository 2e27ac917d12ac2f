// What `ddnn health --json` prints.
import { z } from 'zod'
import { probes } from '../flags/health.ts'

export const healthSchema = z.object({
  probe: z.enum(probes),
  url: z.string().describe('that was asked'),
  ok: z.boolean(),
  says: z.string().describe('the line of the text form'),
  missing: z.array(z.string()).describe('what the process waits for, where it told'),
})

export type HealthDocument = z.infer<typeof healthSchema>
