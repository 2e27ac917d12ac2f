// A process and all that it started, of any make: who they are, and their end. Ray starts a dozen.
import { execFile } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const endWithinMs = 10_000

/**
 * `pid` and its descendants that run now. `started` tells a process from a later one of the same id.
 * @returns {Promise<{ pid: number, command: string, started: string }[]>}
 */
export async function processTree(pid) {
  const all = await runningProcesses()
  const found = all.filter((one) => one.pid === pid)
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid))
  return found
}

/** Those that name a folder, of which nobody else knows, in their command: what a start that failed has left. */
export async function processesOf(folder) {
  return (await runningProcesses()).filter(({ command }) => command.includes(folder))
}

/** Waits for all of them to end, and ends those that do not. */
export async function endAll(tree) {
  const until = Date.now() + endWithinMs
  let left = await stillRunning(tree)
  while (left.length > 0 && Date.now() < until) {
    await setTimeout(100)
    left = await stillRunning(tree)
  }
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }
  return left
}

/** Those of them that have not ended; one that nobody has waited for yet has. */
export async function stillRunning(tree) {
  const all = await runningProcesses()
  return tree.filter(({ pid, started }) =>
    all.some((one) => one.pid === pid && one.started === started),
  )
}

async function runningProcesses() {
  const columns = ['-o', 'pid=', '-o', 'ppid=', '-o', 'stat=', '-o', 'lstart=', '-o', 'args=']
  const { stdout } = await run('ps', ['-ax', ...columns], {
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 16 << 20,
  })
  return stdout.split('\n').flatMap((line) => {
    // lstart is five words: Sun Nov 29 01:00:38 2026.
    const parts = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+((?:\S+\s+){4}\S+)\s+(.*)$/.exec(line)
    if (parts === null || parts[3].startsWith('Z')) return []
    const [, pid, parent, , started, command] = parts
    return [{ pid: Number(pid), parent: Number(parent), started, command }]
  })
}
