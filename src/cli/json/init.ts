// What `ddnn init --json` prints.
import { z } from 'zod'

export const initSchema = z.object({
  file: z.string().describe('that was written'),
  tiers: z.array(z.string()),
  httpPort: z.number().int().nullable().describe('of the door'),
  next: z.array(z.string()).describe('words of the command that runs it'),
})

export type InitDocument = z.infer<typeof initSchema>
