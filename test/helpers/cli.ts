// The built command line as a black box: run it, or start it and wait for a line of its log.
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { repoPath } from './paths.ts'

const entry = repoPath('dist', 'main.js')

export interface CliResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningCli {
  readonly child: ChildProcess
  readonly pid: number
  readonly ended: Promise<CliResult>
  /** Resolves when stderr or stdout matches; rejects with the output when it ends or time is over. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<CliResult>
  output(): string
}

const running = new Set<ChildProcess>()
const folders: string[] = []
process.on('exit', () => {
  // A failed assertion must not leave tiers behind that eat the next test's requests.
  for (const child of running) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

export interface CliOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  /** Another main.js than this checkout's. */
  readonly entry?: string
}

/**
 * Starts `node dist/main.js ARGS`. Variables of the surrounding shell that ddnn reads are left out. Engines get one thread,
 * as they would choose among tests that fill the machine: measuring it takes half a second of each process.
 */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('DDNN_'))
  const child = spawn(process.execPath, [options.entry ?? entry, ...args], {
    cwd: options.cwd ?? tempFolder(),
    env: { ...Object.fromEntries(clean), DDNN_ENGINE_THREADS: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return watch(child, options.timeoutMs)
}

/** A started process whose output is read from now on; killed when it runs for longer than it may. */
export function watch(
  child: ChildProcessByStdio<null, Readable, Readable>,
  timeoutMs = 180_000,
): RunningCli {
  running.add(child)
  let stdout = ''
  let stderr = ''
  const listeners = new Set<() => void>()
  const onData = () => listeners.forEach((listener) => listener())
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    onData()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    onData()
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const ended = new Promise<CliResult>((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ code, signal, stdout, stderr })
      onData()
    })
  })
  const output = () => `${stdout}\n${stderr}`
  return {
    child,
    pid: child.pid ?? 0,
    ended,
    output,
    waitFor: (pattern, timeoutMs = 60_000) =>
      new Promise((resolve, reject) => {
        const done = (act: () => void) => {
          clearTimeout(limit)
          listeners.delete(check)
          act()
        }
        const check = () => {
          const match = pattern.exec(output())
          if (match !== null) done(() => resolve(match))
          else if (child.exitCode !== null || child.signalCode !== null) {
            done(() => reject(new Error(`ended before ${String(pattern)}:\n${output()}`)))
          }
        }
        const limit = setTimeout(
          () => done(() => reject(new Error(`no ${String(pattern)} in time:\n${output()}`))),
          timeoutMs,
        )
        listeners.add(check)
        check()
      }),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal)
      return ended
    },
  }
}

/** Runs to the end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).ended
}

/** A folder of its own, under the system's temporary one, which is gone with this process. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ddnn-test-'))
  folders.push(folder)
  return folder
}

export type CsvRow = Readonly<Record<string, string>>

/** Rows of a semicolon CSV without quoted fields, by column name. */
export function readCsv(file: string): readonly CsvRow[] {
  const [header = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/)
  const columns = header.split(';')
  return lines.map((line) => {
    const fields = line.split(';')
    return Object.fromEntries(columns.map((column, i) => [column, fields[i] ?? '']))
  })
}

/** What a row answered: the deepest of its three predictions. */
export function answerOfRow(row: CsvRow): string {
  return row.Cloud_Prediction || row.Fog_Prediction || row.Edge_Prediction || ''
}
