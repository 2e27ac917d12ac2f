// Where the windows of convolutions and pooling stand: TensorFlow's 'same' and 'valid' as explicit pads,
// as all sizes are known. Source: tensorflow/core/framework/common_shape_fns.cc, GetWindowedOutputSize.
import type { Attributes } from '../graph.ts'
import type { Settings } from '../settings.ts'

/** One number an axis of space. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padding: string
}

interface Placed {
  /** Of the output. */
  readonly sizes: readonly number[]
  readonly attributes: Attributes
}

/** The window of a layer's settings; `kernel` has one number an axis. */
export function windowOf(
  settings: Settings,
  kernel: readonly number[],
  defaultStrides: readonly number[],
): Window {
  const rank = kernel.length
  const hasStrides = settings.get('strides') !== undefined
  return {
    kernel,
    strides: hasStrides ? settings.numbers('strides', rank) : defaultStrides,
    dilations: settings.numbers('dilation_rate', rank, 1),
    padding: settings.text('padding', 'valid'),
  }
}

/** Only 'same' and 'valid' are known. */
export function refusesPadding(settings: Settings): string | undefined {
  const padding = settings.get('padding') ?? 'valid'
  return padding === 'same' || padding === 'valid'
    ? undefined
    : `${JSON.stringify(padding)} padding`
}

/** The window on inputs of these sizes, as attributes of ONNX: pads are all begins, then all ends. */
export function place(window: Window, inputSizes: readonly number[]): Placed {
  const { kernel, strides, dilations } = window
  const begins: number[] = []
  const ends: number[] = []
  const sizes = inputSizes.map((size, i) => {
    const stride = strides[i] ?? 1
    const reach = ((kernel[i] ?? 1) - 1) * (dilations[i] ?? 1) + 1
    const isSame = window.padding === 'same'
    const output = isSame ? Math.ceil(size / stride) : Math.floor((size - reach) / stride) + 1
    const pads = isSame ? Math.max((output - 1) * stride + reach - size, 0) : 0
    begins.push(Math.floor(pads / 2))
    ends.push(Math.ceil(pads / 2))
    return output
  })
  return {
    sizes,
    attributes: {
      kernel_shape: { ints: kernel },
      strides: { ints: strides },
      pads: { ints: [...begins, ...ends] },
    },
  }
}
