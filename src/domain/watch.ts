// What the live page is told: plain data, as JSON over server-sent events. The process that serves it makes them
// (serving/watch/), the page in the browser draws them (page/). Times are milliseconds, exits are places among all
// exits of the family, from 0.
import type { ConfidenceName } from './confidence.ts'
import type { CalibrationTable } from './calibration-table.ts'

/** How a tier is, as far as its neighbours can tell; of one replica, where a tier has several. */
export interface TierLife {
  /** Tells replicas apart: a few characters, another one after each start. */
  readonly instance: string
  /** Requests under way. */
  readonly inFlight: number
  /** Requests that ended in a second, over the last five. */
  readonly perSecond: number
  /** Bytes in a second, over the last five: what came to it, and what it offloaded. */
  readonly receivedBytesPerSecond: number
  readonly sentBytesPerSecond: number
  /** Requests since its start that ended with an answer of its own in place of its front's, and with an error. */
  readonly fallbacks: number
  readonly errors: number
}

export interface WatchedExit {
  readonly index: number
  /** The family's last exit always answers: it has no threshold to turn. */
  readonly isLast: boolean
  readonly criterion: ConfidenceName
  /** As its tier has it; undefined where that tier, of an earlier release, does not say. */
  readonly threshold: number | undefined
  /** As somebody turned it on this page, in place of `threshold`; undefined while nobody has. */
  readonly turned: number | undefined
  /** Whether it can be turned from here. */
  readonly canTurn: boolean
  /** On held-out samples, each of which was asked, 0 to 1. */
  readonly accuracy: number | undefined
  /** Of one sample, in this tier up to this exit. */
  readonly multiplyAdds: number | undefined
}

/** `here` serves the page; the others were asked: `answers`, or `silent` for `silentMs` now. */
export type TierState = 'here' | 'answers' | 'silent'

export interface WatchedTier {
  /** As its replies name it. */
  readonly name: string
  readonly state: TierState
  /** Since its last sign of life; 0 while it answers. */
  readonly silentMs: number
  /** Of ddnn; undefined where it does not say. */
  readonly version: string | undefined
  readonly family: string | undefined
  readonly exits: readonly WatchedExit[]
  /** What it says of itself; undefined of the second and later submodels of one process, and of earlier releases. */
  readonly life: TierLife | undefined
  /** Replicas that answered in the last ten seconds. */
  readonly replicas: number
  /** What keeps this process from being ready, in words; empty while it is, and of other tiers. */
  readonly missing: readonly string[]
}

/** Sent at first, and whenever something of it changes: event `state`. */
export interface WatchState {
  /** Of the process that serves the page. */
  readonly name: string
  readonly role: 'device' | 'tier' | 'gateway' | 'local'
  readonly version: string
  /** Class names in order; undefined where nothing tells them. */
  readonly labels: readonly string[] | undefined
  /** Nearest first, the process itself among them where it has models or sends images. */
  readonly tiers: readonly WatchedTier[]
  /** Of the calibration's images, what every exit said: what other thresholds would give. Undefined where none was kept. */
  readonly calibration: CalibrationTable | undefined
  /** `token`: who has one may turn thresholds; `never`: nobody may. */
  readonly writes: 'token' | 'never'
}

/** Of a tier that changes with every tick. */
export interface TierPulse {
  readonly name: string
  readonly state: TierState
  readonly silentMs: number
  readonly life: TierLife | undefined
}

/** Of answers within the last 20 seconds or so. */
export interface LatencyFacts {
  readonly count: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** What became of the images that left at one exit, since the start; exact. */
export interface ExitCount {
  readonly exit: number
  readonly images: number
  /** Of them those whose true class is known, and right ones among those. */
  readonly judged: number
  readonly right: number
  readonly latency: LatencyFacts | undefined
}

/** About four times a second: event `tick`. Counts are exact and of all images since the process started. */
export interface WatchTick {
  /** Since the process started. */
  readonly uptimeMs: number
  readonly images: number
  /** Answered by a tier in place of one in front of it that did not answer in time. */
  readonly fallbacks: number
  /** Without an answer. */
  readonly errors: number
  /** Images under way in this process. */
  readonly inFlight: number
  /** Total of a run with an end (a device's); undefined where images come without one. */
  readonly expected: number | undefined
  readonly exits: readonly ExitCount[]
  readonly latency: LatencyFacts | undefined
  readonly tiers: readonly TierPulse[]
}

/** A tier that an image passed. */
export interface ImageHop {
  readonly tier: string
  /** The deepest exit asked there; undefined where it gave no values. */
  readonly exit: number | undefined
  readonly confidence: number | undefined
  /** In this tier's own submodels. */
  readonly computeMs: number
  /** From receipt to reply in this tier, its front's time included. */
  readonly totalMs: number
  readonly isFallback: boolean
}

export interface WatchedImage {
  /** Running number of this process, from 1: never twice. */
  readonly number: number
  /** Correlation id, or the file of a run. */
  readonly id: string
  /** Before this tick was sent. */
  readonly agoMs: number
  readonly hops: readonly ImageHop[]
  /** Where it left, and what was answered; undefined without an answer. */
  readonly exit: number | undefined
  readonly tier: string | undefined
  readonly confidence: number | undefined
  /** Index of the class. */
  readonly prediction: number | undefined
  /** The true class, where it is known. */
  readonly label: number | undefined
  readonly isFallback: boolean
  /** Code and words, where there is no answer. */
  readonly problem: { readonly code: string; readonly message: string } | undefined
  readonly totalMs: number
  /** A small JPEG as a data URI; undefined where this process has features alone, and of most images of a fast run. */
  readonly thumbnail: string | undefined
}

/** A sample of the images that were answered since the last one: event `images`, at most twelve, four of each exit. */
export type WatchImages = readonly WatchedImage[]

/** Paths below the root of the HTTP port. */
export const watchPaths = {
  page: '/',
  /** Its files. */
  files: '/page/',
  /** GET: server-sent events `state`, `tick` and `images`. */
  events: '/page/events',
  /** GET: the state as JSON, once. */
  state: '/page/state',
  /** POST a `TurnThreshold`, with `authorization: Bearer TOKEN`; answers the new state, or 4xx with `{ error: { code, message, hint } }`. */
  thresholds: '/page/thresholds',
} as const

/** null gives the exit its own threshold back. */
export interface TurnThreshold {
  readonly exit: number
  readonly threshold: number | null
}
