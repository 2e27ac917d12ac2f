// Weights of the criterion `learned`, in documents that tell of exits: as manifests hold them (docs/models.md).
import { z } from 'zod'

export const learned = z
  .object({
    ...{ bias: z.number(), odds: z.number(), margin: z.number(), entropy: z.number() },
    energy: z.number(),
    classes: z.array(z.number()).optional().describe('one a label'),
  })
  .describe('weights of that criterion')
