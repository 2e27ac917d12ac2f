// The processes of a bench: started with the meter in them, read while they run, stopped, and none left.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const meter = new URL('./meter.mjs', import.meta.url).href
const children = new Set()

/** The checkout that this file is in. */
export const here = fileURLToPath(new URL('../..', import.meta.url))

export function killAll() {
  for (const child of children) child.kill('SIGKILL')
}

/** Keeps count of a child for killAll(). */
export function track(child) {
  children.add(child)
  child.on('close', () => children.delete(child))
  return child
}

function spawnNode(cwd, args, { env = {}, stdio }) {
  return track(
    spawn(process.execPath, ['--import', meter, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: [...stdio, 'ipc'],
    }),
  )
}

/** Starts a process that stays, and resolves when its log (stderr) says `readyWord`. */
export function startNode(cwd, args, readyWord = '"msg":"ready"') {
  const child = spawnNode(cwd, args, { stdio: ['ignore', 'inherit', 'pipe'] })
  return new Promise((resolve, reject) => {
    let log = ''
    let isReady = false
    child.stderr.on('data', (chunk) => {
      if (isReady) return
      log += chunk
      isReady = log.includes(readyWord)
      if (isReady) resolve(child)
    })
    child.on('close', () => reject(new Error(`a process ended before it was ready: ${log}`)))
  })
}

/**
 * Runs a process to its end. `onSpawn` is given the child, `onStart` is called at its first Produce.
 * @returns {Promise<{ out: string, seconds: number, spent: { cpuMs: number, requests: Record<string,
 *   number> } }>} its stdout, the time from that first Produce to the last line of stdout, and what it
 *   spent since that first Produce.
 */
export function runNode(cwd, args, onStart, onSpawn = () => {}) {
  const last = join(mkdtempSync(join(tmpdir(), 'ddnn-bench-')), 'last.json')
  const env = { DDNN_BENCH_LAST: last }
  const child = spawnNode(cwd, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onSpawn(child)
  let out = ''
  let startedAt
  let saidAt
  child.stdout.on('data', (chunk) => {
    out += chunk
    saidAt = performance.now()
  })
  child.on('message', (message) => {
    if (message !== 'started') return
    startedAt = performance.now()
    onStart()
  })
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`a process ended with ${code}\n${out}`))
      const seconds = (saidAt - startedAt) / 1000
      resolve({ out, seconds, spent: JSON.parse(readFileSync(last, 'utf8')) })
    })
  })
}

/** What a process spent up to now. */
export function readMeter(child) {
  return new Promise((resolve, reject) => {
    const onMessage = (message) => {
      if (message === 'started') return
      forget()
      resolve(message)
    }
    const onClose = () => {
      forget()
      reject(new Error('a tier ended while it was measured'))
    }
    const forget = () => child.off('message', onMessage).off('close', onClose)
    child.on('message', onMessage).on('close', onClose)
    child.send('reading')
  })
}

export function stop(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.on('close', resolve)
    child.kill('SIGTERM')
  })
}

const ticksASecond = process.platform === 'linux' ? Number(execFileSync('getconf', ['CLK_TCK'])) : 0

/** CPU of any process up to now, ms, its own and its threads'; undefined where there is no /proc. */
export function cpuMsOf(pid) {
  if (ticksASecond === 0 || pid === undefined) return undefined
  // The command stands in brackets and may hold spaces; utime and stime are the 14th and 15th field.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksASecond
}
