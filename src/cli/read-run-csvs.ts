// The CSVs that `report` is given, from disk: texts of any program, then rows.
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ConfigError, DdnnError } from '../errors.ts'
import { decodeText } from '../input/text-file.ts'
import { parseRunCsv } from '../report/compare/parse-run-csv.ts'
import type { RunCsv } from '../report/compare/run-row.ts'

interface RunFile {
  readonly csv: RunCsv
  readonly sha256: string
}

/** A million rows; what is larger does not fit a text of JavaScript's. */
const maxFileBytes = 400e6

/**
 * One after the other, for each may be large.
 * @throws DDNN_INPUT_MISSING where there is no such file, DDNN_CONFIG_INVALID where it is no CSV of a run.
 */
export async function readRunCsvs(paths: readonly string[]): Promise<readonly RunFile[]> {
  const files: RunFile[] = []
  for (const path of paths) files.push(await readRunCsv(path))
  return files
}

async function readRunCsv(path: string): Promise<RunFile> {
  const bytes = await readBytes(path)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { csv: parseRunCsv(textOf(bytes, path), path), sha256 }
}

async function readBytes(path: string): Promise<Uint8Array> {
  const found = await stat(path).catch((cause: unknown) => {
    throw missing(`Expected the CSV of a run, got no file '${path}'`, cause)
  })
  if (found.isDirectory()) {
    const inside = join(path, 'results.csv')
    const isThere = await stat(inside).then(
      (stats) => stats.isFile(),
      () => false,
    )
    throw missing(
      `Expected the CSV of a run, got the folder '${path}'`,
      undefined,
      isThere ? `Pass '${inside}', which is in it` : undefined,
    )
  }
  if (found.size > maxFileBytes) {
    throw missing(
      `Expected a CSV of at most ${maxFileBytes / 1e6} MB, got '${basename(path)}' of ${Math.round(found.size / 1e6)} MB`,
      undefined,
      'Pass a part of its rows, under the same first line',
    )
  }
  return readFile(path).catch((cause: unknown) => {
    throw missing(`Expected to read '${path}', got ${(cause as NodeJS.ErrnoException).code}`, cause)
  })
}

/** The hint of other texts is of labels. */
function textOf(bytes: Uint8Array, path: string): string {
  try {
    return decodeText(bytes, `'${path}'`)
  } catch (thrown) {
    if (!(thrown instanceof DdnnError)) throw thrown
    throw new ConfigError('DDNN_CONFIG_INVALID', thrown.message, {
      hint: /UTF/.test(thrown.message) ? thrown.hint : 'Pass the CSV that a run wrote with -o',
      cause: thrown,
    })
  }
}

function missing(message: string, cause?: unknown, hint?: string): ConfigError {
  return new ConfigError('DDNN_INPUT_MISSING', message, {
    hint: hint ?? 'Pass the file that a run wrote with -o: results.csv where it was not given',
    cause,
  })
}
