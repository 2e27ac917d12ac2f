// `npm run soak`: half an hour at 80 % of capacity; how memory, handles and tensors of each tier grow, and whether
// every image had its answer.
// Usage: node bench/faults/soak.mjs [--short] [--minutes 30] [--share 0.8] [--engine wasm] [--root CHECKOUT]
//   [--out bench/runs/NAME]
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startCluster } from './cluster.mjs'
import { distinctImages, localAnswers } from './images.mjs'
import { readMetrics, readProcess, sumOf } from './process.mjs'
import { factsOf, fillDocs, repoRoot, writeRun } from './record.mjs'
import { openScene } from './scene.mjs'
import { slopeOf } from './slope.mjs'
import { judge } from './verdict.mjs'

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    share: { type: 'string', default: '0.8' },
    engine: { type: 'string', default: 'wasm' },
    root: { type: 'string', default: repoRoot },
    out: { type: 'string' },
  },
})
const root = resolve(flags.root)
const seconds = 60 * Number(flags.minutes ?? (flags.short ? 0.13 : 30))
/** Caches, pools and the compiler of JavaScript fill in this share of the run, which is not counted. */
const warmUpShare = 0.25
const everyMs = flags.short ? 500 : 5000
const threshold = 1.1
/** Growth that half an hour may show, and more of it than by chance. */
const maxRssMbPerHour = 24
const maxHandles = 5

const say = (line) => process.stderr.write(`${line}\n`)
const images = await distinctImages(root, 60)
const cluster = await startCluster({ brokers: 1, say })
let scene
try {
  const expected = await localAnswers(root, images, { engine: flags.engine, threshold })
  scene = await openScene({ root, cluster, images, engine: flags.engine, threshold, edges: 1 })
  const capacity = await measureCapacity(flags.short ? 100 : 1500)
  const rate = capacity * Number(flags.share)
  say(`capacity ${capacity.toFixed(1)} images a second, soaking at ${rate.toFixed(1)}`)
  const soaked = await soak(rate)
  report({ capacity, rate, ...soaked, verdict: judge(soaked.rows, soaked.count, expected) })
} finally {
  await scene?.close()
  await cluster.stop()
}

/** Images a second of a device that keeps 16 under way, after one that warms all up. */
async function measureCapacity(count) {
  await runDevice({ count: Math.ceil(count / 3), inFlight: 16 })
  const device = await runDevice({ count, inFlight: 16 })
  return Number(/([\d.]+) images a second/.exec(device.output())[1])
}

async function runDevice(options) {
  const device = scene.device(options)
  const { code } = await device.ended
  if (code !== 0) throw new Error(`the device ended with ${code}:\n${device.output()}`)
  return device
}

async function soak(rate) {
  const count = Math.ceil(rate * seconds)
  const tiers = ['edge', 'fog', 'cloud'].map((name) => scene.of(name)[0])
  const device = scene.device({ count, rate, inFlight: 64 })
  const startedAt = performance.now()
  const samples = new Map(tiers.map(({ name }) => [name, []]))
  let isOver = false
  const ended = device.ended.then(() => (isOver = true))
  while (!isOver) {
    for (const tier of tiers) samples.get(tier.name).push(await look(tier, startedAt))
    await Promise.race([ended, sleep(everyMs)])
  }
  return { count, samples: Object.fromEntries(samples), rows: device.rows() }
}

async function look(tier, startedAt) {
  const { rss, handles } = readProcess(tier.pid) ?? {}
  const metrics = await readMetrics(tier.port)
  const tensors = metrics.filter(({ name }) => /tensors/.test(name))
  return {
    seconds: (performance.now() - startedAt) / 1000,
    rss,
    handles,
    active: sumOf(metrics, 'nodejs_active_handles_total'),
    heap: sumOf(metrics, 'nodejs_heap_size_used_bytes'),
    tensors: tensors.length === 0 ? undefined : tensors.reduce((sum, { value }) => sum + value, 0),
  }
}

function report({ capacity, rate, verdict, samples, count }) {
  const columns = [
    ...['tier', 'memory MB', 'MB an hour', 'heap MB an hour', 'open files', 'active handles'],
    ...['tensors'],
  ]
  const lastSeconds = Math.max(...Object.values(samples).flatMap((of) => of.map((s) => s.seconds)))
  const growths = Object.entries(samples).map(([tier, all]) => {
    const warm = all.filter((sample) => sample.seconds > lastSeconds * warmUpShare)
    const slope = (key, scale) =>
      slopeOf(warm.map((one) => ({ seconds: one.seconds, value: one[key] / scale })))
    const change = (key) => [warm[0]?.[key], warm.at(-1)?.[key]]
    return {
      tier,
      rss: slope('rss', 2 ** 20),
      heap: slope('heap', 2 ** 20),
      rssMb: Math.round((warm.at(-1)?.rss ?? 0) / 2 ** 20),
      files: change('handles'),
      active: change('active'),
      tensors: change('tensors'),
    }
  })
  const shown = (slope) =>
    slope === undefined ? '' : `${slope.perHour.toFixed(1)} +- ${slope.plusMinus.toFixed(1)}`
  const fromTo = ([from, to]) => (from === undefined ? 'not told' : `${from} to ${to}`)
  const rows = growths.map((g) => [
    ...[g.tier, g.rssMb, shown(g.rss), shown(g.heap), fromTo(g.files), fromTo(g.active)],
    fromTo(g.tensors),
  ])
  const isRight = verdict.lost === 0 && verdict.wrong === 0 && verdict.double === 0
  const isFlat = ({ rss, files }) =>
    rss !== undefined &&
    rss.perHour - rss.plusMinus <= maxRssMbPerHour &&
    files[1] - files[0] <= maxHandles
  // In a minute a heap has not yet found its size: the short form proves the harness and the answers.
  const isGood = isRight && (flags.short || growths.every(isFlat))
  const facts = factsOf(
    root,
    `npm run soak -- --minutes ${seconds / 60}${flags.short ? ' --short' : ''}`,
  )
  const told = `capacity ${capacity.toFixed(1)} images a second, soaked at ${rate.toFixed(1)} for ${(seconds / 60).toFixed(1)} minutes; ${count} images, ${verdict.lost} lost, ${verdict.wrong} wrong, ${verdict.double} double; p50 ${verdict.p50Ms} ms, worst ${verdict.worstMs} ms`
  say(told)
  process.stdout.write(`${JSON.stringify({ capacity, rate, verdict, growths, isGood }, null, 1)}\n`)
  if (flags.out !== undefined) {
    const out = resolve(flags.out)
    const raw = { capacity, rate, verdict, growths, samples }
    writeRun(out, { title: 'Half an hour under load', facts, notes: [told], columns, rows, raw })
    if (!flags.short) fillDocs('soak', out, { facts, columns, rows })
  }
  process.exitCode = isGood ? 0 : 1
}
