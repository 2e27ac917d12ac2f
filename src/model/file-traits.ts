// Reads what the files of model folders look like from outside: sizes, times and inodes, nothing read but lists
// of stages. Cheap enough for every second.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { FileTraits } from '../domain/model-files.ts'
import { calibrationScoresFile } from './calibration-scores.ts'
import { manifestFile } from './manifest.ts'

/** Folders inside a model folder that belong to it: those of a SavedModel. */
const inner = ['variables', 'assets']

/** Weights stay as they are where it changes. */
export function isNoModel(name: string): boolean {
  return name === manifestFile || name.startsWith(calibrationScoresFile)
}

/** Looks at the folders, and at those that their lists of stages name. What is not there looks like that. */
export async function readTraits(folders: readonly string[]): Promise<FileTraits> {
  const given = folders.map((folder) => resolve(folder))
  const stages = await Promise.all(given.map(stagesOf))
  const all = [...new Set([...given, ...stages.flat()])]
  const manifests: string[] = []
  const models: string[] = []
  let isWriting = false
  for (const folder of all) {
    const names = await namesIn(folder)
    if (names === undefined) models.push(`${folder}: none`)
    for (const name of names ?? []) {
      if (name === `${manifestFile}.part`) isWriting = true
      else (isNoModel(name) ? manifests : models).push(await traitsOf(join(folder, name)))
    }
  }
  return {
    manifests: manifests.join('\n'),
    models: models.join('\n'),
    isWriting,
    files: manifests.length + models.length,
  }
}

/**
 * Names below a model folder, sorted; undefined where it is not there. Files that a copy still writes
 * (rsync's begin with a dot) are among them, so that a folder is not calm before its copy is done.
 */
export async function namesIn(folder: string): Promise<readonly string[] | undefined> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) return undefined
  const names: string[] = []
  for (const entry of entries) {
    // Kubernetes' own: the files beside it point through it.
    if (entry.name.startsWith('..')) continue
    const isInner = inner.includes(entry.name) && !entry.isFile()
    if (!entry.isDirectory() && !isInner) names.push(entry.name)
    else if (isInner) {
      const below = await readdir(join(folder, entry.name)).catch(() => [])
      names.push(...below.map((name) => join(entry.name, name)))
    }
  }
  return names.sort()
}

/**
 * Of what a link points to: files that are exchanged behind a link are other files. A pipe has another time
 * whenever it was read, and would keep a second reader for ever.
 */
async function traitsOf(file: string): Promise<string> {
  const stats = await stat(file).catch(() => undefined)
  if (stats?.isFile() !== true) return `${file}: ${stats === undefined ? 'none' : 'no file'}`
  return `${file}: ${[stats.mtimeMs, stats.size, stats.ino].join(' ')}`
}

/** Lists of stages, by the traits of their file: it is read again only when it has changed. */
const lists = new Map<string, { readonly traits: string; readonly stages: readonly string[] }>()

async function stagesOf(folder: string): Promise<readonly string[]> {
  const file = join(folder, manifestFile)
  const traits = await traitsOf(file)
  const known = lists.get(file)
  if (known?.traits === traits) return known.stages
  const stages = await readStages(folder, file)
  lists.set(file, { traits, stages })
  return stages
}

/** What is wrong with a manifest is for who reads it as one. */
async function readStages(folder: string, file: string): Promise<readonly string[]> {
  try {
    // A pipe gives its text once: to who reads it as a manifest.
    if (!(await stat(file)).isFile()) return []
    const { stages } = JSON.parse(await readFile(file, 'utf8')) as { stages?: unknown }
    if (!Array.isArray(stages)) return []
    return stages.map((stage) => resolve(folder, String(stage)))
  } catch {
    return []
  }
}
