// A contestant of part `cascade` and `memory`: ddnn's cascade as a local run has it, on pixels in memory;
// twice a batch under way, so that one waits while one runs.
import { readFileSync } from 'node:fs'
import { answerOf, hopsOf } from '../../dist/domain/reply.js'
import { resolveRules } from '../../dist/domain/rules.js'
import { scaledTo, widen } from '../../dist/domain/widen.js'
import { createEngine } from '../../dist/serving/engine/create-engine.js'
import { readModelFolder } from '../../dist/model/folder.js'
import { createLog } from '../../dist/telemetry/log.js'
import { createMetrics } from '../../dist/telemetry/metrics/metrics.js'
import { createTierMeter } from '../../dist/telemetry/metrics/tier-meter.js'
import { createAnswer } from '../../dist/serving/tier/answer.js'
import { answerTasks, timeTurns } from './contestant.mjs'

const { models: folders, pixelsFile, engine: choice, maxBatch } = JSON.parse(process.argv[2])
/** What the engine says of itself: 'edge: 2 threads (...)'. */
const said = []
const log = createLog({ level: 'silent', format: 'json', name: 'bench' })
log.info = (_, message) => said.push(message)
const options = { maxBatchSize: maxBatch, maxQueueDelayMs: 0, workers: 1 }
const specs = (await Promise.all(folders.map((folder) => readModelFolder(folder)))).flat()
const { stages, description, dispose } = await start()
const exitCounts = stages.map(({ shapes }) => shapes.exits.length)
const base = { stages, labels: undefined, labelsHash: undefined, hold: () => () => {} }
const info = { family: specs[0].family, version: specs[0].version, thresholds: '' }
/** With the thresholds of the manifests, and with one that no confidence reaches. */
const asTheyExit = { ...base, info, rules: resolveRules(specs, exitCounts, {}) }
const toTheEnd = { ...base, info, rules: resolveRules(specs, exitCounts, { threshold: 1.1 }) }
const answer = createAnswer({
  name: 'bench',
  front: undefined,
  replyReserveMs: 200,
  hops: 'stage',
  meter: createTierMeter(createMetrics(), 'bench'),
  log,
})
const pixels = readFileSync(pixelsFile)
const size = pixels.length / maxBatch
const images = Array.from({ length: maxBatch }, (_, i) => pixels.subarray(i * size, (i + 1) * size))
const table = scaledTo(specs[0].preprocessing?.scale ?? 1 / 255)

async function start() {
  const engine = await createEngine(choice, specs, options, log)
  const { stages, description } = engine
  return { stages, description, dispose: () => engine.dispose() }
}

function threadsOf({ name }) {
  const note = said.find((message) => message.startsWith(`${name}: `))
  return Number(/: (\d+) threads?/.exec(note)?.[1] ?? 1)
}

/** Keeps `inFlight` under way until `isOver` says so; resolves with how many left at each stage. */
async function stream(models, inFlight, isOver) {
  const left = stages.map(() => 0)
  let next = 0
  const one = async () => {
    while (!isOver(next)) {
      const image = images[next++ % images.length]
      const reply = await answer(models, (slot) => widen(image, slot, table), { budgetMs: 60_000 })
      if (answerOf(reply) === undefined) throw new Error('no answer')
      left[hopsOf(reply).length - 1]++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, one))
  return left
}

answerTasks(
  { description, threads: specs.map(threadsOf) },
  async ({ exits, sliceMs, count }) => {
    const models = exits ? asTheyExit : toTheEnd
    const inFlight = 2 * maxBatch
    const sum = stages.map(() => 0)
    const run = async (isOver) => {
      const left = await stream(models, inFlight, isOver)
      for (const [i, n] of left.entries()) sum[i] += n
      return left.reduce((a, b) => a + b, 0)
    }
    if (count !== undefined) {
      await run((next) => next >= count)
      return { rss: process.memoryUsage.rss(), ...process.memoryUsage() }
    }
    const timed = await timeTurns(0, async () => {
      sum.fill(0)
      const endAt = performance.now() + sliceMs
      return run(() => performance.now() >= endAt)
    })
    const all = sum.reduce((a, b) => a + b, 0)
    return { ...timed, left: sum.map((n) => n / all) }
  },
  dispose,
)
