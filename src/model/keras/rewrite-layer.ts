// A layer as Keras 3 writes it, in the words of Keras 2 that tfjs reads. What tfjs has no word for is said by
// several layers where that is exact; the rest stays as it is, for each engine to know or to refuse by name.
import { historiesIn, type LayerSpec } from '../onnx/topology.ts'
import { leakyOrRelu, readActivation } from './activations.ts'
import { isForTrainingOnly } from './inference-only.ts'
import { layersOf, type Step } from './steps.ts'

type Config = Readonly<Record<string, unknown>>

/** The layers that stand for it, in an order in which each comes after what it needs. */
export function rewriteLayer(layer: LayerSpec, isKeras3: boolean): readonly LayerSpec[] {
  const config = cleaned(layer.config)
  if (isKeras3 && isOperation(layer)) return rewriteOperation(layer)
  return layersOf(layer, stepsFor({ ...layer, config }, isKeras3))
}

function stepsFor(layer: LayerSpec, isKeras3: boolean): readonly Step[] {
  const { className, config } = layer
  const identity = { key: 'linear', className: 'Activation', config: { activation: 'linear' } }
  if (isForTrainingOnly(className)) return [identity]
  const written = kinds[className]?.(config, layer) ?? [{ key: 'first', className, config }]
  return isKeras3 ? withActivation(written) : written
}

const kinds: Readonly<
  Record<string, (config: Config, layer: LayerSpec) => readonly Step[] | undefined>
> = {
  InputLayer: ({ batch_shape: shape, ...config }) => [
    { key: 'first', className: 'InputLayer', config: { batch_input_shape: shape, ...config } },
  ],
  ReLU: (config) => relu('ReLU', config),
  LeakyReLU: (config) => relu('LeakyReLU', config),
  BatchNormalization: (config) => [
    {
      key: 'first',
      className: 'BatchNormalization',
      config: { ...config, axis: onlyOne(config['axis']) },
    },
  ],
  Normalization: normalization,
  GlobalAveragePooling1D: (config, layer) => pooling(config, layer, [1]),
  GlobalAveragePooling2D: (config, layer) => pooling(config, layer, [1, 1]),
  GlobalMaxPooling1D: (config, layer) => pooling(config, layer, [1]),
  GlobalMaxPooling2D: (config, layer) => pooling(config, layer, [1, 1]),
  // tfjs measures from the corners of pixels, Keras from their centres.
  UpSampling2D: ({ interpolation, ...config }) => [
    {
      key: 'first',
      className: 'UpSampling2D',
      config:
        interpolation === 'bilinear'
          ? { ...config, interpolation, half_pixel_centers: true }
          : { ...config, interpolation },
    },
  ],
}

function relu(className: string, config: Config): readonly Step[] {
  return [{ key: 'first', className, config, ...leakyOrRelu(className, config) }]
}

/** Size of a channel is (value - mean) / max(sqrt(variance), 1e-7), as of a batch normalisation. */
function normalization(config: Config): readonly Step[] | undefined {
  const { mean, variance, invert, axis } = config
  const isOnAxis = onlyOne(axis) !== undefined && !invert
  if (mean === null || mean === undefined) {
    const settings = { axis: onlyOne(axis), epsilon: 1e-14, center: false, scale: false }
    return isOnAxis
      ? [{ key: 'first', className: 'BatchNormalization', config: settings }]
      : undefined
  }
  const means = numbersIn(mean)
  const scale = numbersIn(variance).map((value) => 1 / Math.max(Math.sqrt(value), 1e-7))
  const offset = scale.map((factor, i) => -(means[i] ?? 0) * factor)
  const isEven = new Set(scale).size === 1 && new Set(offset).size === 1
  if (invert || means.length !== scale.length || !(isEven || onlyOne(axis) === -1)) return undefined
  const settings = isEven ? { scale: scale[0], offset: offset[0] } : { scale, offset }
  return [{ key: 'first', className: 'Rescaling', config: settings }]
}

function numbersIn(value: unknown): readonly number[] {
  if (typeof value === 'number') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(numbersIn)
}

/** @param ones the axes that are kept, before the channels. */
function pooling(
  config: Config,
  { className, calls }: LayerSpec,
  ones: readonly number[],
): readonly Step[] {
  const { keepdims = false, ...rest } = config
  const pooled = { key: 'pooled', className, config: rest }
  if (keepdims !== true) return [pooled]
  // tfjs takes -1 for a size that nobody knows, so the channels are said where the file says them.
  const channels = shapeIn(calls[0]?.args)?.at(-1)
  const shape = [...ones, typeof channels === 'number' ? channels : -1]
  return [pooled, { key: 'kept', className: 'Reshape', config: { target_shape: shape } }]
}

