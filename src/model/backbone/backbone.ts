// A network that was made elsewhere, opened so that exits can be attached to it: the seam between who reads and
// cuts it (a folder a form beside this file) and who trains the exits (lab/training). Types only.

/** A tensor at which the network can be cut: every way from its input to its outputs goes through it. */
export interface BackboneCut {
  readonly name: string
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
  }
  /** In order; never the input, and the output last. */
  readonly cuts: readonly BackboneCut[]
  /** Of one sample, the whole network. */
  readonly multiplyAdds: number
  readonly classes: number
  readonly gives: 'logits' | 'probabilities'
  /** Writes a model folder that gives these tensors, in this order, for an image: to learn exits from. */
  writeProbe(folder: string, names: readonly string[]): Promise<void>
  /** Writes a piece with its head as a model folder, in the network's own form. */
  writePiece(folder: string, piece: BackbonePiece): Promise<void>
}
