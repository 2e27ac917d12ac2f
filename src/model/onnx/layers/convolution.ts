// Convolutions of one and two axes of space, [N, c, h, w] in the graph. Kernels lie in tfjs as
// [...space, in, out], in ONNX as [out, in, ...space]; they are turned once, here.
import type { LayerCall, LayerKind } from '../layer.ts'
import { refusesChannelsFirst } from '../layer.ts'
import type { Settings } from '../settings.ts'
import { transpose } from '../transpose.ts'
import type { Value } from '../value.ts'
import { activate, refusesActivation } from './activation.ts'
import { place, refusesPadding, windowOf, type Window } from './window.ts'

const isOne = (numbers: readonly number[]) => numbers.every((number) => number === 1)

function refuses(settings: Settings): string | undefined {
  return refusesChannelsFirst(settings) ?? refusesPadding(settings) ?? refusesActivation(settings)
}

/** Neither does tfjs look at the dilation of these. */
function refusesDilated(settings: Settings): string | undefined {
  const hasDilation = !isOne(settings.numbers('dilation_rate', 2, 1))
  return refuses(settings) ?? (hasDilation ? 'dilation' : undefined)
}

/** A kernel for the graph: the axes of tfjs' in the order given. */
function kernel(
  { name, graph, weight }: LayerCall,
  weightName: string,
  shape: readonly number[],
  order: readonly number[],
): string {
  const stored = order.map((axis) => shape[axis] as number)
  return graph.floats(
    `${name}/${weightName}`,
    stored,
    () => transpose(weight(weightName, shape), shape, order).data,
  )
}

/** The bias as a list of inputs: none where the layer has none. */
function bias({ name, settings, graph, weight }: LayerCall, size: number): string[] {
  if (!settings.boolean('use_bias', true)) return []
  return [graph.floats(`${name}/bias`, [size], () => weight('bias', [size]))]
}

/** Adds a Conv node; `filters` is the name of its kernel, `channels` how many it gives. */
function convolve(
  { graph }: LayerCall,
  x: Value,
  window: Window,
  node: { inputs: readonly string[]; channels: number; groups?: number },
): Value {
  const { sizes, attributes } = place(window, x.shape.slice(0, -1))
  const name = graph.add('Conv', [x.name, ...node.inputs], {
    ...attributes,
    dilations: { ints: window.dilations },
    group: { int: node.groups ?? 1 },
  })
  return { name, shape: [...sizes, node.channels], stored: 'channels-first' }
}

function convolution(rank: 1 | 2): LayerKind {
  return {
    refuses,
    apply(call) {
      const { settings, graph, inputs } = call
      const x = graph.channelsFirst(inputs[0])
      const filters = settings.number('filters')
      const window = windowOf(settings, settings.numbers('kernel_size', rank), ones(rank))
      // Each group of filters sees as many channels, and no other group's.
      const groups = settings.number('groups', 1)
      const shape = [...window.kernel, (x.shape.at(-1) ?? 1) / groups, filters]
      const order = [rank + 1, rank, ...ones(rank).keys()]
      const weights = [kernel(call, 'kernel', shape, order), ...bias(call, filters)]
      return activate(
        settings,
        graph,
        convolve(call, x, window, { inputs: weights, channels: filters, groups }),
      )
    },
  }
}

function ones(count: number): number[] {
  return new Array<number>(count).fill(1)
}

/** The kernel [h, w, in, multiplier] of each channel by itself: [in * multiplier, 1, h, w]. */
function depthwise(call: LayerCall, x: Value, window: Window, withBias: boolean): Value {
  const channels = x.shape.at(-1) ?? 1
  const multiplier = call.settings.number('depth_multiplier', 1)
  const shape = [...window.kernel, channels, multiplier]
  const grouped = [channels * multiplier, 1, ...window.kernel]
  const weights = call.graph.floats(
    `${call.name}/depthwise_kernel`,
    grouped,
    () => transpose(call.weight('depthwise_kernel', shape), shape, [2, 3, 0, 1]).data,
  )
  const inputs = [weights, ...(withBias ? bias(call, channels * multiplier) : [])]
  return convolve(call, x, window, { inputs, channels: channels * multiplier, groups: channels })
}

const depthwiseConv2d: LayerKind = {
  refuses,
  apply(call) {
    const { settings, graph, inputs } = call
    const window = windowOf(settings, settings.numbers('kernel_size', 2), [1, 1])
    return activate(settings, graph, depthwise(call, graph.channelsFirst(inputs[0]), window, true))
  },
}

/** Each channel by itself, then across channels at each place. */
const separableConv2d: LayerKind = {
  refuses,
  apply(call) {
    const { settings, graph, inputs } = call
    const filters = settings.number('filters')
    const window = windowOf(settings, settings.numbers('kernel_size', 2), [1, 1])
    const middle = depthwise(call, graph.channelsFirst(inputs[0]), window, false)
    const shape = [1, 1, middle.shape.at(-1) ?? 1, filters]
    const weights = [kernel(call, 'pointwise_kernel', shape, [3, 2, 0, 1]), ...bias(call, filters)]
    const pointwise: Window = {
      kernel: [1, 1],
      strides: [1, 1],
      dilations: [1, 1],
      padding: 'valid',
    }
    const output = convolve(call, middle, pointwise, { inputs: weights, channels: filters })
    return activate(settings, graph, output)
  },
}

/**
 * The gradient of a convolution that would give this input. Its output is `size * stride`, and what a
 * kernel wider than the stride reaches beyond where padding is 'valid' (tfjs' deconvLength).
 */
const conv2dTranspose: LayerKind = {
  refuses: refusesDilated,
  apply(call) {
    const { settings, graph, inputs } = call
    const x = graph.channelsFirst(inputs[0])
    const filters = settings.number('filters')
    const window = windowOf(settings, settings.numbers('kernel_size', 2), [1, 1])
    const strides = window.strides
    const over = window.kernel.map((size, i) => size - (strides[i] ?? 1))
    const pads = over.map((more) => (window.padding === 'same' ? Math.max(more, 0) : 0))
    const begins = pads.map((pad) => Math.floor(pad / 2))
    const shape = [...window.kernel, filters, x.shape.at(-1) ?? 1]
    const weights = [kernel(call, 'kernel', shape, [3, 2, 0, 1]), ...bias(call, filters)]
    const name = graph.add('ConvTranspose', [x.name, ...weights], {
      kernel_shape: { ints: window.kernel },
      strides: { ints: strides },
      pads: { ints: [...begins, ...pads.map((pad, i) => pad - (begins[i] ?? 0))] },
      output_padding: { ints: over.map((more) => Math.max(-more, 0)) },
    })
    const sizes = x.shape
      .slice(0, -1)
      .map((size, i) => size * (strides[i] ?? 1) + Math.max(over[i] ?? 0, 0) - (pads[i] ?? 0))
    const output: Value = { name, shape: [...sizes, filters], stored: 'channels-first' }
    return activate(settings, graph, output)
  },
}

export const convolutionLayers: Readonly<Record<string, LayerKind>> = {
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  DepthwiseConv2D: depthwiseConv2d,
  SeparableConv2D: separableConv2d,
  Conv2DTranspose: conv2dTranspose,
}
