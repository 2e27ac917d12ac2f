// Settings of all thresholds from the safest to the cheapest, as calibration wrote them into the manifests: along it a tier
// may move while it serves. Pure.

/** One setting, with what it gave on the images of the calibration that did not choose it, if any, else on those that did. */
export interface PathPoint {
  /** One an exit but the family's last, in their order; null lets none leave there. None rises from point to point. */
  readonly thresholds: readonly (number | null)[]
  /** 0 to 1. */
  readonly accuracy: number
  /** Accuracy lost to the last exit; below 0 where early exits are right more often. */
  readonly loss: number
  /**
   * At most so many samples are answered wrong where the last exit is right; the bounds of all points hold at once, at the
   * confidence of the calibration. Undefined where all images chose.
   */
  readonly bound?: number | undefined
  /** Share that leaves at each exit, the last one too. */
  readonly leave: readonly number[]
  /** Mean cost of a sample, 1 where all go to the last exit. */
  readonly cost: number
}

export interface ThresholdPath {
  /** Which point the exits' own thresholds are. */
  readonly chosen: number
  /** From the first, which lets none leave early. */
  readonly points: readonly PathPoint[]
}

/** The most that a manifest holds. */
export const mostPathPoints = 32

/**
 * The point at a position from 0, the safest, to 1, the cheapest. Between two points it is the safer one: what lies between
 * was never measured, so nothing is interpolated.
 */
export function pointAt({ points }: ThresholdPath, position: number): PathPoint | undefined {
  const last = points.length - 1
  // A position that was computed from an index must find it again.
  return points[Math.max(0, Math.min(last, Math.floor(position * last + 1e-9)))]
}
