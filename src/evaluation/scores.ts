// What every exit says of every sample of a labelled set: the data that evaluation and calibration stand
// on. Early exits are off here: each sample runs through all stages.
import type { ExitGives } from '../domain/confidence.ts'

/** One exit of the chain, in order. */
export interface ExitFacts {
  /** Place among all exits of the family, from 0. */
  readonly index: number
  /** Index of the stage it belongs to. */
  readonly stage: number
  /** Unique, as a user reads it: the stage's name, with a number where the stage has several exits. */
  readonly name: string
  readonly gives: ExitGives
  /** As the manifest has them; undefined where it says nothing. */
  readonly temperature: number | undefined
  readonly threshold: number | undefined
}

/** One submodel of the chain, in order. */
export interface StageFacts {
  readonly name: string
  readonly folder: string
  /** The tier folder it was given by, as a place among the folders of the command line. */
  readonly tier: number
  /** Shape of one sample's features, without the batch axis; null for the last. */
  readonly features: readonly number[] | null
  readonly computeMs: ComputeMs
  /** Means over samples of the features' size, were they offloaded, bytes; null for the last. */
  readonly offload: OffloadBytes | null
  /** Multiply-adds of one sample, where the manifest names them. */
  readonly multiplyAdds?: number | undefined
}

/** Forward passes of single samples after a warm-up, milliseconds. */
export interface ComputeMs {
  readonly p50: number
  readonly p99: number
  /** How many were timed. */
  readonly passes?: number
}

/** Mean bytes of one sample's features by how they travel. */
export interface OffloadBytes {
  readonly float32: number
  readonly int8: number
  /** int8, then deflate (zlib's default level). */
  readonly int8Deflate: number
}

/** One labelled sample at every exit. */
export interface SampleScores {
  /** `LABEL/NAME.jpg`, or `test_batch.bin#17` for a set in one file. */
  readonly file: string
  /** Index of the truth in `labels`. */
  readonly label: number
  /** Class values of each exit, in the order of `exits`; logits or probabilities as its `gives` says. */
  readonly values: readonly Float32Array[]
}

export interface Scores {
  readonly labels: readonly string[]
  /** Of the family, where manifests name one. */
  readonly family: string | undefined
  readonly stages: readonly StageFacts[]
  readonly exits: readonly ExitFacts[]
  readonly samples: readonly SampleScores[]
  /** Files that could not be read, with the reason; they are in no figure. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[]
  /** sha256 over names and contents of the samples. */
  readonly dataHash: string
  /** Mean size of one sample as it came; undefined where nobody measured it. */
  readonly imageBytes?: ImageBytes
}

/** Mean bytes of one image: what an offloaded feature stands against. */
export interface ImageBytes {
  /** The file as it is, in its own size; undefined for sets without a file a sample. */
  readonly file: number | undefined
  /** As a JPEG of the network's size, quality 85; undefined for preprocessing that gives floats. */
  readonly jpeg: number | undefined
  /** uint8 pixels of the network's size. */
  readonly pixels: number
}
