// Layers whose training step runs as one TensorFlow operation each way. tfjs composes the gradients of
// batch normalisation and ReLU of a dozen elementwise operations over whole activations; TensorFlow has
// them fused. Also dropout with a new mask at each step (tfjs's seeded one repeats the first for ever).
// A network built with these saves exactly as one built with tf itself.
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Tf } from '../../model/networks/network.ts'
import type { Recipe } from '../../model/networks/recipe.ts'
import { bfloat16Convolution, type Convolve } from './bfloat16-convolution.ts'
import type { NativeBackend, OpAttribute } from './native-backend.ts'

/** What the layers read at each step. */
export interface StepState {
  /** That they draw their masks for; the training loop moves it on. */
  step: number
  /** Whether the layer of this name learns no more; none where undefined. */
  isFrozen?: (layer: string) => boolean
  /** Of the products of convolutions; float32 where the recipe is not known yet. */
  precision?: Recipe['precision']
}

interface LayerVariable {
  read(): Tensor1D
  write(value: Tensor): void
}

/** The fields that tfjs-layers' BatchNormalization has and does not declare. */
export interface BatchNormLayer {
  readonly name: string
  readonly axis: number
  readonly momentum: number
  readonly epsilon: number
  readonly gamma?: LayerVariable
  readonly beta?: LayerVariable
  readonly movingMean: LayerVariable
  readonly movingVariance: LayerVariable
  call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor | Tensor[]
}

interface ConvLayer {
  readonly kernel: { read(): Tensor4D }
  readonly bias?: LayerVariable | null
  readonly strides: [number, number]
  readonly dilationRate: [number, number]
  readonly padding: 'same' | 'valid'
  readonly dataFormat: 'channelsLast' | 'channelsFirst'
  readonly activation: { apply(x: Tensor): Tensor }
  call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor | Tensor[]
}

interface DropoutLayer {
  readonly rate: number
  readonly noiseShape?: unknown
  call(inputs: Tensor | Tensor[], kwargs: { training?: boolean }): Tensor | Tensor[]
}

type LayerFactories = Tf['layers']

/** What a layer of one input is called with. */
export function onlyOf(inputs: Tensor | Tensor[]): Tensor {
  return Array.isArray(inputs) ? (inputs[0] as Tensor) : inputs
}

/** A `tf` whose convolutions, batchNormalization and dropout train natively; also registers ReLU's native gradient. */
export function withNativeLayers(tf: Tf, seed: number, state: StepState): Tf {
  const backend = tf.backend() as unknown as NativeBackend
  registerReluGradient(tf)
  const convolutions = {
    float32: float32Convolution(tf),
    mixed_bfloat16: bfloat16Convolution(tf),
  }
  const convolve: Convolve = (x, filter, attributes) =>
    convolutions[state.precision ?? 'float32'](x, filter, attributes)
  let dropouts = 0
  const layers: LayerFactories = {
    ...tf.layers,
    conv2d(config) {
      const layer = tf.layers.conv2d(config)
      convolveNatively(tf, convolve, layer as unknown as ConvLayer)
      return layer
    },
    batchNormalization(config) {
      const layer = tf.layers.batchNormalization(config)
      trainNatively(tf, backend, layer as unknown as BatchNormLayer, state)
      return layer
    },
    dropout(config) {
      const layer = tf.layers.dropout(config)
      drawMasks(tf, backend, layer as unknown as DropoutLayer, [seed, ++dropouts], state)
      return layer
    },
  }
  return { ...tf, layers }
}

function float32Convolution(tf: Tf): Convolve {
  return (x, filter, { strides, padding, dilations }) =>
    tf.conv2d(x, filter, [...strides], padding, 'NHWC', [...dilations])
}

function typeAttribute(backend: NativeBackend, name: string, value: number): OpAttribute {
  return { name, type: backend.binding.TF_ATTR_TYPE, value }
}

/** For all layers of `tf`, whoever makes them. */
export function registerReluGradient(tf: Tf): void {
  const backend = tf.backend() as unknown as NativeBackend
  const attributes = [typeAttribute(backend, 'T', backend.binding.TF_FLOAT)]
  tf.registerGradient({
    kernelName: 'Relu',
    outputsToSave: [true],
    gradFunc: (dy, saved) => ({
      x: () => {
        const [y] = saved
        const inputs = [dy as Tensor, y as Tensor]
        return backend.executeMultipleOutputs('ReluGrad', attributes, inputs, 1)[0] as Tensor
      },
    }),
  })
}

/**
 * tfjs-layers convolves by a fused operation, whose gradient is computed towards its input too where nobody asks for
 * it: towards the image, or a layer that is not trained. That of the plain one is computed where it is wanted.
 */
