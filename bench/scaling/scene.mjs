// What stands while something is measured: tiers as real processes in a chain, each in as many replicas as
// asked for, and a process of devices in front. New topics and groups for every scene.
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { here, startNode, stop, track } from '../chain/processes.mjs'
import { writeStandIn } from './stand-ins.mjs'

const askerFile = fileURLToPath(new URL('./asker.mjs', import.meta.url))
let scenes = 0

/**
 * @param {{ brokers: string, scratch: string, tiers?: number, replicas?: number, partitions?: number,
 *   devices?: number, side?: number, passMs?: number, sampleMs?: number, models?: string, threshold?: string,
 *   flags?: string[] }} options `replicas` of each tier; `side` of the square images, pixels; `models` is a folder in
 *   place of stand-ins; `flags` go to every tier.
 * @returns {Promise<{ tiers: import('node:child_process').ChildProcess[], asker:
 *   import('node:child_process').ChildProcess, load(what: object): void, end(): Promise<object>,
 *   close(): Promise<void> }>} `load` begins one, `end` ends it with what came.
 */
export async function openScene(options) {
  const { brokers, scratch, tiers: length = 1, replicas = 1, partitions = 8, devices = 1 } = options
  const { side = 4 } = options
  const id = `${process.pid}-${++scenes}`
  const topics = Array.from({ length }, (_, i) => [`asked-${id}-${i}`, `answered-${id}-${i}`])
  const tiers = []
  let asker
  try {
    // The last first: each finds its front there.
    for (let place = length - 1; place >= 0; place--) {
      const standIn = () =>
        writeStandIn(scratch, `${id}-${place}`, {
          side,
          passMs: options.passMs,
          sampleMs: options.sampleMs,
          isLast: place === length - 1,
        })
      const folder = options.models ?? standIn()
      const args = [join(here, 'dist/main.js'), '--models', folder, '--name', `tier-${id}-${place}`]
      args.push('--threshold', options.threshold ?? '1.1', '--log-format', 'json')
      args.push('--partitions', String(partitions))
      // Many partitions take a busy broker longer than a user would wait.
      args.push('--start-timeout-ms', '60000')
      args.push(...link('back', brokers, topics[place]), ...(options.flags ?? []))
      if (place < length - 1) args.push(...link('front', brokers, topics[place + 1]))
      for (let i = 0; i < replicas; i++) tiers.push(await startNode(here, args))
    }
    const settings = { brokers, topics: topics[0], partitions, devices, side }
    asker = await startAsker(settings)
  } catch (error) {
    await Promise.all(tiers.map(stop))
    throw error
  }
  return {
    tiers,
    asker,
    load: (what) => asker.send(what),
    end: () => answerOf(asker, { stop: true }),
    async close() {
      const ended = new Promise((resolve) => asker.once('close', resolve))
      asker.send({ end: true })
      await ended
      await Promise.all(tiers.map(stop))
    },
  }
}

function link(side, brokers, [requests, replies]) {
  const [asked, answered] = side === 'back' ? ['consumer', 'producer'] : ['producer', 'consumer']
  return [
    ...[`--${asked}-${side}`, brokers, `--${asked}-${side}-topic`, requests],
    ...[`--${answered}-${side}`, brokers, `--${answered}-${side}-topic`, replies],
  ]
}

async function startAsker(settings) {
  const child = track(fork(askerFile, [JSON.stringify(settings)], { cwd: here }))
  await answerOf(child, undefined)
  return child
}

/** Sends a message, where there is one, and waits for the next that comes. */
function answerOf(child, message) {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error('the process of devices ended'))
    child.once('close', onClose)
    child.once('message', (answer) => {
      child.off('close', onClose)
      resolve(answer)
    })
    if (message !== undefined) child.send(message)
  })
}
