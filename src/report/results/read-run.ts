// A run on disk: a history file, or the folder that `train` wrote, with what stands beside it.
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { parseHistory, type History } from './history.ts'
import { readRecordedRun, type RecordedRun } from './run-record.ts'

export interface Run {
  /** Short, and another one for each run of a page. */
  readonly name: string
  /** Absolute path of the history. */
  readonly file: string
  readonly history: History
  /** Of run.json; undefined where there is none. */
  readonly record: RecordedRun | undefined
  /** Absolute paths of reports on the same models: evaluation, calibration. */
  readonly reports: readonly string[]
}

const historyName = 'model.history'
const reportNames = ['evaluation', 'calibration'].flatMap((name) => [
  `${name}.html`,
  `${name}.json`,
])

/**
 * Reads every run.
 * @throws DDNN_INPUT_MISSING when a file or folder is not there, or a folder has no history;
 * DDNN_INPUT_UNREADABLE when it is no history.
 */
export async function readRuns(paths: readonly string[]): Promise<readonly Run[]> {
  const files = await Promise.all(paths.map(findHistory))
  const names = namesOf(files)
  return Promise.all(
    files.map(async (file, i) => {
      const folder = dirname(file)
      return {
        name: names[i] as string,
        file,
        history: parseHistory(await readText(file), file),
        record: await readRecord(join(folder, 'run.json')),
        reports: await present(reportNames.map((name) => join(folder, name))),
      }
    }),
  )
}

async function findHistory(path: string): Promise<string> {
  const whole = resolve(path)
  const stats = await stat(whole).catch((cause: unknown) => {
    throw missing(`Expected a history or the folder of a run, got no such file: '${path}'`, cause)
  })
  if (!stats.isDirectory()) return whole
  const entries = await readdir(whole).catch((cause: unknown) => {
    throw missing(`Expected to read the folder '${path}'`, cause)
  })
  if (entries.includes(historyName)) return join(whole, historyName)
  const histories = entries.filter((name) => name.endsWith('.history')).toSorted()
  if (histories.length === 1) return join(whole, histories[0] as string)
  const got = histories.length === 0 ? 'no such file' : histories.join(', ')
  throw missing(`Expected '${path}' to hold ${historyName}, got ${got}`)
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw missing(`Expected to read '${file}', got ${String(cause)}`, cause)
  }
}

/** A run.json that is half written, or of somebody else, takes nothing from the curves. */
async function readRecord(file: string): Promise<RecordedRun | undefined> {
  try {
    return readRecordedRun(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}

async function present(files: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    files.map((file) =>
      stat(file).then(
        (stats) => stats.isFile(),
        () => false,
      ),
    ),
  )
  return files.filter((_, i) => found[i])
}

/** The folder's name or the file's, with as many folders before it as tell the runs apart. */
export function namesOf(files: readonly string[]): readonly string[] {
  const parts = files.map((file) => {
    const own = basename(file)
    const path = own === historyName ? dirname(file) : file.replace(/\.(history|json|csv)$/, '')
    return path.split(/[\\/]/).filter((part) => part !== '')
  })
  const longest = Math.max(...parts.map((path) => path.length))
  for (let depth = 1; depth <= longest; depth++) {
    const names = parts.map((path) => path.slice(-depth).join('/'))
    if (new Set(names).size === names.length) return names
  }
  // One file was given twice.
  return parts.map((path, i) => `${path.at(-1) ?? 'run'} (${i + 1})`)
}

function missing(message: string, cause?: unknown): ConfigError {
  return new ConfigError('DDNN_INPUT_MISSING', message, {
    hint: "Pass --input with model.history, or with the folder that 'ddnn train' wrote",
    cause,
  })
}
