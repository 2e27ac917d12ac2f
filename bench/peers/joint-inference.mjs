// A two-model cascade in the manner of Sedna's joint inference (KubeEdge): a small model at the edge, and for
// what it is not sure of the whole image as JSON over HTTP to a large model in the cloud (python/joint_*.py).
// The edge submodel's exit is the small model, all submodels as one the large one.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startDriver } from '../../dist/lab/bench/driver/start-driver.js'
import { cpuMsOf } from '../../dist/lab/bench/meter/cpu.js'
import { freePort, startPython } from './start-python.mjs'

export const packages = [
  'fastapi==0.139.2',
  'uvicorn==0.51.0',
  'requests==2.34.2',
  'onnxruntime==1.30.0',
]
const client = fileURLToPath(new URL('./http-client.mjs', import.meta.url))

/**
 * @param {{ exported: readonly string[], exits?: 'thresholds' | 'last' }} options `exported` are the folders
 *   of `ddnn export`, first to last; `exits: 'last'` sends every image to the cloud.
 * @returns {import('../../dist/lab/bench/contestant.js').Contestant}
 */
export function createPeer({ exported, exits = 'thresholds' }) {
  return {
    name: 'two models',
    kind: 'peer',
    description: `${packages.join(', ')}: a small model, then the image as JSON to a large one`,
    maxInFlight: Infinity,
    start: (setting) => start(setting, exported, exits),
  }
}

async function start(setting, exported, exits) {
  const [edgePort, cloudPort] = [await freePort(), await freePort()]
  const origin = `http://127.0.0.1:${edgePort}`
  const folders = exported.map((path) => resolve(path))
  const started = []
  const stopAll = () => Promise.all(started.map((one) => one.stop()))
  const startPart = async (script, args) => {
    const what = `${script} of the two-model cascade`
    started.push(await startPython({ what, packages, script, args }))
  }
  try {
    await startPart('joint_cloud.py', ['--models', ...folders, '--port', String(cloudPort)])
    await startPart('joint_edge.py', [
      ...['--model', folders[0], '--exits', exits, '--port', String(edgePort)],
      ...['--cloud', `http://127.0.0.1:${cloudPort}/predict`],
    ])
    const [cloud, edge] = started
    const settings = { origin, path: '/' }
    const driver = await startDriver({ module: client, settings, setting })
    started.unshift(driver)
    return {
      run: driver.run,
      read: async () => ({
        cpuMs: await cpuMsOf({ device: driver.pid, edge: edge.pid, cloud: cloud.pid }),
        bytes: { device: (await driver.read()).bytes, edge: await sentToCloud(origin) },
        parts: [],
      }),
      stop: stopAll,
    }
  } catch (error) {
    await stopAll()
    throw error
  }
}

async function sentToCloud(origin) {
  return (await fetch(`${origin}/sent`)).json()
}