function convolveNatively(tf: Tf, convolve: Convolve, layer: ConvLayer): void {
  const stock = layer.call.bind(layer)
  layer.call = (inputs, kwargs) => {
    if (kwargs.training !== true || layer.dataFormat === 'channelsFirst')
      return stock(inputs, kwargs)
    const x = onlyOf(inputs) as Tensor4D
    const { kernel, bias, strides, padding, dilationRate: dilations, activation } = layer
    return tf.tidy(() => {
      const y = convolve(x, kernel.read(), { strides, padding, dilations })
      return activation.apply(bias == null ? y : tf.add(y, bias.read()))
    })
  }
}

function trainNatively(
  tf: Tf,
  backend: NativeBackend,
  layer: BatchNormLayer,
  state: StepState,
): void {
  const stock = layer.call.bind(layer)
  const { binding } = backend
  const attributes = [
    typeAttribute(backend, 'T', binding.TF_FLOAT),
    typeAttribute(backend, 'U', binding.TF_FLOAT),
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: layer.epsilon },
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: true },
  ]

  const average = (variable: LayerVariable, value: Tensor) => {
    const old = variable.read()
    variable.write(tf.add(old, tf.mul(tf.sub(value, old), 1 - layer.momentum)))
  }

  layer.call = (inputs, kwargs) => {
    const x = onlyOf(inputs)
    const { gamma, beta } = layer
    const channels = x.shape.at(-1) as number
    const isPlain = x.rank === 4 && (layer.axis === -1 || layer.axis === 3)
    // As Keras' layers of trainable = false: by the statistics that it has, which stay.
    if (state.isFrozen?.(layer.name) === true) {
      if (!isPlain) return stock(inputs, { ...kwargs, training: false })
      // tfjs has no gradient of it without a factor.
      return tf.tidy(() => {
        const [mean, variance] = [layer.movingMean.read(), layer.movingVariance.read()]
        const factor = gamma?.read() ?? tf.ones([channels])
        return tf.batchNorm(x, mean, variance, beta?.read(), factor, layer.epsilon)
      })
    }
    if (kwargs.training !== true || beta === undefined || !isPlain) {
      return stock(inputs, kwargs)
    }
    const normalise = tf.customGrad((...parameters) => {
      const [x, gamma, beta, save] = parameters as unknown as [
        Tensor4D,
        Tensor1D,
        Tensor1D,
        (tensors: Tensor[]) => void,
      ]
      const none = tf.tensor1d([], 'float32')
      const outputs = backend.executeMultipleOutputs(
        'FusedBatchNormV2',
        attributes,
        [x, gamma, beta, none, none],
        5,
      )
      const [value, mean, variance, reserve1, reserve2] = outputs as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ]
      average(layer.movingMean, mean)
      average(layer.movingVariance, variance)
      save([x, gamma, reserve1, reserve2])
      return {
        value,
        gradFunc: (dy: Tensor, saved: Tensor[]) =>
          backend
            .executeMultipleOutputs('FusedBatchNormGradV2', attributes, [dy, ...saved], 5)
            .slice(0, 3),
      }
    })
    return tf.tidy(() => normalise(x, gamma?.read() ?? tf.ones([channels]), beta.read()))
  }
}

function drawMasks(
  tf: Tf,
  backend: NativeBackend,
  layer: DropoutLayer,
  seed: readonly [number, number],
  state: StepState,
): void {
  const stock = layer.call.bind(layer)
  const { binding } = backend
  const attributes = [
    typeAttribute(backend, 'dtype', binding.TF_FLOAT),
    typeAttribute(backend, 'T', binding.TF_INT32),
    typeAttribute(backend, 'Tseed', binding.TF_INT32),
  ]
  layer.call = (inputs, kwargs) => {
    const isActive = kwargs.training === true && layer.rate > 0 && layer.rate < 1
    if (!isActive || layer.noiseShape != null) return stock(inputs, kwargs)
    const x = onlyOf(inputs)
    return tf.tidy(() => {
      const shape = tf.tensor1d(x.shape, 'int32')
      // Two numbers seed it: the layer's own and the step's, so no mask comes twice.
      const seeds = tf.tensor1d([seed[0] * 1009 + seed[1], state.step], 'int32')
      const uniform = backend.executeMultipleOutputs(
        'StatelessRandomUniform',
        attributes,
        [shape, seeds],
        1,
      )[0] as Tensor
      const mask = tf.mul(
        tf.cast(tf.greaterEqual(uniform, layer.rate), 'float32'),
        1 / (1 - layer.rate),
      )
      return tf.mul(x, mask)
    })
  }
}
