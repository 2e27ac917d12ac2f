// What a floor is told of a network, plain data that crosses to its processes. Nothing in this room imports
// anything of ddnn but the types of the bench's seams: it is what ddnn is held against.

/** One submodel of the chain, in the order that images pass them. */
export interface BareStage {
  /** Of its process and of its exit: 'edge'. */
  readonly name: string
  /** The ONNX file: float32 [batch, ...input] in; `features` where it has any, then exits' logits out. */
  readonly model: string
  /** Without the batch axis. */
  readonly input: readonly number[]
  /** Without the batch axis, channels last; null of the last stage. */
  readonly features: readonly number[] | null
  /** How the features go on: 'float32', 'int8', 'int8+deflate', 'int4-channel+deflate'. */
  readonly codec: string
  readonly exits: readonly BareExit[]
}

export interface BareExit {
  /** 'softmax', the largest probability, or 'margin', how far it is from the second. */
  readonly criterion: string
  readonly temperature: number
  /** Least confidence that leaves here; the last stage's last exit is left whatever it is. */
  readonly threshold: number
}

/**
 * How a floor runs. Measured on two cores: in the chain one thread a session without a loop is the fastest, at
 * one in flight as at 64 (two cost 15 % more CPU, with a loop the others get none), and batches of 8 carry more
 * at 64 in flight than those of 32, which keep the next process waiting.
 */
export interface BareRun {
  /** The stage that every image is made to leave at; undefined takes each exit as it comes. */
  readonly leaveAt?: string | undefined
  /** Largest batch of a pass. */
  readonly maxBatchSize: number
  /** Threads of a pass. */
  readonly threads: number
  /** Whether those threads wait for the next pass in a loop: onnxruntime's own default. */
  readonly spins: boolean
}

/** What an image is answered with. */
export interface BareAnswer {
  /** Name of the stage. */
  readonly exit: string
  readonly prediction: number
  readonly confidence: number
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1)
}
