// The model as Triton's configuration tells it, of which clients read the batch and the shapes: perf_analyzer begins
// with it.
import type { ModelMetadata, TensorMetadata } from '../metadata.ts'
import type { ModelConfigMessage } from './messages.ts'

/** @param maxBatch images that a request may have. */
export function writeModelConfig(model: ModelMetadata, maxBatch: number): ModelConfigMessage {
  return {
    name: model.name,
    platform: model.platform,
    backend: model.platform,
    maxBatchSize: maxBatch,
    input: model.inputs.map(writeTensor),
    output: model.outputs.map(writeTensor),
  }
}

/** Triton leaves the batch axis out, and has a dimension in what is one value an image. */
function writeTensor({ name, datatype, shape }: TensorMetadata) {
  const dims = shape.slice(1)
  return {
    name,
    dataType: datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${datatype}`,
    dims: dims.length === 0 ? [1] : dims,
  }
}
