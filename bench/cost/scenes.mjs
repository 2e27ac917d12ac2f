// The tiers of bench/cost.mjs: one for each set of flags, all there from the start, loaded in turn.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePorts } from '../../dist/cli/plan-processes.js'
import { track } from '../chain/processes.mjs'
import { openScene } from '../scaling/scene.mjs'

const drainFile = fileURLToPath(new URL('./span-drain.mjs', import.meta.url))

/** Where spans go to: an address, and what ends it. */
export async function startDrain() {
  const child = track(fork(drainFile))
  const [port] = await once(child, 'message')
  return { url: `http://127.0.0.1:${port}`, stop: () => child.disconnect() }
}

/**
 * @param {readonly object[]} variants of variants.mjs
 * @param {{ spans: string }} where
 * @param {object} options of openScene
 * @returns {Promise<{ of(variant: object): { scene: object, port: number }, all: readonly object[] }>}
 */
export async function openScenes(variants, where, options) {
  const opened = new Map()
  for (const variant of variants) {
    const key = keyOf(variant, where)
    if (opened.has(key)) continue
    const [port] = await freePorts(1)
    const own = ['--http-port', String(port), '--http-host', '127.0.0.1']
    const flags = [...own, ...(options.flags ?? []), ...(variant.flags?.(where) ?? [])]
    opened.set(key, { scene: await openScene({ ...options, flags }), port })
  }
  return { of: (variant) => opened.get(keyOf(variant, where)), all: [...opened.values()] }
}

const keyOf = (variant, where) => JSON.stringify([variant.process, variant.flags?.(where)])
