// What every exit said of the images that a calibration was measured on, for calibration-scores.json. Pure.
import type { CalibrationTable } from '../../domain/calibration-table.ts'
import { partsOfCodec, type FeatureCodec } from '../../domain/feature-codec.ts'
import { maxCalibrationImages } from '../../domain/packed-calibration.ts'
import type { Calibration } from './calibrate.ts'
import { columnsOfScores } from './columns-of-scores.ts'
import type { Scores } from './scores.ts'
import { splitSamples, type SplitOptions } from './split-samples.ts'

/**
 * Of the images that did not choose, if any: at most a thousand of them, drawn by the calibration's seed. With features
 * as they are to travel.
 */
export function calibrationScores(
  scores: Scores,
  calibration: Pick<Calibration, 'exits' | 'seed'>,
  {
    codec,
    ...options
  }: Pick<SplitOptions, 'split' | 'choosing'> & { readonly codec: FeatureCodec },
): CalibrationTable {
  const { exits, seed } = calibration
  const criteria = exits.map(({ criterion }) => criterion)
  const { form } = partsOfCodec(codec)
  const compared = scores.compared?.find((one) => one.form === form)
  const samples = compared?.samples ?? scores.samples
  const { chosenOn, testedOn } = splitSamples(samples, { ...options, seed })
  const shown = (testedOn.length > 0 ? testedOn : chosenOn).slice(0, maxCalibrationImages)
  const { confidence, isRight } = columnsOfScores(shown, scores.exits, exits, criteria)
  return {
    family: scores.family,
    images: shown.length,
    columns: scores.exits.map(({ index: exit }, i) => ({
      ...{ exit, criterion: criteria[i] ?? 'softmax' },
      temperature: exits[i]?.after.temperature ?? 1,
      confidence: Array.from(confidence[i] ?? []),
      right: Array.from(isRight[i] ?? [], (one) => (one === 1 ? 1 : 0)),
    })),
  }
}
