// What a form whose files are a graph of operations (ONNX, a tfjs graph model) tells of a network, and how it
// writes a part of it: graph-backbone.ts makes a backbone of it. Types only.
import type { Backbone, ExitHead } from './backbone.ts'
import type { OpGraph, OpNode } from './op-graph.ts'

/** Where a tensor's channels stand: after the batch, last, or unknown. */
export type ChannelAxis = 'first' | 'last' | undefined

/** Shapes with the batch axis, as one run gave them. */
export type ShapeOf = (tensor: string) => readonly number[] | undefined

export interface WholePart {
  /** Samples in every pass; undefined where any number will do, or nothing is known yet. */
  readonly batch: number | undefined
  /** Undefined for the network's input. */
  readonly from: PartTensor | undefined
  /** Tensors of the network, in order. */
  readonly outputs: readonly PartTensor[]
  readonly head: { readonly on: PartTensor; readonly weights: ExitHead } | undefined
  /** Whether the first output is given beside the head's logits. */
  readonly isFeaturesGiven: boolean
}

export interface PartTensor {
  readonly name: string
  /** Of one sample; undefined axes are open, and all of it is where it is not known yet. */
  readonly shape: readonly (number | undefined)[] | undefined
  readonly channels: 'first' | 'last'
  readonly dtype: string
}

export interface GraphForm<N extends OpNode = OpNode> {
  readonly format: Backbone['format']
  /** For messages. */
  readonly path: string
  readonly graph: OpGraph<N>
  readonly input: {
    /** Without the batch. */
    readonly shape: readonly (number | undefined)[]
    readonly batch: number | undefined
    readonly dtype: string
  }
  /** Where the channels of its outputs stand. */
  channelsOf(node: N, input: ChannelAxis): ChannelAxis
  /** Where it wants the channels of its input, whatever its outputs have. */
  channelsTaken(node: N): ChannelAxis
  /** Tensors whose shapes its multiply-adds are counted from; none of a node that costs nothing. */
  countedBy(node: N): readonly string[]
  /** Of a whole batch. */
  multiplyAdds(node: N, shapeOf: ShapeOf): number
  isConvolution(node: N): boolean
  /** Writes a model folder. @returns the names of its outputs. */
  write(folder: string, part: WholePart): Promise<readonly string[]>
}
