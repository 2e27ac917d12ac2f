// What every exit says of every sample of a labelled set: the data that evaluation and calibration stand
// on. Early exits are off here: each sample runs through all stages.
import type { ExitGives } from '../../domain/confidence.ts'
import type { ExitMemory } from '../../domain/exit-memory.ts'
import type { FeatureCodec, FeatureForm } from '../../domain/feature-codec.ts'

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
  readonly memory?: ExitMemory | undefined
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
  /** What its features are on the wire, were they offloaded; null for the last. */
  readonly offload: Offload | null
  /** Multiply-adds of one sample, where the manifest names them. */
  readonly multiplyAdds?: number | undefined
}

/** Forward passes of single samples after a warm-up, milliseconds. */
export interface ComputeMs {
  readonly p50: number
  readonly p99: number
  /** How many were timed. */
  readonly passes?: number
  /** An image's share of full batches, where these were timed. */
  readonly batched?: number
}

/** One submodel's features on their way to the next. */
export interface Offload {
  /** How they travelled to the next submodel, whose values these are. */
  readonly codec: FeatureCodec
  /** Every codec that could encode them, float32 first; the one they travelled by among them. */
  readonly frames: readonly FrameFacts[]
  /** So much of each frame is memory of exits; none where undefined. */
  readonly memoryBytes?: number | undefined
}

/** One sample's features by one codec. */
export interface FrameFacts {
  readonly codec: FeatureCodec
  /** Mean over samples of the whole frame, header included: the value of the Kafka record. */
  readonly bytes: number
  /** Medians of single frames on one thread, microseconds. */
  readonly encodeUs: number
  readonly decodeUs: number
}

/** All samples once more, with every submodel's features in one form. */
export interface ComparedForm {
  readonly form: FeatureForm
  readonly samples: readonly SampleScores[]
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
  /** Shape of one sample as the first stage takes it. */
  readonly input?: readonly number[]
  readonly stages: readonly StageFacts[]
  readonly exits: readonly ExitFacts[]
  readonly samples: readonly SampleScores[]
  /** The same samples with other forms of features, where that was asked for. */
  readonly compared?: readonly ComparedForm[]
  /** Files that could not be read, with the reason; they are in no figure. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[]
  /** sha256 over names and contents of the samples. */
  readonly dataHash: string
  /** The same of each set, where they are of several. */
  readonly setHashes?: readonly string[]
  /** Mean size of one sample as it came; undefined where nobody measured it. */
  readonly imageBytes?: ImageBytes
}

/** Mean bytes of one image's frame, header included: what offloaded features stand against. */
export interface ImageBytes {
  /** With the file as it is, in its own size; undefined for sets without a file a sample. */
  readonly file: number | undefined
  /** With a JPEG of the network's size, quality 85; undefined for preprocessing that gives floats. */
  readonly jpeg: number | undefined
  /** With uint8 pixels of the network's size. */
  readonly pixels: number
}
