// calibration-scores.json beside a submodel's manifest: what every exit of the family said of the images that calibrated it.
// No request needs it: the live page tells by it what other thresholds would give.
import { readFile, writeFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { CalibrationTable } from '../domain/calibration-table.ts'
import { DdnnError } from '../errors.ts'
import { packCalibration, unpackCalibration } from '../domain/packed-calibration.ts'

export const calibrationScoresFile = 'calibration-scores.json'

/** Undefined where there is none, or one that cannot be read: nothing that is served stands on it. */
export async function readCalibrationScores(folder: string): Promise<CalibrationTable | undefined> {
  try {
    return unpackCalibration(
      JSON.parse(await readFile(join(folder, calibrationScoresFile), 'utf8')),
    )
  } catch {
    return undefined
  }
}

/** @throws DDNN_OUTPUT_FAILED; the thresholds of the calibration are written by then. */
export async function writeCalibrationScores(
  folder: string,
  table: CalibrationTable,
): Promise<void> {
  const file = join(folder, calibrationScoresFile)
  const part = `${file}.part`
  try {
    await writeFile(part, `${JSON.stringify({ format: 1, ...packCalibration(table) }, null, 2)}\n`)
    await rename(part, file)
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause)
    throw new DdnnError('DDNN_OUTPUT_FAILED', `Expected to write '${file}', got ${got}`, {
      hint: 'All else is written, and works without it; the live page then tells of no other thresholds',
      cause,
    })
  }
}
