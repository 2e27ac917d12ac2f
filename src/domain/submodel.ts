// What ddnn knows of one submodel: where its files are and what its manifest says. Plain data: the
// model room reads it from disk, the engines load it, the tier and the device decide by it.
import type { CalibrationTable } from './calibration-table.ts'
import type { ConfidenceName, ExitGives } from './confidence.ts'
import type { ExitMemory } from './exit-memory.ts'
import type { FeatureCodec } from './feature-codec.ts'
import type { Learned } from './learned.ts'
import type { Orientation } from './orientation.ts'
import type { Shape } from './tensor.ts'
import type { ThresholdPath } from './threshold-path.ts'

/** How the weights are stored, recognised by content. */
export type ModelFormat = 'tfjs-layers' | 'tfjs-graph' | 'saved-model' | 'onnx' | 'fixed-time'

/** One exit of a submodel. */
export interface ExitSpec {
  /** Place among all exits of the family, from 0; counted on from the exits before it where undefined. */
  readonly index: number | undefined
  /** undefined where the manifest is silent: logits, as a rule. */
  readonly gives: ExitGives | undefined
  /** Softmax temperature; 1 where none was fitted. */
  readonly temperature: number
  /** Least confidence that leaves here; undefined where the manifest has none. */
  readonly threshold: number | undefined
  /** What the threshold is compared with; softmax where the manifest does not say. */
  readonly criterion?: ConfidenceName | undefined
  /** Of the criterion `learned`; undefined where it was not fitted. */
  readonly learned?: Learned | undefined
  /** Accuracy measured on held-out data, 0 to 1. */
  readonly accuracy: number | undefined
  /** What calibration found of the samples that reached it; undefined where the manifest is silent. */
  readonly expected?: ExpectedExit | undefined
  /** How it goes by the exits before it, as calibration fitted it; by its own values alone where undefined. */
  readonly memory?: ExitMemory | undefined
  /** Whether an exit behind it goes by what it says. */
  readonly isRemembered?: boolean | undefined
}

/** Of the samples that reach an exit. */
export interface ExpectedExit {
  /** Share that leaves there, 0 to 1. */
  readonly rate: number
  /** Mean confidence, by its criterion. */
  readonly confidence: number
}

/** Of red, green and blue. */
export type ChannelValues = readonly [number, number, number]

/** From an image to the network's input: resize to height x width, then (value x scale - mean) / std. */
export interface Preprocessing {
  /** undefined where the manifest leaves it to the model. */
  readonly height: number | undefined
  readonly width: number | undefined
  /** A uint8 value times this is what the network takes; `defaultScale` where it is undefined. */
  readonly scale: number | undefined
  /** 0 where it is undefined. */
  readonly mean?: ChannelValues | undefined
  /** 1 where it is undefined. */
  readonly std?: ChannelValues | undefined
  /** What it was trained with of photos that are stored turned; `defaultOrientation` where the manifest is silent. */
  readonly orientation?: Orientation | undefined
}

/** A submodel as its folder tells it. Fields from the manifest are undefined where there is none. */
export interface SubmodelSpec {
  /** Last part of the folder's path: 'edge'. */
  readonly name: string
  /** Absolute path. */
  readonly folder: string
  readonly format: ModelFormat
  /** Hash over the manifests of the family trained together. */
  readonly family: string | undefined
  readonly version: string | undefined
  /** Place in the chain of submodels, from 0, and how many there are. */
  readonly place: { readonly index: number; readonly count: number } | undefined
  /** Input of one sample. */
  readonly input: Shape | undefined
  /** Where images of the model have their channels, where the manifest says it. */
  readonly layout?: 'nhwc' | 'nchw' | undefined
  /** Features of one sample; null where the manifest says that it gives none. */
  readonly features: Shape | null | undefined
  /** How its features travel to the next tier; float32 where the manifest is silent. */
  readonly featureCodec?: FeatureCodec | undefined
  /** Names of the outputs, features first, where the manifest tells their order. */
  readonly outputs?: readonly string[] | undefined
  /** In the order of the outputs; undefined where the manifest is silent. */
  readonly exits: readonly ExitSpec[] | undefined
  /** Multiply-adds of one sample; undefined where the manifest is silent. */
  readonly multiplyAdds?: number | undefined
  readonly labels: readonly string[] | undefined
  readonly preprocessing: Preprocessing | undefined
  /** Of the whole family; undefined where no calibration.json lies beside the manifest. */
  readonly calibration?: CalibrationTable | undefined
  /** Hashes of the images that calibrated it, those that tested among them, and of each set where there were two. */
  readonly calibratedOn?: readonly string[] | undefined
  /** Of the whole family: settings that its tiers may move along. */
  readonly path?: ThresholdPath | undefined
}

/** Pixels become 0 to 1. */
export const defaultScale = 1 / 255

/** What a uint8 value is multiplied with for this submodel's network. */
export function scaleOf(spec: Pick<SubmodelSpec, 'preprocessing'> | undefined): number {
  return spec?.preprocessing?.scale ?? defaultScale
}
