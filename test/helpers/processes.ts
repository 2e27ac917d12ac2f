// Processes of this machine, by their ids: what a process has started, and what of it is still there.
import { execFileSync } from 'node:child_process'

interface Row {
  readonly pid: number
  readonly parent: number
  readonly isZombie: boolean
}

/** Ids of all that a process has started, and that those have started; not its own. */
export function descendantsOf(pid: number): readonly number[] {
  const all = rows()
  const found: number[] = []
  for (let next = [pid]; next.length > 0;) {
    next = all.filter(({ parent }) => next.includes(parent)).map((row) => row.pid)
    found.push(...next)
  }
  return found
}

/** Those that still run. One that has ended and waits to be read by its parent does not. */
export function runningOf(pids: readonly number[]): readonly number[] {
  return rows()
    .filter(({ pid, isZombie }) => pids.includes(pid) && !isZombie)
    .map(({ pid }) => pid)
}

function rows(): readonly Row[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, stat = ''] = line.trim().split(/\s+/)
      return { pid: Number(pid), parent: Number(parent), isZombie: stat.startsWith('Z') }
    })
}
