// The shell scripts of the checkout as black boxes: run one to its end, or start it and watch.
import { spawn, type ChildProcess } from 'node:child_process'
import { tmpdir } from 'node:os'
import { repoPath } from './paths.ts'

export interface ScriptResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface ScriptOptions {
  /** Added to the surrounding environment, of which DDNN_K8S_* are left out; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The shell; default DDNN_TEST_SHELL ("busybox ash"), else sh. */
  readonly shell?: readonly string[]
}

export interface RunningScript {
  readonly child: ChildProcess
  readonly ended: Promise<ScriptResult>
  output(): string
}

/** Starts `sh SCRIPT ARGS` from a folder that is not the checkout. */
export function startScript(
  script: string,
  args: readonly string[],
  options: ScriptOptions = {},
): RunningScript {
  const [shell = 'sh', ...shellArgs] =
    options.shell ?? (process.env['DDNN_TEST_SHELL'] ?? 'sh').split(' ')
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('DDNN_K8S_'))
  const child = spawn(shell, [...shellArgs, repoPath(script), ...args], {
    cwd: tmpdir(),
    env: { ...Object.fromEntries(clean), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<ScriptResult>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return { child, ended, output: () => stdout + stderr }
}

export function runScript(
  script: string,
  args: readonly string[],
  options: ScriptOptions = {},
): Promise<ScriptResult> {
  return startScript(script, args, options).ended
}
