// The labels file: one label a line, in the order of the network's classes.
import { readFile, stat } from 'node:fs/promises'
import { toLabel } from '../domain/labels.ts'
import { ConfigError } from '../errors.ts'
import { pathOfShown, plainName } from './file-name.ts'
import { codeOf } from './list-files.ts'
import { openPipe } from './read-pipe.ts'
import { decodeText } from './text-file.ts'

/** White space, marks of direction and spaces of no width, which copies from documents bring along. */
const around = /^[\s\u200b\u200e\u200f\u2060\ufeff]+|[\s\u200b\u200e\u200f\u2060\ufeff]+$/g

/** For all that comes out of a pipe, milliseconds: the shell's `<(...)` may take a while. */
const defaultPipeMs = 10_000

/** A million labels of 64 letters. A larger file is another one. */
const maxFileBytes = 64 * 1024 * 1024

/**
 * The labels of a file, in one form of letters (`toLabel`); white space around them, what takes no place there,
 * and empty lines do not count.
 * @throws DDNN_INPUT_MISSING when there is no such file or no label in it, DDNN_CONFIG_INVALID when it is no text of
 * one label a line, a label comes twice or could not be a folder's name.
 */
export async function readLabels(file: string, pipeMs = defaultPipeMs): Promise<readonly string[]> {
  const bytes = await readBytes(file, pipeMs)
  const text = decodeText(bytes, `the labels file '${file}'`)
  const lines = text.split('\n').map((line) => toLabel(line.replace(around, '')))
  const labels = lines.filter((line) => line !== '')
  if (labels.length === 0) {
    throw new ConfigError('DDNN_INPUT_MISSING', `Expected labels in '${file}', got none`, {
      hint: 'Write one label a line, in the order that the model was trained with',
    })
  }
  assertOneALine(labels, file)
  return checkLabels(labels, `'${file}'`)
}

async function readBytes(file: string, pipeMs: number): Promise<Uint8Array> {
  const path = pathOfShown(file)
  const found = await stat(path).catch((cause: unknown) => {
    throw missing(`got no '${file}'`, cause)
  })
  if (found.isDirectory()) throw missing(`got the folder '${file}'`)
  if (found.isFIFO()) return readPipe(file, pipeMs)
  if (!found.isFile()) throw missing(`got '${file}', which is no file`)
  if (found.size > maxFileBytes) throw tooLarge(file, found.size)
  return readFile(path).catch((cause: unknown) => {
    throw missing(`got '${file}', which cannot be read (${codeOf(cause)})`, cause)
  })
}

async function readPipe(file: string, pipeMs: number): Promise<Uint8Array> {
  const late = AbortSignal.timeout(pipeMs)
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of await openPipe(file, late)) {
      chunks.push(chunk)
      length += chunk.length
      if (length > maxFileBytes) throw tooLarge(file, length)
    }
  } catch (thrown) {
    if (thrown instanceof ConfigError) throw thrown
    const lack = length === 0 ? 'which nobody writes to' : 'whose writer does not end'
    const seen = late.aborted ? lack : `which cannot be read (${codeOf(thrown)})`
    throw missing(`got the pipe '${file}', ${seen}`, thrown)
  }
  return Buffer.concat(chunks)
}

function tooLarge(file: string, bytes: number): ConfigError {
  return missing(`got '${file}' of ${Math.round(bytes / 1e6)} MB, which is no list of labels`)
}

function missing(got: string, cause?: unknown): ConfigError {
  return new ConfigError('DDNN_INPUT_MISSING', `Expected a labels file, ${got}`, {
    hint: 'Pass --labels FILE, a text file with one label a line',
    cause,
  })
}

/** A number beside every name, before or behind it; the first line may be a heading. */
const numbered = /^(?:"?\d+"?\s*[,;\t]\s*\S|.*\S\s*[,;\t]\s*"?\d+"?$)/

/** Lists of other forms would be labels of odd names, and fail later on in other words. */
function assertOneALine(labels: readonly string[], file: string): void {
  const [first = '', ...rest] = labels
  const got = isJson(labels.join('\n'))
    ? 'JSON'
    : rest.length > 0 && rest.every((label) => numbered.test(label))
      ? 'a table (CSV)'
      : rest.length === 0 && /[,;\t]/.test(first)
        ? `one line, '${first.length > 60 ? `${first.slice(0, 57)}...` : first}'`
        : undefined
  if (got === undefined) return
  throw invalid(
    `Expected one label a line in '${file}', got ${got}`,
    'Write the names alone, one a line, in the order that the model was trained with',
  )
}

function isJson(text: string): boolean {
  if (!/^[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/**
 * Labels that name folders of images, each once; `where` is where they stand.
 * @throws DDNN_CONFIG_INVALID
 */
export function checkLabels(labels: readonly string[], where: string): readonly string[] {
  const seen = new Set<string>()
  const twice = labels.filter((label) => seen.has(toLabel(label)) || !seen.add(toLabel(label)))
  if (twice.length > 0) {
    throw invalid(`Expected each label in ${where} once, got '${twice.join("', '")}' again`)
  }
  const noFolder = labels.find(isNoName)
  if (noFolder !== undefined) {
    throw invalid(`Expected labels in ${where} to be names of folders, got '${noFolder}'`)
  }
  return labels
}

/** Names that are no UTF-8 are written with backslashes (`shownName`). */
function isNoName(label: string): boolean {
  const isPlain = plainName(label) === label
  return label === '.' || label === '..' || (isPlain ? /[/\\]/.test(label) : label.includes('/'))
}

function invalid(message: string, hint?: string): ConfigError {
  return new ConfigError('DDNN_CONFIG_INVALID', message, { hint })
}
