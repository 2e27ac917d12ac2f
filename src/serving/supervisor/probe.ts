// Whether a process of ours is ready, by its own health page.
import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import { setTimeout } from 'node:timers/promises'

const everyMs = 100
const answerWithinMs = 2000

/** Resolves when the page answers 200. @throws the signal's reason. */
export async function untilReady(url: string, signal: AbortSignal): Promise<void> {
  while (!(await isWell(url))) await setTimeout(everyMs, undefined, { signal })
  signal.throwIfAborted()
}

function isWell(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const isTls = url.startsWith('https:')
    // Of this machine, and asked for no more than a yes: its certificate may name another host.
    const options = { agent: false, timeout: answerWithinMs, rejectUnauthorized: false } as const
    const request = (isTls ? getSecure : getPlain)(url, options, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => {
      resolve(false)
    })
  })
}
