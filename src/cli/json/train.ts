// What `ddnn train --json` prints: of a training, of --split alone, and of --list-exits.
import { z } from 'zod'

const share = z.number().min(0).max(1)

const trainedSchema = z.object({
  family: z.string().describe('hash of what was trained together'),
  end: z.enum(['epochs', 'time', 'patience', 'signal']).describe('why it ended'),
  bestEpoch: z.number().int().describe('from 1; its weights are kept'),
  labels: z.array(z.string()),
  exits: z.array(
    z.object({
      name: z.string(),
      threshold: z.number().nullable().describe('null at the last, which takes the rest'),
      temperature: z.number().nullable(),
    }),
  ),
  sets: z.array(
    z.object({
      folder: z.string(),
      images: z.number().int().nonnegative().describe('kept apart from training'),
      accuracy: z.array(share).describe('of each exit, had all images left there'),
      cascadeAccuracy: share,
      shares: z.array(share).describe('that leave at each exit'),
    }),
  ),
  unreadable: z.array(z.string()).describe('files that are no image'),
  output: z.string(),
  folders: z.array(z.string()).describe('of the models that were written'),
  whole: z.string().describe('of the whole model among them'),
  next: z.array(z.array(z.string())).describe('commands to try, each as its words'),
})

const splitSchema = z.object({
  tiers: z.array(z.string()).describe('folders that were written'),
})

const cutsSchema = z.object({
  format: z.string().describe('of the backbone'),
  multiplyAdds: z.number().nonnegative(),
  cuts: z.array(
    z.object({
      name: z.string().describe('of the tensor'),
      shape: z.array(z.number().int()),
      bytes: z.number().nonnegative(),
      multiplyAdds: z.number().nonnegative().describe('up to here'),
      exitOf: z.string().nullable().describe('the submodel that would end here'),
    }),
  ),
})

export const trainSchema = z.union([trainedSchema, splitSchema, cutsSchema])

export type TrainedDocument = z.infer<typeof trainedSchema>
export type SplitDocument = z.infer<typeof splitSchema>
export type CutsDocument = z.infer<typeof cutsSchema>
