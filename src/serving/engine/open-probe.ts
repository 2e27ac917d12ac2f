// A model folder opened as it is, in this thread: its input in the model's own layout, every output of any
// shape. For looking into networks that were made elsewhere; what serves goes through create-engine.ts.
import type { Preprocessing, SubmodelSpec } from '../../domain/submodel.ts'
import { sizeOf, type Shape } from '../../domain/tensor.ts'
import { onnxFileOf } from '../../model/onnx-file.ts'
import { imageInputOf, type ImageInput } from './host/image-input.ts'
import type { OpenModel } from './host/open-model.ts'
import type { TfRuntime } from './tfjs/tf.ts'

export type ProbeFormat = 'onnx' | 'tfjs-layers' | 'tfjs-graph'

export interface Probe extends Pick<OpenModel, 'outputNames' | 'pass' | 'dispose'> {
  /** Of each output, as the model's file calls it; undefined where only a pass tells it. */
  readonly outputDtypes: readonly string[] | undefined
}

/** Throws what the runtime throws where it is not installed, or does not load the model. */
export async function openProbe(folder: string, format: ProbeFormat): Promise<Probe> {
  const spec = specOf(folder, format)
  if (format === 'onnx') return openOnnxProbe(spec)
  const runtime = await startTf()
  if (format === 'tfjs-graph') {
    const { openGraph } = await import('./tfjs/graph-model.ts')
    return { ...(await openGraph(runtime, spec)), outputDtypes: undefined }
  }
  const { openLayers } = await import('./tfjs/layers-model.ts')
  return { ...(await openLayers(runtime, spec)), outputDtypes: undefined }
}

/**
 * How images come into a network, as the engines do it for the first submodel of a chain with this preprocessing.
 * @param shape of one sample in the network's own layout, all axes known.
 */
export function imageDoorOf(
  shape: Shape,
  layout: 'nhwc' | 'nchw',
  preprocessing: Preprocessing,
): ImageInput {
  const spec = { ...specOf('', 'onnx'), place: { index: 0, count: 2 }, layout, preprocessing }
  return imageInputOf(spec, shape, layout === 'nchw')
}

/** One pass over values of no meaning: shape, with the batch axis first, and dtype of each output. */
export async function describeOutputs(
  folder: string,
  format: ProbeFormat,
  inputShape: readonly number[],
): Promise<readonly { readonly shape: readonly number[]; readonly dtype: string }[]> {
  const probe = await openProbe(folder, format)
  try {
    const values = new Float32Array(sizeOf(inputShape)).fill(0.5)
    const outputs = await probe.pass(values, inputShape)
    return outputs.map(({ shape, dtype }, i) => ({
      shape,
      dtype: probe.outputDtypes?.[i] ?? dtype,
    }))
  } finally {
    probe.dispose()
  }
}

/** tfjs-node where it is installed; else WebAssembly, which is always there. */
async function startTf(): Promise<TfRuntime> {
  try {
    return (await import('./tfjs/tfjs-node.ts')).startTfjsNode()
  } catch {
    return (await import('./tfjs/tfjs-wasm.ts')).startTfjsWasm()
  }
}

async function openOnnxProbe(spec: SubmodelSpec): Promise<Probe> {
  const { requireOrt } = await import('./onnx/ort.ts')
  const { Sessions } = await import('./onnx/sessions.ts')
  const { openOnnx } = await import('./onnx/open-onnx.ts')
  const sessions = new Sessions(requireOrt())
  const model = await onnxFileOf(spec.folder)
  const opened = await sessions.open({ model, byteLength: 0 }, 0)
  const outputDtypes = opened.session.outputMetadata.map(({ type = '' }) => type)
  try {
    return { ...openOnnx(sessions, spec, opened), outputDtypes }
  } catch (thrown) {
    opened.close()
    throw thrown
  }
}

/** Not the first of its chain: its input is taken for features, which are never turned. */
function specOf(folder: string, format: ProbeFormat): SubmodelSpec {
  return {
    name: 'probe',
    folder,
    format,
    family: undefined,
    version: undefined,
    place: { index: 1, count: 2 },
    input: undefined,
    features: undefined,
    exits: undefined,
    labels: undefined,
    preprocessing: undefined,
  }
}
