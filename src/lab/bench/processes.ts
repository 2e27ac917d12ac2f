// The processes of a bench: started, waited for until they say that they are ready, ended; none outlives it.
import { spawn, type ChildProcess } from 'node:child_process'
import { DdnnError } from '../../errors.ts'

const children = new Set<ChildProcess>()
const keptLines = 20
const endWithinMs = 15_000

process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Sees to it that the child does not outlive this process. */
export function trackChild<C extends ChildProcess>(child: C): C {
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

interface StartOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>> | undefined
  /** What it is in messages: 'the tier edge'. */
  readonly what: string
  /** Told every line of stdout and stderr; what it gives, once it gives something, ends the start. */
  readonly readyOf: (line: string) => boolean
  readonly withinMs?: number
}

export interface StartedProcess {
  readonly child: ChildProcess
  readonly pid: number
  /** SIGTERM, and SIGKILL where it takes too long. */
  stop(): Promise<void>
}

/** @throws DDNN_CONFIG_INVALID with its last lines when it ends, or is not ready in time. */
export async function startProcess(options: StartOptions): Promise<StartedProcess> {
  const { command, args, env, what, readyOf, withinMs = 120_000 } = options
  const child = trackChild(
    spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
  const last: string[] = []
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) =>
      reject(new DdnnError('DDNN_CONFIG_INVALID', `Expected ${what} to start, ${why}`))
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      fail(`it was not ready in ${withinMs / 1000} s\n${last.join('\n')}`)
    }, withinMs)
    for (const stream of [child.stdout, child.stderr]) {
      onLines(stream, (line) => {
        last.push(line)
        if (last.length > keptLines) last.shift()
        if (!readyOf(line)) return
        clearTimeout(timer)
        resolve()
      })
    }
    child.once('error', (error) => {
      clearTimeout(timer)
      fail(error.message)
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      fail(`it ended with ${code ?? signal}\n${last.join('\n')}`)
    })
  })
  return { child, pid: child.pid as number, stop: () => endChild(child) }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), endWithinMs)
  await ended
  clearTimeout(timer)
}

function onLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}
