// Starts the Python peers of test/e2e/peers: a device or a tier as the original's, on kafka-python, and programs that
// ask a door by tritonclient.
// They speak to the test in lines of JSON on standard output.
import { spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { repoPath } from './paths.ts'

/** kafka-python speaks to the brokers, Pillow reads the images. Neither needs numpy. */
export const peerPackages: readonly string[] = ['kafka-python==2.3.3', 'pillow==11.3.0']

/** The same list as scripts/install-tensorflow.mjs has, so that both share one environment. */
export const tensorflowPackages: readonly string[] = [
  process.arch === 'x64' && process.platform === 'linux'
    ? 'tensorflow-cpu==2.20.0'
    : 'tensorflow==2.20.0',
]

/** The client of Triton, for the Open Inference Protocol over HTTP and gRPC. */
export const tritonPackages: readonly string[] = ['tritonclient[http,grpc]==2.73.0']

export type PeerScript = 'device.py' | 'tier.py' | 'tfjs_to_keras.py' | TritonScript
export type TritonScript = 'triton_forms.py' | 'triton_many.py'
export type PeerLine = Readonly<Record<string, unknown>>

export interface PythonPeer {
  readonly pid: number
  /** The line that said that it is ready. */
  readonly ready: PeerLine
  /** All lines after that one, growing. */
  readonly lines: readonly PeerLine[]
  /** Its exit code and signal, and what it wrote to standard error. */
  readonly exited: Promise<{ code: number | null; signal: string | null; stderr: string }>
  /**
   * Resolves once there are `count` lines, with the first `count` of them.
   * @throws when the peer ends before that, or the time is over; the message has its standard error.
   */
  waitForLines(count: number, timeoutMs: number): Promise<readonly PeerLine[]>
  /** SIGTERM, and after three seconds SIGKILL. Safe to call twice, and after its end. */
  stop(): Promise<void>
}

interface PythonEnv {
  readonly ensurePythonEnv: (packages: readonly string[]) => Promise<string>
}

/** Interpreter and environment of a script. The first call installs packages, which takes minutes. */
export async function pythonFor(
  script: PeerScript,
): Promise<{ python: string; env: NodeJS.ProcessEnv }> {
  const url = pathToFileURL(repoPath('scripts', 'python-env.mjs')).href
  const { ensurePythonEnv } = (await import(url)) as PythonEnv
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    TF_CPP_MIN_LOG_LEVEL: '3',
  }
  if (script.startsWith('triton_')) return { python: await ensurePythonEnv(tritonPackages), env }
  const plain = script === 'tfjs_to_keras.py' ? undefined : await ensurePythonEnv(peerPackages)
  if (script === 'device.py' && plain !== undefined) return { python: plain, env }
  // A tier needs both. Two packages of pure Python do not deserve a second TensorFlow of a gigabyte,
  // so it runs in TensorFlow's environment and finds kafka-python in the other one.
  if (plain !== undefined) env['PYTHONPATH'] = await sitePackages(plain)
  return { python: await ensurePythonEnv(tensorflowPackages), env }
}

/** Where an interpreter's environment keeps its packages: for the PYTHONPATH of another one. */
export async function sitePackages(python: string): Promise<string> {
  const code = 'import sysconfig; print(sysconfig.get_path("purelib"))'
  const child = spawn(python, ['-c', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  await once(child, 'close')
  return out.trim()
}

/**
 * Starts a peer and waits until it says that it is ready.
 * @throws when it ends or stays silent for `readyTimeoutMs` (default 120 s: TensorFlow loads slowly on a
 * busy machine), with its standard error.
 */
export async function startPeer(
  script: 'device.py' | 'tier.py' | TritonScript,
  args: readonly string[],
  options: { readyTimeoutMs?: number } = {},
): Promise<PythonPeer> {
  const { python, env } = await pythonFor(script)
  const child = spawn(python, [repoPath('test', 'e2e', 'peers', script), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const all: PeerLine[] = []
  let stderr = ''
  let ended = false
  const changes = new EventEmitter().setMaxListeners(0)
  const exited = once(child, 'close').then(([code, signal]) => {
    ended = true
    changes.emit('change')
    return { code: code as number | null, signal: signal as string | null, stderr }
  })
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (stderr = (stderr + text).slice(-8000)))
  createInterface({ input: child.stdout }).on('line', (line) => {
    all.push(JSON.parse(line) as PeerLine)
    changes.emit('change')
  })

  const waitForAll = async (count: number, timeoutMs: number): Promise<void> => {
    const until = Date.now() + timeoutMs
    while (all.length < count) {
      const left = until - Date.now()
      if (ended || left <= 0) {
        const why = ended ? 'it ended' : `${String(timeoutMs)} ms went by`
        const got = `${String(all.length)} lines of ${String(count)}`
        throw new Error(`Expected ${script} to say more, but ${why} after ${got}\n${stderr}`)
      }
      const signal = AbortSignal.timeout(left)
      await once(changes, 'change', { signal }).catch(() => undefined)
    }
  }
  const stop = async (): Promise<void> => await stopChild(child, exited, () => ended)
  try {
    await waitForAll(1, options.readyTimeoutMs ?? 120_000)
  } catch (error) {
    await stop()
    throw error
  }
  const [ready = {}] = all
  return {
    pid: child.pid ?? 0,
    ready,
    get lines() {
      return all.slice(1)
    },
    exited,
    waitForLines: async (count, timeoutMs) => {
      await waitForAll(count + 1, timeoutMs)
      return all.slice(1, count + 1)
    },
    stop,
  }
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<unknown>,
  hasEnded: () => boolean,
): Promise<void> {
  if (hasEnded()) return
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 3000)
  await exited
  clearTimeout(late)
}
