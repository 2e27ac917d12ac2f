// What `ddnn manifests --json` prints.
import { z } from 'zod'

export const manifestsSchema = z.object({
  folder: z.string().nullable().describe('that was written to; null without --output'),
  files: z.array(
    z.object({
      name: z.string(),
      text: z.string().nullable().describe('its content; null where it was written'),
    }),
  ),
  notes: z.array(z.string()).describe('what must be there before it is applied'),
  next: z.array(z.string()).nullable().describe('words of the command that applies it'),
})

export type ManifestsDocument = z.infer<typeof manifestsSchema>
