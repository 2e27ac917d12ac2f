// TensorFlow SavedModels, which a runtime with TensorFlow in it runs as they are.
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core'
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { ModelError } from '../../../errors.ts'
import { readKerasOutputs } from '../../../model/saved-model.ts'
import { assertOneInput, type OpenModel } from '../host/open-model.ts'
import { orderNames } from '../host/output-names.ts'
import { passOf } from './forward-pass.ts'
import type { TfRuntime } from './tf.ts'

/** @throws DDNN_ENGINE_UNAVAILABLE when the runtime has no TensorFlow in it. */
export async function openSaved(runtime: TfRuntime, spec: SubmodelSpec): Promise<OpenModel> {
  if (runtime.loadSavedModel === undefined) {
    throw new ModelError(
      'DDNN_ENGINE_UNAVAILABLE',
      `Expected an engine that runs a TensorFlow SavedModel for '${spec.folder}', got ${runtime.description}`,
      { hint: 'Pass --engine tensorflow, or convert it to a tfjs graph model; see docs/models.md' },
    )
  }
  const model = await runtime.loadSavedModel(spec.folder)
  try {
    assertOneInput(spec, model.inputNames)
    const [inputName = ''] = model.inputNames
    const { names, isOrderKnown } = orderNames(
      model.outputNames,
      await readKerasOutputs(spec.folder),
    )
    const [batch = -1, ...shape] = model.inputShape
    const isInteger = /int/.test(model.inputDtype)
    const { tf } = runtime
    const runAll = (x: Tensor) => {
      const given: NamedTensorMap = model.predict({ [inputName]: x })
      return names.map((name) => given[name] as Tensor)
    }
    return {
      inputShape: shape,
      inputDtype: model.inputDtype,
      batchSize: batch > 0 ? batch : undefined,
      outputNames: names,
      isOrderKnown,
      // From int32 the runtime makes any other integers itself.
      pass: passOf(runtime, (x) => tf.tidy(() => runAll(isInteger ? tf.cast(x, 'int32') : x))),
      dispose: () => model.dispose(),
    }
  } catch (thrown) {
    model.dispose()
    throw thrown
  }
}
