// The four-process chain with every image sent to the cloud: round trips of one image at a time, images
// a second with many in flight, and what an image costs (CPU of the broker and of each process, requests
// to the broker). In the same run, in turns: another checkout of ddnn (--before), the bare chain (kafkajs
// alone, no engine), and peers in Python that do what the original does. Everything on loopback.
// Usage: node bench/chain.mjs [--before FOLDER] [--images 300] [--in-flight 1,16,64] [--rounds 2]
//   [--engines onnx,tensorflow,wasm] [--before-engines tensorflow] [--warm-seconds 120] [--peers 0]
//   [--out bench/runs/NAME]
// Needs `npm run build`, in FOLDER too; downloads what `npm test` needs.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startBare } from './chain/bare-chain.mjs'
import { startDdnn } from './chain/ddnn-chain.mjs'
import { measure } from './chain/measure.mjs'
import { runPeers } from './chain/peers.mjs'
import { here, killAll } from './chain/processes.mjs'
import { describeRun, rawCsv } from './chain/report.mjs'
import { drawFlower, labels } from '../dist/input/drawn-flowers.js'
import { startBroker } from '../scripts/kafka-broker.mjs'

const { values: options } = parseArgs({
  options: {
    before: { type: 'string' },
    images: { type: 'string', default: '300' },
    'in-flight': { type: 'string', default: '1,16,64' },
    rounds: { type: 'string', default: '2' },
    engines: { type: 'string', default: 'onnx' },
    // The same as --engines unless given: an older checkout may not have them all.
    'before-engines': { type: 'string' },
    'warm-seconds': { type: 'string', default: '120' },
    peers: { type: 'string', default: '0' },
    out: { type: 'string' },
  },
})
const count = Number(options.images)
const inFlights = options['in-flight'].split(',').map(Number)
const kafka = await startBroker({ isMeasured: true })
const { bootstrap } = kafka
const brokerPid = kafka.brokers[0]?.pid
/** One measured run each: { chain, round, inFlight, ...columns of chain/measure.mjs }. */
const rows = []
const warming = []
const loadAtStart = loadavg()[0]
const scratch = mkdtempSync(join(tmpdir(), 'ddnn-bench-'))
// Every process of a chain leaves its temporary files there too.
process.env.TMPDIR = scratch

try {
  const images = await drawImages()
  await warm(Number(options['warm-seconds']))
  const chains = chainsToRun(images)
  // A whole round that is not counted: the requests that only ddnn makes have their own code in the broker.
  if (Number(options['warm-seconds']) > 0) {
    for (const chain of chains) await runChain(chain, 0)
  }
  for (let round = 1; round <= Number(options.rounds); round++) {
    // There and back, so that neither of a pair always has the warmer broker.
    for (const chain of round % 2 === 1 ? chains : chains.toReversed()) {
      await runChain(chain, round)
    }
  }
  if (Number(options.peers) > 0) {
    const row = await runPeers({ bootstrap, images, count: Number(options.peers) })
    rows.push({ chain: 'Python peers', round: 1, inFlight: 1, ...row })
  }
} finally {
  killAll()
  await kafka.stop()
  rmSync(scratch, { recursive: true, force: true })
}
const text = describeRun({ options, rows, warming, loadAtStart })
process.stdout.write(text)
if (options.out !== undefined) {
  mkdirSync(options.out, { recursive: true })
  writeFileSync(join(options.out, 'raw.csv'), rawCsv(rows))
  writeFileSync(join(options.out, 'README.md'), text)
}

function chainsToRun(images) {
  const after = options.engines.split(',').map((engine) => ['after', here, engine])
  const before = (options['before-engines'] ?? options.engines)
    .split(',')
    .map((engine) => ['before', resolve(options.before ?? '.'), engine])
  const own = [...(options.before === undefined ? [] : before), ...after].map(
    ([name, folder, engine]) => ({
      name: `${name} ${engine}`,
      start: () => startDdnn({ folder, engine, bootstrap, images }),
    }),
  )
  const bare = {
    name: 'bare chain, no engine',
    start: () => startBare({ bootstrap, images: count }),
  }
  return [...own, bare]
}

async function runChain({ name, start }, round) {
  const chain = await start()
  // Fills caches, metadata and compiled code of these tiers; it is not counted.
  await chain.run(Math.max(...inFlights), () => {})
  for (const inFlight of inFlights) {
    const row = { chain: name, round, inFlight, ...(await measure(chain, brokerPid, inFlight)) }
    if (round > 0) rows.push(row)
    say(
      `round ${round}, ${name}, ${inFlight} in flight: p50 ${row.p50_ms.toFixed(1)} ms, ` +
        `${row.images_per_second.toFixed(1)}/s, broker ${row.broker_cpu_ms?.toFixed(2)} ms an image`,
    )
  }
  await chain.stop()
}

/** The bare chain at full speed until the time is over: the broker's own compiler has then done its work. */
async function warm(seconds) {
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    const chain = await startBare({ bootstrap, images: 1000 })
    for (let turn = 0; turn < 5 && performance.now() < end; turn++) {
      const { broker_cpu_ms: cpu } = await measure(chain, brokerPid, 16)
      if (cpu !== undefined) warming.push(cpu)
      say(`warming: broker ${cpu?.toFixed(2)} ms an image of the bare chain`)
    }
    await chain.stop()
  }
}

async function drawImages() {
  const folder = mkdtempSync(join(scratch, 'images-'))
  for (const label of labels) mkdirSync(join(folder, label))
  for (let i = 0; i < count; i++) {
    const label = labels[i % labels.length]
    const image = await drawFlower({ label, difficulty: i / count, seed: 9000 + i, size: 180 })
    writeFileSync(join(folder, label, `${String(i).padStart(4, '0')}.jpg`), image)
  }
  return folder
}

function say(line) {
  process.stderr.write(`${line}\n`)
}
