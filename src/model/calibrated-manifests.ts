// What a calibration found, written into the manifests of a family: all folders or none.
import { createHash } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConfidenceName, ExitGives } from '../domain/confidence.ts'
import type { ExitMemory } from '../domain/exit-memory.ts'
import type { FeatureCodec } from '../domain/feature-codec.ts'
import type { Learned } from '../domain/learned.ts'
import type { ExpectedExit } from '../domain/submodel.ts'
import { DdnnError, ModelError } from '../errors.ts'
import {
  isStagesManifest,
  manifestFile,
  parseFolderManifest,
  type CalibrationRecord,
  type FolderManifest,
} from './manifest.ts'

/** One exit as it is to decide from now on. */
interface CalibratedExit {
  /** Place among all exits of the family, from 0. */
  readonly index: number
  readonly gives: ExitGives
  readonly temperature: number
  /** Undefined on the family's last exit. */
  readonly threshold: number | undefined
  readonly criterion: ConfidenceName
  /** Of the criterion `learned`. */
  readonly learned?: Learned | undefined
  readonly memory?: ExitMemory | undefined
  /** Whether an exit behind it goes by what it says. */
  readonly isRemembered?: boolean | undefined
  /** 0 to 1. */
  readonly accuracy: number
  /** Of the samples that reach it; undefined where none did. */
  readonly expected?: ExpectedExit | undefined
}

/** One submodel's folder and its exits, in order. */
export interface CalibratedFolder {
  readonly folder: string
  readonly exits: readonly CalibratedExit[]
  /** How its features travel from now on; undefined where it gives none. */
  readonly featureCodec: FeatureCodec | undefined
}

/** Tells two calibrations of a family apart: a hash over what all its exits decide by, and the codecs. */
export function calibrationVersion(folders: readonly CalibratedFolder[]): string {
  const rules = folders.map(({ exits, featureCodec }) => [
    ...exits.map(({ gives, temperature, threshold, criterion, learned, memory }) => [
      gives,
      temperature,
      threshold ?? null,
      criterion,
      ...(learned === undefined ? [] : [learned]),
      ...(memory === undefined ? [] : [memory]),
    ]),
    ...(featureCodec === undefined ? [] : [featureCodec]),
  ])
  return createHash('sha256').update(JSON.stringify(rules)).digest('hex').slice(0, 12)
}

/**
 * Writes the exits and the record into every folder's ddnn.json; the rest of a manifest stays, its family too,
 * so tiers that were calibrated apart still match. A folder without a manifest gets one of what is known.
 *
 * All new manifests are written beside the old ones first (ddnn.json.part), and renamed when the last one is
 * whole. A rename that fails puts the old ones back. After a kill between two renames the parts that
 * are left are whole: the next `finishWriting` renames them.
 * @throws DDNN_MODEL_DAMAGED when a manifest is wrong, DDNN_OUTPUT_FAILED when one cannot be written.
 */
export async function writeCalibration(
  folders: readonly CalibratedFolder[],
  record: CalibrationRecord,
): Promise<readonly string[]> {
  const files: { readonly file: string; readonly old: string | undefined }[] = []
  const texts: string[] = []
  for (const { folder, exits, featureCodec } of folders) {
    const file = join(folder, manifestFile)
    const old = await readText(file)
    const text = manifestText(calibrated(old, file, { exits, featureCodec }, record))
    parseFolderManifest(text, file)
    files.push({ file, old })
    texts.push(text)
  }
  const renamed: { readonly file: string; readonly old: string | undefined }[] = []
  try {
    for (const [i, { file }] of files.entries()) await writeFile(partOf(file), texts[i] as string)
    for (const entry of files) {
      await rename(partOf(entry.file), entry.file)
      renamed.push(entry)
    }
    return files.map(({ file }) => file)
  } catch (cause) {
    for (const { file } of files) await rm(partOf(file), { force: true }).catch(() => undefined)
    for (const { file, old } of renamed) {
      await (old === undefined ? rm(file, { force: true }) : writeFile(file, old))
    }
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new DdnnError('DDNN_OUTPUT_FAILED', `Expected to write manifests, got ${message}`, {
      hint: 'The old manifests are in place; pass folders that you may write to',
      cause,
    })
  }
}

/**
 * Ends what a killed `writeCalibration` left: parts that belong to a calibration which another folder already
 * has are renamed, others removed. Returns the folders it put right.
 */
export async function finishWriting(folders: readonly string[]): Promise<readonly string[]> {
  const files = folders.map((folder) => join(folder, manifestFile))
  const current = new Set<string>()
  for (const file of files) {
    const version = versionIn(await readText(file), file)
    if (version !== undefined) current.add(version)
  }
  const finished: string[] = []
  for (const [i, file] of files.entries()) {
    const part = await readText(partOf(file))
    if (part === undefined) continue
    const version = versionIn(part, partOf(file))
    if (version !== undefined && current.has(version)) {
      await rename(partOf(file), file)
      finished.push(folders[i] as string)
    } else await rm(partOf(file), { force: true })
  }
  return finished
}

function calibrated(
  old: string | undefined,
  file: string,
  { exits, featureCodec }: Pick<CalibratedFolder, 'exits' | 'featureCodec'>,
  calibration: CalibrationRecord,
): FolderManifest {
  const manifest = old === undefined ? { format: 1 as const } : parseFolderManifest(old, file)
  if (isStagesManifest(manifest)) {
    throw new ModelError(
      'DDNN_MODEL_DAMAGED',
      `Expected '${file}' to be of one submodel, got a list`,
    )
  }
  return {
    ...manifest,
    ...(featureCodec === undefined ? {} : { featureCodec }),
    exits: exits.map(
      ({ index, gives, temperature, threshold, criterion, accuracy, expected, ...fitted }) => ({
        index,
        gives,
        temperature,
        ...(threshold === undefined ? {} : { threshold }),
        criterion,
        ...(fitted.learned === undefined ? {} : { learned: fitted.learned }),
        ...(fitted.memory === undefined ? {} : { memory: fitted.memory }),
        ...(fitted.isRemembered === true ? { remembered: true } : {}),
        accuracy: rounded(accuracy),
        ...(expected === undefined
          ? {}
          : {
              expected: { rate: rounded(expected.rate), confidence: rounded(expected.confidence) },
            }),
      }),
    ),
    calibration,
  }
}

/** A point of the path is a line: written out they would be most of the file. */
function manifestText(manifest: FolderManifest): string {
  const text = JSON.stringify(manifest, null, 2)
  const inLines = text.replace(/\{\s+"thresholds": [^{}]*\}/g, (point) =>
    point.replace(/\s*\n\s*/g, ' ').replace(/\[ | \]/g, (bracket) => bracket.trim()),
  )
  return `${inLines}\n`
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw thrown
  }
}

/** Undefined for half a file too: a part that was cut off is one to remove. */
function versionIn(text: string | undefined, file: string): string | undefined {
  if (text === undefined) return undefined
  try {
    const manifest = parseFolderManifest(text, file)
    return isStagesManifest(manifest) ? undefined : manifest.calibration?.version
  } catch {
    return undefined
  }
}

function partOf(file: string): string {
  return `${file}.part`
}
