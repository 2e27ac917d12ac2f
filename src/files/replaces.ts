// What a command may write over: what it made itself, and with --force anything. Asked by checkOutput.
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { madeBy } from '../domain/made-by.ts'
import { ConfigError } from '../errors.ts'

/**
 * `anything` with --force, and where rows are added to a file; `nothing` for what is dear or meant to be edited, as
 * measurements and ddnn.yaml. Else what a file's text is, where it is not the command's own: 'a file that ...'.
 */
export type Replaces = 'anything' | 'nothing' | ((text: string) => string | undefined)

/** As much of a file's beginning and of its end as is looked at, bytes. */
const lookBytes = 4096

const another = 'a file that ddnn did not make'

/** Before ddnn marked what it makes (0.1.0): the beginnings of its pages and figures, and what its manifests name. */
const unmarked = [
  /^<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n(<meta name="(viewport|color-scheme)" [^>]*>\n)+<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:/,
  /^<svg role="img" aria-label="[^"]*" xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="([\d.]+)" height="([\d.]+)" viewBox="0 0 \1 \2"><rect width="\1" height="\2" fill="#ffffff"\/>/,
  /^ *app\.kubernetes\.io\/part-of: ddnn$/m,
]

/** A page, a drawing or figures as JSON that ddnn wrote. */
export function ownReport(text: string): string | undefined {
  const isOwn =
    text.includes(madeBy) ||
    /^\s*\{[^{}]*"ddnn": "/.test(text) ||
    unmarked.some((form) => form.test(text))
  return isOwn ? undefined : another
}

/** A CSV whose first line holds these columns. */
export function ownTable(columns: RegExp): (text: string) => string | undefined {
  return (text) => (columns.test(text.split(/\r?\n/, 1)[0] ?? '') ? undefined : another)
}

/** @throws {ConfigError} DDNN_CONFIG_INVALID, naming the files that are there. Empty ones and devices hold nothing. */
export async function assertFree(
  files: readonly string[],
  replaces: Replaces,
  { folder, flag }: { readonly folder?: string; readonly flag: string },
): Promise<void> {
  if (replaces === 'anything') return
  const taken: { readonly file: string; readonly what: string }[] = []
  for (const file of files) {
    const text = await readEnds(file)
    if (text === undefined || text === '') continue
    const what = replaces === 'nothing' ? 'one' : replaces(text)
    if (what !== undefined && replaces === ownReport && (await isUnmarkedPng(file, text))) continue
    if (what !== undefined) taken.push({ file, what })
  }
  const [first] = taken
  if (first === undefined) return
  const names = taken.map(({ file }) => (folder === undefined ? `'${file}'` : basename(file)))
  const where = folder === undefined ? '' : ` in '${folder}'`
  const own = replaces === 'nothing' ? '' : ', or what ddnn made there'
  const got = taken.length === 1 ? first.what : replaces === 'nothing' ? 'them' : first.what
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected no ${names.join(', ')}${where} yet${own}, got ${got}`,
    { hint: `Pass --force to write over what is there, or name another place with ${flag}` },
  )
}

/** A PNG as 0.1.0 made it, beside its drawing of that time. */
async function isUnmarkedPng(file: string, text: string): Promise<boolean> {
  if (!file.endsWith('.png') || !text.slice(1).startsWith('PNG\r\n')) return false
  const drawing = (await readEnds(file.replace(/png$/, 'svg'))) ?? ''
  return !drawing.includes(madeBy) && ownReport(drawing) === undefined
}

/** The beginning of a file and its end; undefined where none is there, and of what is no file. */
async function readEnds(file: string): Promise<string | undefined> {
  // A pipe would wait for who writes to it.
  const stats = await stat(file).catch(() => undefined)
  if (stats?.isFile() !== true) return undefined
  const handle = await open(file, 'r').catch(() => undefined)
  if (handle === undefined) return undefined
  try {
    const read = async (position: number) => {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(lookBytes),
        0,
        lookBytes,
        position,
      )
      return buffer.subarray(0, bytesRead)
    }
    const parts = [await read(0)]
    if (stats.size > lookBytes) parts.push(await read(Math.max(lookBytes, stats.size - lookBytes)))
    // Together: a letter of several bytes may lie in both.
    return Buffer.concat(parts).toString('utf8')
  } finally {
    await handle.close()
  }
}
