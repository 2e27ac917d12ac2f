// A network that was made elsewhere, opened so that exits can be attached to it: the seam between who reads and
// cuts it (a folder a form beside this file) and who trains the exits (lab/training). Types only.

/** A tensor at which the network can be cut: every way from its input to its outputs goes through it. */
export interface BackboneCut {
  readonly name: string
  /** What makes it, as the network's form calls it: 'Relu', 'Add', 'Conv2D'. */
  readonly op: string
  /** Of one sample, without the batch axis, in the network's own layout. */
  readonly shape: readonly number[]
  /** Where channels stand; 'flat' of one axis. */
  readonly layout: 'nhwc' | 'nchw' | 'flat'
  /** Of one sample, from the input to here. */
  readonly multiplyAdds: number
  /** As float32. */
  readonly bytes: number
}

/** What is appended to a piece: average over the places of each channel, [dense + ReLU,] dense. */
export interface ExitHead {
  /** Row-major `[channels, units]` and `[units]`; straight from the average where undefined. */
  readonly hidden: Dense | undefined
  readonly logits: Dense
}

export interface Dense {
  /** Row-major `[inputs, outputs]`. */
  readonly kernel: Float32Array
  readonly bias: Float32Array
}

export interface BackbonePiece {
  /** Undefined for the network's input. */
  readonly from: string | undefined
  /** Undefined for the network's own output, which is then the piece's last (no `head` is needed there). */
  readonly to: string | undefined
  /** Outputs of the written model: [features of `to`, logits], or [logits] alone where `isLast`. */
  readonly head: ExitHead | undefined
  readonly isLast: boolean
}

export interface Backbone {
  readonly format: 'onnx' | 'tfjs-layers' | 'tfjs-graph'
  /** Of one image, without the batch axis, in the network's own layout; undefined axes are open. */
  readonly input: {
    readonly name: string
    readonly shape: readonly (number | undefined)[]
    readonly layout: 'nhwc' | 'nchw'
    /** Samples in every pass; undefined where any number will do. */
    readonly batch: number | undefined
    /** As the network's files call it: 'float32', 'uint8'. */
    readonly dtype: string
  }
  /** In order; never the input, and the output last. */
  readonly cuts: readonly BackboneCut[]
  /** Of one sample, the whole network. */
  readonly multiplyAdds: number
  /** Of its own output; 0 where that is no vector. */
  readonly classes: number
  /** Of its own output. */
  readonly gives: 'logits' | 'probabilities'
  /** The cut that its own classifier takes; the output itself where it has none. */
  readonly lastFeatures: string
  /**
   * The cut of this name. The end of a name will do, after a slash, and the name of an operation or layer.
   * @throws DDNN_CONFIG_INVALID where there is no such tensor, or ways go around it: names the nearest.
   */
  cutAt(name: string): BackboneCut
  /** Writes a model folder that gives these tensors, in this order, for an image: to learn exits from. */
  writeProbe(folder: string, names: readonly string[]): Promise<void>
  /**
   * Writes a piece with its head as a model folder, in the network's own form.
   * @returns names of the model's outputs, in order, for its manifest.
   */
  writePiece(folder: string, piece: BackbonePiece): Promise<readonly string[]>
}

/** What a probe gives for an input. */
export interface OutputFacts {
  /** The batch axis first. */
  readonly shape: readonly number[]
  /** 'float32', 'float16', 'int64'. */
  readonly dtype: string
}

/** Runs a model folder of this form once, on values of no meaning; its outputs in order. */
export type DescribeOutputs = (
  folder: string,
  format: Backbone['format'],
  /** The batch axis first, in the network's own layout. */
  inputShape: readonly number[],
) => Promise<readonly OutputFacts[]>
