// Which code was measured.
import { execFileSync } from 'node:child_process'

/** What a run was made of, in words. */
export function commitOf(folder) {
  const git = (...args) => String(execFileSync('git', ['-C', folder, ...args])).trim()
  try {
    const isChanged = git('status', '--porcelain', '--untracked-files=no', 'src') !== ''
    return `${git('log', '-1', '--format=%h (%s)')}${isChanged ? ', and changes not committed' : ''}`
  } catch {
    return 'not a git checkout'
  }
}
