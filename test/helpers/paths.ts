// Where things are, for tests that were compiled into another folder than the one they stand in.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout: DDNN_REPO, else the nearest folder above that is ddnn's and holds its sources. */
export const repoRoot = findRepoRoot()

/** Absolute path of something in the checkout. */
export function repoPath(...parts: readonly string[]): string {
  return join(repoRoot, ...parts)
}

function findRepoRoot(): string {
  if (process.env['DDNN_REPO']) return resolve(process.env['DDNN_REPO'])
  const starts = [dirname(fileURLToPath(import.meta.url)), process.cwd()]
  for (const start of starts) {
    for (let folder = start; ; folder = dirname(folder)) {
      if (isRepo(folder)) return folder
      if (folder === dirname(folder)) break
    }
  }
  throw new Error(`Expected a checkout of ddnn above ${starts.join(' or ')}; set DDNN_REPO to it`)
}

function isRepo(folder: string): boolean {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return false
  // A build folder has a package.json too, but no tsconfig: only the checkout holds sources.
  const { name } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string }
  return name === 'ddnn' && existsSync(join(folder, 'tsconfig.json'))
}
