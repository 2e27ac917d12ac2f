// From a calibration to what manifests hold of it. Pure.
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import { calibrationVersion, type CalibratedFolder } from '../../model/calibrated-manifests.ts'
import type { CalibrationRecord } from '../../model/manifest.ts'
import type { Calibration } from './calibrate.ts'
import type { Scores } from './scores.ts'

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
          isRemembered: calibration.exits.some(
            ({ memory }, other) => other !== exit && (memory?.weights[facts.index] ?? 0) > 0,
          ),
          accuracy: found.accuracy,
          expected: calibration.expected[exit],
        },
      ]
    }),
  }))
}

/** `date` is ISO 8601, passed in so that the same calibration gives the same record. */
export function recordOf(
  { dataHash }: Scores,
  { goal, onChosen, onTested, bound }: Calibration,
  folders: readonly CalibratedFolder[],
  date: string,
): CalibrationRecord {
  const chosenOn = onChosen.samples
  const testedOn = onTested?.samples ?? 0
  return {
    version: calibrationVersion(folders),
    date,
    goal,
    data: { hash: dataHash, chosenOn, testedOn },
    ...(bound === undefined
      ? {}
      : { risk: { bound: bound.bound, confidence: bound.confidence, observed: bound.observed } }),
  }
}
