// What `ddnn export --json` prints.
import { z } from 'zod'

const tensor = z.object({
  name: z.string(),
  shape: z.array(z.number().int()).describe('of one sample, without the batch'),
})

export const exportSchema = z.object({
  models: z.array(
    z.union([
      z.object({
        folder: z.string(),
        file: z.string().describe('the ONNX file'),
        bytes: z.number().int().nonnegative(),
        input: tensor,
        outputs: z.array(tensor).describe('features and exits'),
      }),
      z.object({ folder: z.string(), stages: z.array(z.string()).describe('a list of submodels') }),
    ]),
  ),
})

export type ExportDocument = z.infer<typeof exportSchema>
