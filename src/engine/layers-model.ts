// tfjs layers models: what ddnn trains, and what tensorflowjs_converter writes of Keras files.
import type { Tensor } from '@tensorflow/tfjs-core'
import type { SubmodelSpec } from '../domain/submodel.ts'
import { modelFiles } from '../model/weights.ts'
import { assertOneInput, type OpenModel } from './open-model.ts'
import type { Runtime } from './runtime.ts'

export async function openLayers({ tf }: Runtime, spec: SubmodelSpec): Promise<OpenModel> {
  const model = await tf.loadLayersModel(modelFiles(spec.folder))
  assertOneInput(
    spec,
    model.inputs.map(({ name }) => name),
  )
  const [batch, ...shape] = model.inputs[0]?.shape ?? []
  return {
    inputShape: shape.map((axis) => axis ?? -1),
    inputDtype: model.inputs[0]?.dtype ?? 'float32',
    batchSize: batch ?? undefined,
    outputNames: model.outputNames,
    isOrderKnown: true,
    // apply, since predict cuts batches at 32 and copies them together again.
    predict: (x) => tf.tidy(() => [model.apply(x, { training: false })].flat() as Tensor[]),
    dispose: () => void model.dispose(),
  }
}
