// One process that this one starts and answers for. It has a channel to its parent, and ends when that is gone,
// however the parent ended; on its own it would be another process of the machine.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Tells `ddnn` that who started it answers for it (src/cli/process.ts). */
const supervisedEnv = 'DDNN_SUPERVISED'
const keptLines = 12
const isWindows = process.platform === 'win32'

export type OutputStream = 'stdout' | 'stderr'

interface ChildOptions {
  /** Of Node: a script, and what it takes. */
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Every line it writes. Without it the child writes to this process's own stdout and stderr. */
  readonly onLine?: (stream: OutputStream, line: string) => void
  readonly onMessage?: (message: unknown) => void
  /** Sent when this process exits while the child runs; default SIGKILL. */
  readonly lastSignal?: NodeJS.Signals
}

export interface ChildEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Child {
  readonly pid: number | undefined
  /** Resolves when it is gone and all it wrote has been told. */
  readonly ended: Promise<ChildEnd>
  /** The last lines of its stderr, oldest first. */
  words(): readonly string[]
  /** Asks it to end in order; by force when it has not within this time. Resolves when it is gone. */
  end(withinMs: number): Promise<void>
}

const running = new Map<ChildProcess, NodeJS.Signals>()
process.once('exit', () => {
  for (const [child, signal] of running) child.kill(signal)
})

/** Starts it. Never rejects or throws: a process that could not be started has ended. */
export function startChild(options: ChildOptions): Child {
  const { onLine } = options
  const through = onLine === undefined ? 'inherit' : 'pipe'
  const child = spawn(process.execPath, options.argv, {
    env: { ...process.env, [supervisedEnv]: '1', ...options.env },
    stdio: ['ignore', through, through, 'ipc'],
    // A group of its own: a Ctrl-C of the terminal reaches this process alone, which ends all in order.
    detached: !isWindows,
  })
  running.set(child, options.lastSignal ?? 'SIGKILL')
  const words: string[] = []
  const read = (stream: OutputStream) => {
    const input = child[stream]
    if (input === null || onLine === undefined) return Promise.resolve()
    const lines = createInterface({ input, crlfDelay: Infinity })
    lines.on('line', (line) => {
      if (stream === 'stderr') words.push(line)
      if (words.length > keptLines) words.shift()
      onLine(stream, line)
    })
    return once(lines, 'close')
  }
  const allRead = Promise.all([read('stdout'), read('stderr')])
  if (options.onMessage !== undefined) child.on('message', options.onMessage)
  const ended = new Promise<ChildEnd>((resolve) => {
    child.once('error', (error) => {
      words.push(error.message)
      if (child.pid === undefined) resolve({ code: null, signal: null })
    })
    child.once('exit', (code, signal) => {
      running.delete(child)
      void allRead.then(() => {
        resolve({ code, signal })
      })
    })
  })
  return {
    pid: child.pid,
    ended,
    words: () => words,
    async end(withinMs) {
      if (isWindows && child.connected) child.disconnect()
      else child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), withinMs)
      await ended
      clearTimeout(timer)
    },
  }
}

/** 'exit code 1', 'SIGKILL'. */
export function describeEnd({ code, signal }: ChildEnd): string {
  return signal ?? (code === null ? 'no start' : `exit code ${code}`)
}