/** Shape of the first tensor among the arguments of a call, the batch first. */
function shapeIn(args: unknown): readonly unknown[] | undefined {
  if (typeof args !== 'object' || args === null) return undefined
  const { shape } = args as { shape?: unknown }
  if (Array.isArray(shape) && 'keras_history' in args) return shape as unknown[]
  for (const value of Object.values(args)) {
    const found = shapeIn(value)
    if (found !== undefined) return found
  }
  return undefined
}

/** The activation that the last step names, in words that are known or as steps of its own. */
function withActivation(steps: readonly Step[]): readonly Step[] {
  const last = steps.at(-1)
  if (last === undefined || !('activation' in last.config)) return steps
  const isAlone = last.className === 'Activation'
  const given = last.config['activation']
  const activation = readActivation(given, isAlone ? undefined : [{ step: last.key }])
  if (isAlone && activation.steps.length > 0) return activation.steps
  const written = { ...last, config: { ...last.config, activation: activation.inline } }
  return [...steps.slice(0, -1), written, ...activation.steps]
}

/** Arithmetic on tensors, `x + 3.0`: Keras 3 has it among the layers, without their settings. */
function isOperation({ className, config, calls, network }: LayerSpec): boolean {
  const isLayer = 'dtype' in config || 'trainable' in config || className === 'InputLayer'
  return network === undefined && !isLayer && calls.some(({ args }) => args !== undefined)
}

function rewriteOperation(layer: LayerSpec): readonly LayerSpec[] {
  const args = layer.calls[0]?.args ?? []
  const numbers = args.map((arg) => (typeof arg === 'number' ? arg : undefined))
  const tensors = historiesIn(args)
  const steps =
    args.length !== 2
      ? undefined
      : tensors.length === 2
        ? ofTwoTensors(layer.className)
        : withNumber(layer.className, numbers[0], numbers[1])
  const unknown = { key: 'first', className: `keras.ops.${layer.className}`, config: {} }
  return layersOf(layer, steps ?? [unknown])
}

function ofTwoTensors(className: string): readonly Step[] | undefined {
  if (['Add', 'Multiply', 'Maximum', 'Minimum'].includes(className)) {
    return [{ key: 'first', className, config: {} }]
  }
  if (className !== 'Subtract') return undefined
  return [
    { key: 'negative', className: 'Rescaling', config: { scale: -1, offset: 0 }, from: [1] },
    { key: 'first', className: 'Add', config: {}, from: [0, { step: 'negative' }] },
  ]
}

/** A number on the left or on the right of the tensor. */
function withNumber(
  className: string,
  left: number | undefined,
  right: number | undefined,
): readonly Step[] | undefined {
  const number = left ?? right
  if (number === undefined) return undefined
  const rescale = (scale: number, offset: number): readonly Step[] => [
    { key: 'first', className: 'Rescaling', config: { scale, offset } },
  ]
  if (className === 'Add') return rescale(1, number)
  if (className === 'Multiply') return rescale(number, 0)
  if (className === 'Subtract')
    return left === undefined ? rescale(1, -number) : rescale(-1, number)
  const isDivision = className === 'TrueDivide' || className === 'Divide'
  return isDivision && left === undefined ? rescale(1 / number, 0) : undefined
}

/** Without what only training or another version of Keras reads. */
function cleaned(config: Config): Config {
  const kept = Object.entries(config).flatMap(([key, value]) => {
    if (key.endsWith('_initializer')) return []
    if (key.endsWith('_regularizer') || key.endsWith('_constraint')) return []
    if (dropped.includes(key)) return []
    return [[key, key === 'dtype' ? dtypeOf(value) : value] as const]
  })
  return Object.fromEntries(kept)
}

const dropped = ['sparse', 'ragged', 'optional', 'synchronized', 'quantization_config', 'seed']

/** A policy is an object with the dtype in its name; 'mixed_float16' computes in float32 here. */
function dtypeOf(value: unknown): unknown {
  const policy = value as { config?: { name?: unknown } } | string | null
  const name = typeof policy === 'object' ? policy?.config?.name : policy
  return typeof name === 'string' && /float16|float64/.test(name) ? 'float32' : name
}

function onlyOne(axis: unknown): unknown {
  if (!Array.isArray(axis)) return axis
  return axis.length === 1 ? (axis[0] as unknown) : undefined
}
