// The seam of planning: what was measured (PlanFacts), what is asked for (PlanOptions), and what comes of it
// (Candidate). Plain data; the planner is pure, so the same facts give the same plan.
import type { ConfidenceName, ExitGives } from '../../domain/confidence.ts'
import type { ExitMemory } from '../../domain/exit-memory.ts'
import type { FeatureCodec, FeatureForm } from '../../domain/feature-codec.ts'
import type { Learned } from '../../domain/learned.ts'
import type { LinkProfile } from '../links/profile.ts'
import type { LatencyGoal } from './latency-goal.ts'

/** What was measured on one machine, the unit of all speeds. */
export interface PlanFacts {
  /** The submodels, in order. */
  readonly stages: readonly StageCosts[]
  /** All exits, in order. */
  readonly exits: readonly PlannedExit[]
  /** Forms that an image may be sent in; at least one. */
  readonly images: readonly ImageForm[]
  /** From a file to pixels, by a device that holds the first submodel, milliseconds. */
  readonly readMs: number
  readonly groups: readonly SettingGroup[]
  /** Share of right answers of the last exit, nothing lost on the way. */
  readonly lastAccuracy: number
  /** Images that shares and accuracies are of. */
  readonly samples: number
}

interface PlannedExit {
  readonly name: string
  /** Place of its submodel among `stages`. */
  readonly stage: number
  /** Place among all exits of the family, as its manifest numbers it. */
  readonly index: number
}

export interface StageCosts {
  readonly name: string
  readonly folder: string
  /** One image alone, median, milliseconds. */
  readonly computeMs: number
  /** An image in full batches, milliseconds. */
  readonly batchedMs: number
  /** Its features by each codec; empty for the last. */
  readonly frames: readonly FrameCosts[]
}

/** Features on the wire: mean bytes of a whole frame, and milliseconds of one thread. */
export interface FrameCosts {
  readonly codec: FeatureCodec
  readonly bytes: number
  readonly encodeMs: number
  readonly decodeMs: number
}

/** An image on its way from a device that holds no submodel. */
export interface ImageForm {
  /** 'uint8', 'jpeg', 'webp:80'. */
  readonly name: string
  /** Flags of the device that sends it so. */
  readonly flags: readonly string[]
  /** Which pixels the first submodel gets: the `pixels` of a setting group. */
  readonly pixels: string
  /** Mean whole frame. */
  readonly bytes: number
  /** From a file to what is sent, and from what came to pixels, milliseconds of one thread. */
  readonly encodeMs: number
  readonly decodeMs: number
}

/** Pixels as the network was evaluated on: of files, uint8 and JPEG as it is. */
export const exactPixels = 'exact'

/** What exits do with pixels and features of one form. */
export interface SettingGroup {
  readonly pixels: string
  readonly form: FeatureForm
  readonly settings: readonly Setting[]
}

/** Thresholds, and what they do. Shares and accuracies are 0 to 1. */
export interface Setting {
  readonly criterion: ConfidenceName
  /** Of all exits but the last, under the criterion. */
  readonly thresholds: readonly number[]
  /** Of every exit, as a manifest takes them. */
  readonly exits: readonly {
    readonly gives: ExitGives
    readonly temperature: number
    /** Of the criterion `learned`. */
    readonly learned?: Learned | undefined
    readonly memory?: ExitMemory | undefined
    readonly accuracy: number
  }[]
  /** Share that leaves at each exit, and who is right: on images that did not choose, if any. */
  readonly left: readonly number[]
  readonly accuracy: number
  /** Accuracy lost to `lastAccuracy`: the larger one of the images that chose and the others. */
  readonly loss: number
}

export interface Place {
  /** As the link profile calls it. */
  readonly name: string
  /** Of this machine's: 0.25 takes four times as long. */
  readonly speed: number
  /** Processors of a replica; throughput grows with them, the time of one image alone does not. */
  readonly cores: number
  /** Whether it may hold submodels. */
  readonly isHost: boolean
}

export interface PlanOptions {
  /** In the order of the links; the first one is the device, which asks. */
  readonly places: readonly Place[]
  readonly links: LinkProfile
  readonly costs: HopCosts
  /** Cores that the facts were measured with. */
  readonly measuredCores: number
  /** Largest accuracy loss, 0 to 1. */
  readonly maxLoss: number
  readonly goal: LatencyGoal | undefined
  readonly demand: Demand | undefined
}

/** What a request costs beside its image or features. */
export interface HopCosts {
  /** A request and its reply through ddnn and a broker, without models and links, milliseconds. */
  readonly hopMs: number
  /** CPU of a tier for a request, beside compute and codecs, milliseconds. */
  readonly serveMs: number
  /** Whole reply, and what records and protocol add to each message, bytes. */
  readonly replyBytes: number
  readonly overheadBytes: number
}

/** How many images come, and what may be had for them. */
export interface Demand {
  /** Images a second, of all devices together. */
  readonly rate: number
  readonly devices: number
  /** Most that a replica or a link may be busy, 0 to 1. */
  readonly utilisation: number
  /** Of one tier. */
  readonly maxReplicas: number
}

/** Submodels `from` up to and without `to` at one place. */
export interface PlacedTier {
  readonly place: Place
  readonly from: number
  readonly to: number
}

/** Where everything runs and how it travels: all of a candidate but its thresholds. */
export interface Arrangement {
  /** In order; the first one is at the device where that holds submodels. */
  readonly tiers: readonly PlacedTier[]
  /** Undefined where the device holds the first submodel. */
  readonly image: ImageForm | undefined
  /** Of the features between each tier and the next. */
  readonly codecs: readonly FrameCosts[]
}

/** As `Part` of a bench: mean milliseconds over all images, those that never came there too. */
export interface PlanPart {
  /** A place, or of a hop who asks and who answers: 'edge-fog'. */
  readonly where: string
  readonly part: 'queue' | 'decode' | 'compute' | 'encode' | 'hop' | 'link'
  readonly ms: number
}

export interface Candidate {
  readonly arrangement: Arrangement
  readonly form: FeatureForm
  readonly setting: Setting
  /** Of each tier; 1 where no rate is asked for. */
  readonly replicas: readonly number[]
  /** Time of an image that leaves at each exit, milliseconds. */
  readonly exitMs: readonly number[]
  readonly meanMs: number
  readonly p95Ms: number
  readonly parts: readonly PlanPart[]
  /** Requests over each link of the profile, mean bytes an image over all images. */
  readonly linkBytes: readonly number[]
  /** Why it cannot be had at this rate; empty where it can. */
  readonly problems: readonly string[]
}
