// The processes of a scene: `node dist/main.js ...` started, watched, ended; and what a process says of itself.
import { spawn } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts a ddnn process of a checkout. `env` is added; DDNN_* of the surrounding shell is left out.
 * @returns {{ name: string, pid: number, args: string[], ended: Promise<{ code: number | null, signal: string | null }>,
 *   isRunning: boolean, output(): string, waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>,
 *   signal(name: string): void, stop(signal?: string): Promise<{ code: number | null, signal: string | null }> }}
 */
export function startNode(root, name, args, { env = {}, nodeArgs = [], cwd } = {}) {
  const clean = Object.entries(process.env).filter(([key]) => !key.startsWith('DDNN_'))
  const child = spawn(process.execPath, [...nodeArgs, join(root, 'dist', 'main.js'), ...args], {
    cwd: cwd ?? root,
    env: { ...Object.fromEntries(clean), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let output = ''
  const listeners = new Set()
  const tell = () => listeners.forEach((listener) => listener())
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      // A long run's log would fill the memory.
      output = (output + text).slice(-1_000_000)
      tell()
    })
  }
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => {
      running.delete(child)
      resolve({ code, signal })
      tell()
    })
  })
  const node = {
    name,
    args,
    pid: child.pid,
    ended,
    get isRunning() {
      return running.has(child)
    },
    output: () => output,
    waitFor: (pattern, timeoutMs = 60_000) =>
      waitFor(pattern, timeoutMs, {
        name,
        listeners,
        output: () => output,
        isOver: () => !node.isRunning,
      }),
    signal: (signal) => child.kill(signal),
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      // A frozen process takes no SIGTERM.
      if (signal === 'SIGTERM') child.kill('SIGCONT')
      return ended
    },
  }
  return node
}

function waitFor(pattern, timeoutMs, { name, listeners, output, isOver }) {
  return new Promise((resolve, reject) => {
    const done = (act) => {
      clearTimeout(timer)
      listeners.delete(check)
      act()
    }
    const check = () => {
      const match = pattern.exec(output())
      if (match !== null) done(() => resolve(match))
      else if (isOver())
        done(() => reject(new Error(`${name} ended before ${pattern}:\n${output()}`)))
    }
    const timer = setTimeout(
      () =>
        done(() => reject(new Error(`${name}: no ${pattern} in ${timeoutMs} ms:\n${output()}`))),
      timeoutMs,
    )
    listeners.add(check)
    check()
  })
}

/** Resident memory in bytes, open file descriptors and CPU seconds; undefined where there is no /proc. */
export function readProcess(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return {
      rss: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024,
      handles: readdirSync(`/proc/${pid}/fd`).length,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    }
  } catch {
    return undefined
  }
}

/** Samples of /metrics, `[{ name, labels, value }]`. */
export async function readMetrics(port) {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return text
    .split('\n')
    .map((line) => /^([a-z_:]+)(?:\{(.*)\})? (\S+)$/i.exec(line))
    .filter((match) => match !== null)
    .map(([, name, labels = '', value]) => ({
      name,
      labels: Object.fromEntries(
        [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]),
      ),
      value: Number(value),
    }))
}

/** The sum of one metric's samples whose labels are these. */
export function sumOf(samples, name, labels = {}) {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) =>
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .reduce((sum, { value }) => sum + value, 0)
}
