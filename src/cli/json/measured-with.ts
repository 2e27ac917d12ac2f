// What the documents of several commands begin with: the software, machine, models and images that figures are of.
import { z } from 'zod'

export const count = z.number().int().nonnegative()
/** NaN, which JSON has no word for, where there was nothing to measure. */
export const measured = z.number().nullable()
export const milliseconds = measured

export const measuredWith = {
  format: z.literal(1),
  ddnn: z.string().describe('version'),
  family: z.string().nullable().describe('null where manifests name none'),
  engine: z.string(),
  machine: z.object({
    cpu: z.string(),
    cores: count,
    memoryGiB: z.number(),
    platform: z.string(),
    node: z.string(),
  }),
  models: z.array(z.string()).describe('folders, in order'),
  input: z.object({
    kind: z.enum(['folder', 'cifar10']),
    folder: z.string(),
    format: z.string().optional(),
    labelsFile: z.string().optional(),
    preprocessModule: z.string().optional(),
    orientation: z.string().optional(),
  }),
}
