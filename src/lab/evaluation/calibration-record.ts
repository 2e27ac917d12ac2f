// From a calibration to what manifests hold of it. Pure.
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import type { ThresholdPath } from '../../domain/threshold-path.ts'
import { calibrationVersion, type CalibratedFolder } from '../../model/calibrated-manifests.ts'
import type { CalibrationRecord } from '../../model/manifest.ts'
import type { Calibration } from './calibrate.ts'
import { isHeardLater } from './exit-facts.ts'
import type { RiskBound } from './risk-bound.ts'
import type { ExitFacts, Scores } from './scores.ts'

/** The exits of each submodel's folder, in the order of the chain. */
export function calibratedFolders(
  { stages, exits }: Scores,
  calibration: Calibration,
  codec: FeatureCodec,
): readonly CalibratedFolder[] {
  return stages.map(({ folder, features }, stage) => ({
    folder,
    featureCodec: features === null ? undefined : codec,
    exits: exits.flatMap((facts, exit) => {
      const found = calibration.exits[exit]
      if (facts.stage !== stage || found === undefined) return []
      return [
        {
          index: facts.index,
          gives: found.gives,
          temperature: found.temperature,
          threshold: calibration.thresholds[exit],
          criterion: found.criterion,
          ...(found.learned === undefined ? {} : { learned: found.learned }),
          ...(found.memory === undefined ? {} : { memory: found.memory }),
          isRemembered: isHeardLater(exits, facts, calibration.exits),
          accuracy: found.accuracy,
          expected: calibration.expected[exit],
        },
      ]
    }),
  }))
}

/** `date` is ISO 8601, passed in so that the same calibration gives the same record. */
export function recordOf(
  { dataHash, setHashes, exits }: Scores,
  { goal, onChosen, onTested, bound, path }: Calibration,
  folders: readonly CalibratedFolder[],
  date: string,
): CalibrationRecord {
  const chosenOn = onChosen.samples
  const testedOn = onTested?.samples ?? 0
  return {
    version: calibrationVersion(folders),
    date,
    goal,
    data: { hash: dataHash, ...(setHashes && { sets: [...setHashes] }), chosenOn, testedOn },
    ...(bound === undefined ? {} : { risk: riskOf(bound, exits) }),
    ...(path === undefined ? {} : { path: inShort(path) }),
  }
}

/** Bounds that are not proved are not written. */
function riskOf(bound: RiskBound, exits: readonly ExitFacts[]): CalibrationRecord['risk'] {
  const { confidence, by, folds } = bound
  const isNet = bound.of === 'net'
  return {
    ...{ bound: isNet ? bound.net.bound : bound.bound, confidence },
    ...{ observed: isNet ? bound.net.observed : bound.observed, by },
    ...(isNet ? { of: bound.of } : {}),
    ...(folds === undefined ? {} : { folds: folds.count }),
    ...(bound.areExitsProved && bound.exits.length > 0
      ? {
          exits: bound.exits.map(({ exit, leftBy, leftAt }) => ({
            index: exits[exit]?.index ?? exit,
            leftBy: roundedUp(leftBy.bound),
            leftAt: roundedUp(leftAt.bound),
          })),
        }
      : {}),
  }
}

/** Of few digits, since every manifest of the family holds it. Thresholds stay as they were measured. */
function inShort({ chosen, points }: ThresholdPath): CalibrationRecord['path'] {
  return {
    chosen,
    points: points.map(({ thresholds, accuracy, loss, bound, leave, cost }) => ({
      thresholds: [...thresholds],
      accuracy: rounded(accuracy),
      loss: rounded(loss),
      ...(bound === undefined ? {} : { bound: roundedUp(bound) }),
      leave: leave.map(rounded),
      cost: rounded(cost),
    })),
  }
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}

/** A bound that is rounded down is none. */
function roundedUp(value: number): number {
  return Math.min(1, Math.ceil(value * 1e4) / 1e4)
}
