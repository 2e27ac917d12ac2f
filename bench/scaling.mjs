// How cost grows with replicas, tiers, partitions, rate, size and devices: real tiers over a real Kafka, with
// stand-ins of fixed time in place of networks, so that 8 replicas are told apart on a machine of 2 processors.
// Then the arithmetic from these figures up to 100,000 devices (scaling/arithmetic.mjs).
// Usage: node bench/scaling.mjs [--only replicas,tiers,partitions,rate,size,devices] [--replicas 1,2,3,4,6,8]
//   [--sample-ms 80] [--seconds 12] [--rounds 2] [--warm-seconds 60] [--out bench/runs/NAME]
// Needs `npm run build`; downloads what `npm test` needs.
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { killAll } from './chain/processes.mjs'
import { curvesOf } from './scaling/curves.mjs'
import { writeRun } from './scaling/report.mjs'
import { openScene } from './scaling/scene.mjs'
import { measureWindow } from './scaling/window.mjs'
import { readCommit } from '../dist/lab/bench/provenance.js'
import { startBroker } from '../scripts/kafka-broker.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'replicas,tiers,partitions,rate,size,devices' },
    replicas: { type: 'string', default: '1,2,3,4,6,8' },
    'sample-ms': { type: 'string', default: '80' },
    seconds: { type: 'string', default: '12' },
    rounds: { type: 'string', default: '2' },
    'warm-seconds': { type: 'string', default: '60' },
    out: { type: 'string' },
  },
})
const startedAt = new Date()
const commit = (await readCommit()) ?? 'not a git checkout'
const loadAtStart = loadavg()[0]
const scratch = mkdtempSync(join(tmpdir(), 'ddnn-scaling-'))
process.env.TMPDIR = scratch
const kafka = await startBroker({ isMeasured: true })
const context = {
  brokers: kafka.bootstrap,
  brokerPid: kafka.brokers[0]?.pid,
  scratch,
  seconds: Number(options.seconds),
  open: openScene,
}
const curves = curvesOf({
  replicas: options.replicas.split(',').map(Number),
  sampleMs: Number(options['sample-ms']),
}).filter(({ name }) => options.only.split(',').includes(name))
/** One window each: { curve, value, round, load, ...columns of scaling/window.mjs }. */
const rows = []

try {
  await warm(Number(options['warm-seconds']))
  for (let round = 1; round <= Number(options.rounds); round++) {
    for (const { name, values, run } of curves) {
      // There and back, so that no value always has the warmer broker.
      for (const value of round % 2 === 1 ? values : values.toReversed()) {
        for (const row of await run(value, context)) {
          rows.push({ curve: name, value, round, ...row })
          say(name, value, row)
        }
      }
    }
  }
} catch (error) {
  // Hours of windows are worth keeping.
  if (rows.length > 0) writeRun({ options, curves, rows, startedAt, loadAtStart, commit })
  throw error
} finally {
  killAll()
  await kafka.stop()
  rmSync(scratch, { recursive: true, force: true })
}
const text = writeRun({ options, curves, rows, startedAt, loadAtStart, commit })
process.stdout.write(text)

/** The broker's own compiler works through its first minutes; they are not counted. */
async function warm(seconds) {
  if (seconds === 0) return
  const scene = await openScene({ brokers: kafka.bootstrap, scratch, passMs: 1 })
  await measureWindow({ scene, brokerPid: context.brokerPid, load: { inFlight: 16 }, seconds })
  await scene.close()
}

function say(curve, value, { load, rate, p50, failures }) {
  const what = rate === undefined ? '' : `: ${rate.toFixed(1)}/s, p50 ${p50?.toFixed(1)} ms`
  const failed = failures > 0 ? `, ${failures} FAILED` : ''
  process.stderr.write(`${curve} ${value}, ${load}${what}${failed}\n`)
}
