// tfjs graph models, as tensorflowjs_converter writes them of a SavedModel.
import type { Tensor } from '@tensorflow/tfjs-core'
import type { GraphModel } from '@tensorflow/tfjs-converter'
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { modelFiles } from '../../../model/weights.ts'
import { assertOneInput, type OpenModel } from '../host/open-model.ts'
import { orderNames } from '../host/output-names.ts'
import { passOf } from './forward-pass.ts'
import type { TfRuntime } from './tf.ts'

/** The signature that converters since 2.0 keep: keys of the SavedModel, nodes of the graph. */
interface Signature {
  readonly outputs?: Readonly<Record<string, { readonly name?: string }>>
}

export async function openGraph(runtime: TfRuntime, spec: SubmodelSpec): Promise<OpenModel> {
  const { tf } = runtime
  const model = await tf.loadGraphModel(modelFiles(spec.folder))
  try {
    assertOneInput(spec, model.inputNodes)
    const nodes = nodesByName(model)
    const { names, isOrderKnown } = orderNames([...nodes.keys()], undefined)
    const outputs = names.map((name) => nodes.get(name) ?? name)
    const [batch = -1, ...shape] = model.inputs[0]?.shape ?? []
    const dtype = model.inputs[0]?.dtype ?? 'float32'
    const isInteger = dtype === 'int32'
    const cast = (x: Tensor) => (isInteger ? tf.cast(x, 'int32') : x)
    const runNow = (x: Tensor) => tf.tidy(() => [model.execute(cast(x), outputs)].flat())
    const runLater = async (x: Tensor) => {
      const given = cast(x)
      try {
        return [await model.executeAsync(given, outputs)].flat()
      } finally {
        if (given !== x) tf.dispose(given)
      }
    }
    let hasControlFlow = false
    return {
      inputShape: shape,
      inputDtype: dtype,
      batchSize: batch > 0 ? batch : undefined,
      outputNames: names,
      isOrderKnown,
      pass: passOf(runtime, (x) => {
        if (hasControlFlow) return runLater(x)
        try {
          return runNow(x)
        } catch (thrown) {
          // tfjs looks for control flow before the pass begins, and sends to the other method.
          hasControlFlow = thrown instanceof Error && /executeAsync\(\)/.test(thrown.message)
          if (!hasControlFlow) throw thrown
          return runLater(x)
        }
      }),
      dispose: () => model.dispose(),
    }
  } catch (thrown) {
    model.dispose()
    throw thrown
  }
}

/** Name of each output, as the SavedModel called it where the file still says so, and its node. */
function nodesByName(model: GraphModel): ReadonlyMap<string, string> {
  const { outputs } = (model.modelSignature as Signature | undefined) ?? {}
  const entries = Object.entries(outputs ?? {})
  if (entries.length > 0 && entries.every(([, { name }]) => name !== undefined)) {
    return new Map(entries.map(([key, { name = '' }]) => [key, name]))
  }
  return new Map(model.outputNodes.map((node) => [node, node]))
}
