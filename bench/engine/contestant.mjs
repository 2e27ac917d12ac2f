// One who is measured, in a process of its own: either bare sessions or one of ddnn's engines. Asked over
// IPC, one task at a time; how it is started from the bench is `startContestant`.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { track } from '../chain/processes.mjs'

/**
 * @param {string} script beside this file; given `settings` as JSON, it answers each message once.
 * @returns {Promise<{ ready: object, ask: (message: object) => Promise<object>, pid: number,
 *   end: () => Promise<void> }>} `ready` is what it said first.
 */
export async function startContestant(script, settings, env = {}) {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = track(
    fork(path, [JSON.stringify(settings)], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  )
  let waiting
  const next = () => new Promise((resolve, reject) => (waiting = { resolve, reject }))
  child.on('message', (message) => waiting.resolve(message))
  child.on('exit', (code) => waiting?.reject(new Error(`${script} ended with ${code}`)))
  const ready = await next()
  const ask = (message) => {
    const answer = next()
    child.send(message)
    return answer
  }
  const end = () =>
    new Promise((resolve) => {
      waiting = { resolve, reject: resolve }
      // 'close' never comes where the parent lets go of the channel.
      child.once('exit', resolve)
      child.disconnect()
    })
  return { ready, ask, pid: child.pid, end }
}

/** In the contestant: says `ready`, then answers each message with what `handle` gives. */
export function answerTasks(ready, handle, onEnd = () => {}) {
  process.on('message', (message) => {
    handle(message).then(
      (answer) => process.send(answer),
      (error) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.on('disconnect', () => void Promise.resolve(onEnd()).then(() => process.exit(0)))
  process.send(ready)
}

/**
 * Runs `turn` again and again for so long, once before that uncounted.
 * @param {() => Promise<number>} turn resolves with the number of its images.
 * @returns {Promise<{ msAnImage: number, cpuMsAnImage: number, images: number }>}
 */
export async function timeTurns(sliceMs, turn) {
  await turn()
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  let images = 0
  do images += await turn()
  while (performance.now() - startedAt < sliceMs)
  const ms = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpu)
  return { msAnImage: ms / images, cpuMsAnImage: (user + system) / 1000 / images, images }
}
