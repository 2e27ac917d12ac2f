// A candidate as manifests hold it: thresholds, temperatures and codecs, in the form that calibration writes. Pure.
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import { calibrationVersion, type CalibratedFolder } from '../../model/calibrated-manifests.ts'
import type { CalibrationRecord } from '../../model/manifest.ts'
import { isHeardLater } from '../evaluation/exit-facts.ts'
import type { Candidate, PlanFacts } from './plan.ts'

/** One a submodel, in the order of the chain. */
export function calibratedFoldersOf(
  { arrangement, setting }: Candidate,
  { stages, exits }: PlanFacts,
): readonly CalibratedFolder[] {
  return stages.map(({ folder }, stage) => ({
    folder,
    featureCodec: codecBehind(stage, arrangement),
    exits: exits.flatMap((exit, e) => {
      const own = setting.exits[e]
      if (exit.stage !== stage || own === undefined) return []
      return [
        {
          index: exit.index,
          ...own,
          isRemembered: isHeardLater(exits, exit, setting.exits),
          threshold: setting.thresholds[e],
          criterion: setting.criterion,
        },
      ]
    }),
  }))
}

/** Undefined where the next submodel is in the same process: what the manifest says stays. */
function codecBehind(
  stage: number,
  { tiers, codecs }: Candidate['arrangement'],
): FeatureCodec | undefined {
  const cut = tiers.slice(0, -1).findIndex(({ to }) => to === stage + 1)
  return codecs[cut]?.codec
}

export interface RecordFacts {
  /** ISO 8601. */
  readonly date: string
  readonly goal: string
  readonly dataHash: string
  readonly chosenOn: number
  readonly testedOn: number
}

export function planRecord(
  folders: readonly CalibratedFolder[],
  { date, goal, dataHash, chosenOn, testedOn }: RecordFacts,
): CalibrationRecord {
  const version = calibrationVersion(folders)
  return { version, date, goal, data: { hash: dataHash, chosenOn, testedOn } }
}
