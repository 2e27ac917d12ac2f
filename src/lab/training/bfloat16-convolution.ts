// Convolutions whose products are of bfloat16 numbers, summed in float32: what recent processors (AVX-512 BF16, AMX)
// compute faster. Weights and activations stay float32 outside (Micikevicius et al. 2018, mixed precision).
import type { Tensor4D, TensorInfo } from '@tensorflow/tfjs-core'
import type { Tf } from '../../model/networks/network.ts'
import type { NativeBackend, OpAttribute } from './native-backend.ts'

const kernelName = 'Bfloat16Conv2D'
/** TensorFlow's number of the type; tfjs has none for it. */
const bfloat16 = 14

interface ConvAttributes {
  readonly strides: readonly [number, number]
  readonly padding: 'same' | 'valid'
  readonly dilations: readonly [number, number]
}

export type Convolve = (x: Tensor4D, filter: Tensor4D, attributes: ConvAttributes) => Tensor4D

/**
 * A convolution of x `[batch, height, width, channels]` by `[height, width, channels, filters]`, float32 both, with its
 * gradients, each computed where it is asked for alone. The caller disposes of the result.
 */
export function bfloat16Convolution(tf: Tf): Convolve {
  const backend = tf.backend() as unknown as NativeBackend
  if (tf.getKernel(kernelName, tf.getBackend()) === undefined) register(tf, backend)
  return (x, filter, attributes) =>
    tf.engine().runKernel<Tensor4D>(kernelName, { x, filter }, { ...attributes })
}

/**
 * Whether this TensorFlow computes convolutions of bfloat16 numbers and both gradients: older ones refuse them, or give
 * other numbers. Why not, in words; undefined where it does.
 */
export function bfloat16Problem(
  tf: Tf,
  convolveTried: () => Convolve = () => bfloat16Convolution(tf),
): string | undefined {
  const attributes = { strides: [1, 1], padding: 'same', dilations: [1, 1] } as const
  const valuesOf = (convolve: Convolve): number[] =>
    tf.tidy(() => {
      const numbers = (count: number) => Array.from({ length: count }, (_, i) => ((i * 7) % 5) - 2)
      const x = tf.tensor4d(numbers(2 * 4 * 4 * 3), [2, 4, 4, 3])
      const filter = tf.tensor4d(numbers(3 * 3 * 3 * 4), [3, 3, 3, 4])
      const values: number[] = []
      const { grads } = tf.engine().gradients(() => {
        const y = convolve(x, filter, attributes)
        values.push(...y.dataSync())
        return tf.sum(y)
      }, [x, filter])
      return [...values, ...grads.flatMap((gradient) => [...gradient.dataSync()])]
    })
  try {
    const wanted = valuesOf((x, filter) => tf.conv2d(x, filter, 1, 'same'))
    const got = valuesOf(convolveTried())
    // Small whole numbers and their sums have bfloat16's eight bits, but for the last of large ones.
    const isNear = (value: number, i: number) =>
      Math.abs((got[i] ?? NaN) - value) <= 0.02 * Math.abs(value) + 0.02
    return wanted.every(isNear) ? undefined : 'it gives other numbers'
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}

function register(tf: Tf, backend: NativeBackend): void {
  const { binding } = backend
  const type = (name: string, value: number): OpAttribute => {
    return { name, type: binding.TF_ATTR_TYPE, value }
  }
  const integers = (name: string, value: readonly number[]): OpAttribute => {
    return { name, type: binding.TF_ATTR_INT, value }
  }
  const text = (name: string, value: string): OpAttribute => {
    return { name, type: binding.TF_ATTR_STRING, value }
  }
  const execute = (name: string, attributes: readonly OpAttribute[], ids: readonly number[]) => {
    const [output] = binding.executeOp(name, attributes, ids, 1)
    if (output === undefined) throw new Error(`Expected one output of ${name}, got none`)
    return output
  }
  const cast = (id: number, from: number, to: number) =>
    execute('Cast', [type('SrcT', from), type('DstT', to)], [id])

  /** An operation on numbers in bfloat16, whose result is float32; `sizes` stays as it is. */
  const run = (
    name: string,
    { strides, padding, dilations }: ConvAttributes,
    tensors: readonly (TensorInfo | { readonly sizes: readonly number[] })[],
  ) => {
    const made: number[] = []
    const ids = tensors.map((tensor) => {
      const id =
        'sizes' in tensor
          ? binding.createTensor(
              [tensor.sizes.length],
              binding.TF_INT32,
              Int32Array.from(tensor.sizes),
            )
          : cast(backend.getInputTensorIds([tensor])[0] as number, binding.TF_FLOAT, bfloat16).id
      made.push(id)
      return id
    })
    const attributes = [
      type('T', bfloat16),
      integers('strides', [1, ...strides, 1]),
      text('padding', padding.toUpperCase()),
      text('data_format', 'NHWC'),
      integers('dilations', [1, ...dilations, 1]),
    ]
    const { id } = execute(name, attributes, ids)
    const result = backend.createOutputTensor(cast(id, bfloat16, binding.TF_FLOAT))
    for (const used of [...made, id]) binding.deleteTensor(used)
    return result as Tensor4D
  }

  tf.registerKernel({
    kernelName,
    backendName: tf.getBackend(),
    kernelFunc: ({ inputs, attrs }) =>
      run('Conv2D', attrs as unknown as ConvAttributes, [
        inputs['x'] as TensorInfo,
        inputs['filter'] as TensorInfo,
      ]),
  })
  tf.registerGradient({
    kernelName,
    inputsToSave: ['x', 'filter'],
    gradFunc: (dy, saved, attrs) => {
      const [x, filter] = saved as [Tensor4D, Tensor4D]
      const attributes = attrs as unknown as ConvAttributes
      const given = dy as Tensor4D
      return {
        x: () => run('Conv2DBackpropInput', attributes, [{ sizes: x.shape }, filter, given]),
        filter: () => run('Conv2DBackpropFilter', attributes, [x, { sizes: filter.shape }, given]),
      }
    },
  })
}
