// The floor: the same hops and sizes with kafkajs alone (bench/bare-hop.mjs), no ddnn and no engine.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { here, runNode, startNode, stop } from './processes.mjs'
import { createTopics, newTopics } from './topics.mjs'

const script = join(here, 'bench/bare-hop.mjs')
/** About what a reply's JSON takes; it grows by a hop's worth at each. */
const replyBytes = 400

export async function startBare({ bootstrap, images }) {
  const topics = newTopics()
  await createTopics(bootstrap, topics)
  const args = (hop) => [script, JSON.stringify({ brokers: bootstrap, ...hop })]
  const hops = {
    edge: { back: topics.device, front: topics.edge, bytes: featureBytes('edge') },
    fog: { back: topics.edge, front: topics.fog, bytes: featureBytes('fog') },
    cloud: { back: topics.fog, bytes: replyBytes },
  }
  const start = async ([name, hop]) => [name, await startNode(here, args(hop), 'ready')]
  const tiers = Object.fromEntries(await Promise.all(Object.entries(hops).map(start)))

  async function run(inFlight, onStart, count = images) {
    const device = { front: topics.device, bytes: imageBytes(), images: count, inFlight }
    const { out, spent } = await runNode(here, args(device), onStart)
    const { times, seconds } = JSON.parse(out)
    return { times, rate: count / seconds, spent }
  }

  return { tiers, run, stop: () => Promise.all(Object.values(tiers).map(stop)) }
}

function manifest(name) {
  return JSON.parse(readFileSync(join(here, 'saved_models', name, 'ddnn.json'), 'utf8'))
}

/** An image as it is sent: one byte a value. */
export function imageBytes() {
  return manifest('edge').input.reduce((a, b) => a * b)
}

/** What a tier of the shipped family sends on: float32. */
export function featureBytes(name) {
  return manifest(name).features.reduce((a, b) => a * b) * 4
}
