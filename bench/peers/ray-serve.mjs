// Ray Serve: what a Python user would take. Each submodel is a deployment on onnxruntime, chained by handles;
// the first one takes raw pixels over HTTP (python/ray_serve.py). docs/benchmarks.md says how it is set.
import { mkdtemp, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startDriver } from '../../dist/lab/bench/driver/start-driver.js'
import { cpuMsOf } from '../../dist/lab/bench/meter/cpu.js'
import { endAll, processesOf, processTree } from './process-tree.mjs'
import { freePort, startPython } from './start-python.mjs'

export const packages = ['ray[serve]==2.60.0', 'onnxruntime==1.30.0']
/** The part of the description that both settings share. */
export const made = `${packages.join(', ')}: a deployment a submodel, batches of up to 32`
const attempts = 3
const client = fileURLToPath(new URL('./http-client.mjs', import.meta.url))

/**
 * @param {{ exported: readonly string[], exits?: 'thresholds' | 'last' }} options `exported` are the folders
 *   of `ddnn export`, first to last; `exits: 'last'` sends every image through all of them.
 * @returns {import('../../dist/lab/bench/contestant.js').Contestant}
 */
export function createPeer(options) {
  return {
    name: 'Ray Serve',
    kind: 'peer',
    description: `${made}; set for throughput as its guide says`,
    maxInFlight: Infinity,
    start: (setting) => startRay(setting, options),
  }
}

/** `flags` are further ones of ray_serve.py. */
export async function startRay(setting, { exported, exits = 'thresholds', flags = [] }) {
  // Not below `scratch`: sockets lie in it, whose paths may have 107 bytes, and Ray's names take 90 of them.
  const folder = await mkdtemp('/tmp/ray-')
  const port = await freePort()
  const serving = await startServing(folder, [
    ...['--models', ...exported.map((path) => resolve(path)), '--exits', exits],
    ...['--port', String(port), '--temp-dir', folder],
    ...flags,
  ])
  const seen = new Map()
  /** What runs of it now; HAProxy comes and goes with its routes. */
  const look = async () => {
    const tree = await processTree(serving.pid)
    for (const one of tree) seen.set(one.pid, one)
    return tree
  }
  const stopServing = async () => {
    await look()
    await serving.stop()
    await endAll([...seen.values(), ...(await processesOf(folder))])
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await look()
    const settings = { origin: `http://127.0.0.1:${port}`, path: '/' }
    const driver = await startDriver({ module: client, settings, setting })
    return {
      run: driver.run,
      read: async () => ({
        cpuMs: await cpuMsOf({ device: driver.pid, ...pidsByName(await look()) }),
        bytes: { device: (await driver.read()).bytes },
        parts: [],
      }),
      stop: async () => {
        await driver.stop()
        await stopServing()
      },
    }
  } catch (error) {
    await stopServing()
    throw error
  }
}

/** On a machine that is busy Ray gives its own processes too little time, and ends itself again. */
async function startServing(folder, args) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startPython({ what: 'Ray Serve', packages, script: 'ray_serve.py', args })
    } catch (error) {
      await endAll(await processesOf(folder))
      if (attempt < attempts) continue
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }
}

/** Replicas by their deployment, the rest of Ray by what it is; several of a kind are one sum. */
function pidsByName(tree) {
  const pids = {}
  for (const { pid, command } of tree) {
    const [, replica] = /^ray::ServeReplica:[^:]*:(\S+)/.exec(command) ?? []
    const [, actor] = /^ray::(\w+)/.exec(command) ?? []
    const [program] = /gcs_server|raylet|haproxy/.exec(command.split(' ')[0]) ?? []
    const name = replica ?? `ray ${actor ?? program ?? 'rest'}`
    ;(pids[name] ??= []).push(pid)
  }
  return pids
}
