// tfjs layers models: what ddnn trains, and what tensorflowjs_converter writes of Keras files.
import type { Tensor } from '@tensorflow/tfjs-core'
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { modelFiles } from '../../../model/weights.ts'
import { assertOneInput, type OpenModel } from '../host/open-model.ts'
import { passOf } from './forward-pass.ts'
import type { TfRuntime } from './tf.ts'
import { assertKnownLayers } from './unknown-layers.ts'

export async function openLayers(runtime: TfRuntime, spec: SubmodelSpec): Promise<OpenModel> {
  const { tf } = runtime
  await assertKnownLayers(runtime, spec)
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
    pass: passOf(runtime, (x) =>
      tf.tidy(() => [model.apply(x, { training: false })].flat() as Tensor[]),
    ),
    dispose: () => {
      const values = model.weights.map((weight) => weight.read())
      model.dispose()
      // tfjs keeps those of a model within the model that is called twice.
      tf.dispose(values)
    },
  }
}
