// What it costs a tier to be looked at: metrics scraped, traces sent, the live page watched, against nobody looking. One
// real tier over a real Kafka at 80 % of what it can; variants in turn, in short rounds there and back, so that what
// else the machine does falls on all of them. Variants stand in cost/variants.mjs, a line each.
// Usage: node bench/cost.mjs [--models saved_models/edge | stand-in] [--only NAME,...] [--load 0.8] [--seconds 3]
//   [--rounds 9] [--warm-seconds 30] [--out bench/runs/NAME]
// `stand-in` takes 1 ms an image and no CPU for it: what is left is ddnn's own, of which a cost is the largest share.
// Needs `npm run build`; downloads what `npm test` needs. About 5 minutes.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { killAll } from './chain/processes.mjs'
import { rawCsv, textOf } from './cost/report.mjs'
import { openScenes, startDrain } from './cost/scenes.mjs'
import { chosen } from './cost/variants.mjs'
import { measureWindow } from './scaling/window.mjs'
import { readCommit } from '../dist/lab/bench/provenance.js'
import { startBroker } from '../scripts/kafka-broker.mjs'

const { values: options } = parseArgs({
  options: {
    models: { type: 'string', default: 'saved_models/edge' },
    only: { type: 'string' },
    load: { type: 'string', default: '0.8' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '9' },
    'warm-seconds': { type: 'string', default: '30' },
    out: { type: 'string' },
  },
})
const startedAt = new Date()
const commit = (await readCommit()) ?? 'not a git checkout'
const loadBefore = loadavg()[0]
const scratch = mkdtempSync(join(tmpdir(), 'ddnn-cost-'))
process.env.TMPDIR = scratch
const variants = chosen(options.only?.split(','))
const kafka = await startBroker({ isMeasured: true })
const brokerPid = kafka.brokers[0]?.pid
const drain = await startDrain()
/** One window each: { round, variant, ...columns of scaling/window.mjs }. */
const rows = []
let text
try {
  const scenes = await openScenes(
    variants,
    { spans: drain.url },
    { brokers: kafka.bootstrap, scratch, ...tierOf(options.models) },
  )
  await warm(scenes)
  const { scene } = scenes.of(variants[0])
  const most = { inFlight: 32 }
  const { rate: capacity } = await measureWindow({ scene, brokerPid, load: most, seconds: 5 })
  const rate = capacity * Number(options.load)
  process.stderr.write(`${capacity.toFixed(0)} a second at most, ${rate.toFixed(0)} asked\n`)
  for (let round = 1; round <= Number(options.rounds); round++) {
    for (const variant of round % 2 === 1 ? variants : variants.toReversed()) {
      await measure(scenes.of(variant), variant, { round, rate })
    }
  }
  const loads = [loadBefore, loadavg()[0]]
  text = textOf({ options, rows, capacity, rate, startedAt, loads, commit })
  await Promise.all(scenes.all.map((one) => one.scene.close()))
} finally {
  killAll()
  await kafka.stop()
  rmSync(scratch, { recursive: true, force: true })
}
process.stdout.write(text)
if (options.out !== undefined) {
  mkdirSync(options.out, { recursive: true })
  writeFileSync(join(options.out, 'README.md'), text)
  writeFileSync(join(options.out, 'raw.csv'), rawCsv(rows))
}
process.exit()

/** As options of openScene. */
function tierOf(models) {
  if (models === 'stand-in') return { passMs: 1 }
  const { input } = JSON.parse(readFileSync(join(models, 'ddnn.json'), 'utf8'))
  return { models, side: input[0], threshold: 'always' }
}

/** The first seconds are of the compilers, in broker and tiers. */
async function warm(scenes) {
  const seconds = Number(options['warm-seconds']) / scenes.all.length
  for (const { scene } of scenes.all) {
    await measureWindow({ scene, brokerPid, load: { inFlight: 16 }, seconds, rampSeconds: 0 })
  }
}

async function measure({ scene, port }, variant, { round, rate }) {
  let stop
  try {
    stop = await variant.look?.(port)
  } catch (error) {
    if (round === 1) process.stderr.write(`${variant.name}: left out, ${error.message}\n`)
    return
  }
  const seconds = Number(options.seconds)
  const row = await measureWindow({ scene, brokerPid, load: { rate }, seconds, rampSeconds: 1 })
  stop?.()
  rows.push({ round, variant: variant.name, against: variant.against, ...row })
  const cpu = (row.tierCpu / row.rate).toFixed(3)
  process.stderr.write(`${round} ${variant.name}: ${cpu} ms, p50 ${row.p50.toFixed(1)} ms\n`)
}
