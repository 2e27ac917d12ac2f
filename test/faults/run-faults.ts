// The scripts of bench/faults as `npm test` runs them: their short forms, for real, on this checkout's build.
import { spawn } from 'node:child_process'
import { repoPath } from '../helpers/paths.ts'

export interface FaultsRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `node bench/faults/NAME ARGS` to its end. */
export function runFaults(name: string, args: readonly string[]): Promise<FaultsRun> {
  const script = repoPath('bench', 'faults', name)
  const child = spawn(process.execPath, [script, ...args], {
    cwd: repoPath(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // A test that is given up on must not leave brokers behind.
  process.once('exit', () => child.kill('SIGTERM'))
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}
