// A session as an open model: its one input filled from float32 samples, its outputs as float32.
import { channelsLast, takesChannelsFirst } from '../../../domain/image-layout.ts'
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { sizeOf } from '../../../domain/tensor.ts'
import { ModelError } from '../../../errors.ts'
import { assertOneInput, type OpenModel, type PassOutput } from '../host/open-model.ts'
import { copyChannelsFirst, copyValues, floatsOf, viewOf } from './dtypes.ts'
import type { Ort, OrtTensor, TensorData, ValueMetadata } from './ort.ts'
import type { OpenSession, Sessions } from './sessions.ts'

/** The model's types of floats, which are converted here and told to nobody. */
const floats = ['float32', 'float64', 'float16']

/**
 * The session is the model's from then on.
 * @param inputDtype as other files of the model call it; else the session's own.
 * @throws DDNN_MODEL_DAMAGED when it is no model of one tensor in and tensors out, with the session still
 * the caller's.
 */
export function openOnnx(
  sessions: Sessions,
  spec: SubmodelSpec,
  { session, close }: OpenSession,
  inputDtype?: string,
): OpenModel {
  const { inputMetadata, outputMetadata } = session
  assertOneInput(
    spec,
    inputMetadata.map(({ name }) => name),
  )
  for (const value of [...inputMetadata, ...outputMetadata]) assertTensor(spec, value)
  const [{ name = '', type = '', shape: axes = [] } = {}] = inputMetadata as [ValueMetadata?]
  const [batch = -1, ...shape] = axes.map((axis) => (typeof axis === 'number' ? axis : -1))
  // A compiled layers model is turned as it is on other engines, before the pass.
  const isTurned = spec.format === 'onnx' && takesChannelsFirst(spec, shape)
  const outputNames = outputMetadata.map((output) => output.name)
  const fill = createFill(sessions, type, isTurned)
  return {
    inputShape: isTurned ? channelsLast(shape) : shape,
    turnsImages: isTurned,
    inputDtype: inputDtype ?? (floats.includes(type) ? 'float32' : type),
    batchSize: batch > 0 ? batch : undefined,
    outputNames,
    isOrderKnown: true,
    pass: async (values, dims) => {
      const { tensor, done } = fill(values, dims)
      try {
        const given = await session.run({ [name]: tensor })
        return outputNames.map((output) => toPassOutput(given[output]))
      } finally {
        done()
      }
    },
    dispose: close,
  }
}

type Fill = (
  values: Float32Array,
  dims: readonly number[],
) => { readonly tensor: OrtTensor; readonly done: () => void }

/** Makes the input of a pass: the one copy of a sample that this engine makes. */
function createFill(sessions: Sessions, dtype: string, isTurned: boolean): Fill {
  const { ort } = sessions
  const view = viewOf(dtype)
  return (values, dims) => {
    const isPlain = dtype === 'float32' && !isTurned
    // Only what is not shared between threads is taken as it is.
    if (isPlain && values.buffer instanceof ArrayBuffer) {
      return { tensor: createTensor(ort, dtype, values, dims), done: () => undefined }
    }
    if (view === undefined) throw new Error(`Expected an input of numbers, got ${dtype}`)
    const buffer = sessions.take(values.length * view.bytes)
    const data: TensorData = view.of(buffer, values.length)
    const done = () => sessions.giveBack(buffer)
    if (!isTurned) {
      copyValues(values, data, dtype)
      return { tensor: createTensor(ort, dtype, data, dims), done }
    }
    const [count = 0, height = 0, width = 0, channels = 0] = dims
    copyChannelsFirst(values, data, dtype, sizeOf([height, width]), channels)
    const turned = [count, channels, height, width]
    return { tensor: createTensor(ort, dtype, data, turned), done }
  }
}

function createTensor(
  { Tensor }: Ort,
  dtype: string,
  data: TensorData,
  dims: readonly number[],
): OrtTensor {
  if (dtype !== 'float16') return new Tensor(dtype, data, dims)
  // Where Node has Float16Array the constructor makes one, of which the binding reads nothing (Node 24, 1.30).
  return Object.assign(new Tensor('uint16', data, dims), { type: dtype })
}

function toPassOutput(tensor: OrtTensor | undefined): PassOutput {
  if (tensor === undefined) return { shape: [], dtype: '', values: new Float32Array(0) }
  const values = floatsOf(tensor)
  // What is no float is named by who looks for features and exits.
  if (values === undefined) {
    return { shape: tensor.dims, dtype: tensor.type, values: new Float32Array(0) }
  }
  return { shape: tensor.dims, dtype: 'float32', values }
}

function assertTensor(spec: SubmodelSpec, { name, isTensor }: ValueMetadata): void {
  if (isTensor) return
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${name}' of '${spec.folder}' to be a tensor, got a sequence or a map`,
    { hint: 'Export the network without what names its classes (of scikit-learn: zipmap=False)' },
  )
}
