// model.json of tfjs: the form that every file of one has, of layers and of graphs. What layers it has is told
// by onnx/topology.ts.
import { z } from 'zod'

const weight = z.looseObject({
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  dtype: z.string(),
  quantization: z.looseObject({ dtype: z.string() }).optional(),
})

/** Topology, and a list of weights with the files that they lie in. */
export const modelJson = z.looseObject({
  format: z.string().optional(),
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(z.looseObject({ paths: z.array(z.string()), weights: z.array(weight) })),
})

export type ModelJson = z.infer<typeof modelJson>
