// A calibration's table as it lies on disk and travels: plain JSON, its columns as base64 of float32 (little-endian) and of
// one bit an image.
import type { CalibrationColumn, CalibrationTable } from './calibration-table.ts'
import { confidenceNames } from './confidence.ts'

interface PackedColumn extends Omit<CalibrationColumn, 'confidence' | 'right'> {
  readonly confidence: string
  readonly right: string
}

export interface PackedCalibration {
  readonly family: string | undefined
  readonly images: number
  readonly columns: readonly PackedColumn[]
}

/** More than this says little more, and is a lot to send. */
export const maxCalibrationImages = 1000

/** Confidences are rounded to float32. */
export function packCalibration({ family, images, columns }: CalibrationTable): PackedCalibration {
  return {
    family,
    images,
    columns: columns.map(({ confidence, right, ...facts }) => ({
      ...facts,
      confidence: packFloats(confidence),
      right: packBits(right),
    })),
  }
}

/** Undefined for what is no such table, or of a form that this release does not know. */
export function unpackCalibration(value: unknown): CalibrationTable | undefined {
  const { family, images, columns } = (value ?? {}) as Partial<Record<string, unknown>>
  if (typeof images !== 'number' || !Number.isSafeInteger(images)) return undefined
  if (images < 1 || images > maxCalibrationImages || !Array.isArray(columns)) return undefined
  const unpacked = columns.map((column) => unpackColumn(column, images))
  const whole = unpacked.filter((column) => column !== undefined)
  if (whole.length !== columns.length || whole.length === 0) return undefined
  return { family: typeof family === 'string' ? family : undefined, images, columns: whole }
}

function unpackColumn(value: unknown, images: number): CalibrationColumn | undefined {
  const { exit, criterion, temperature, confidence, right } = (value ?? {}) as Partial<
    Record<string, unknown>
  >
  const known = confidenceNames.find((name) => name === criterion)
  if (known === undefined || typeof confidence !== 'string' || typeof right !== 'string') return
  if (typeof exit !== 'number' || typeof temperature !== 'number') return undefined
  const floats = Buffer.from(confidence, 'base64')
  const bits = Buffer.from(right, 'base64')
  if (floats.length !== images * 4 || bits.length !== Math.ceil(images / 8)) return undefined
  return {
    exit,
    criterion: known,
    temperature,
    confidence: Array.from({ length: images }, (_, image) => floats.readFloatLE(image * 4)),
    right: Array.from({ length: images }, (_, image) =>
      ((bits[image >> 3] ?? 0) >> (image & 7)) & 1 ? 1 : 0,
    ),
  }
}

function packFloats(values: readonly number[]): string {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, i * 4)
  return bytes.toString('base64')
}

function packBits(values: readonly (0 | 1)[]): string {
  const bytes = Buffer.alloc(Math.ceil(values.length / 8))
  for (const [i, value] of values.entries()) {
    bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (value << (i & 7))
  }
  return bytes.toString('base64')
}
