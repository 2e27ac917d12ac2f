// `npm run chaos`: three brokers, edge, fog and cloud as real processes, and one fault after the other under
// load; each image's answer is held against a local run's: none lost, none wrong, none double.
// Usage: node bench/faults/chaos.mjs [--short] [--only NAME,NAME] [--list] [--rate 12] [--engine wasm]
//   [--root CHECKOUT] [--out bench/runs/NAME] [--no-limits]
// --short runs the few cases of `npm test`, with short faults. --root is the built checkout whose dist/main.js is
// tried. --no-limits: times are told, and fail nothing. --out of a full run also fills docs/reliability.md.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { brokerCases } from './cases-brokers.mjs'
import { frontCases } from './cases-front.mjs'
import { linkCases } from './cases-links.mjs'
import { processCases } from './cases-processes.mjs'
import { chaosColumns, chaosRow, summaryOf } from './chaos-table.mjs'
import { startCluster } from './cluster.mjs'
import { distinctImages, localAnswers } from './images.mjs'
import { factsOf, fillDocs, repoRoot, writeRun } from './record.mjs'
import { openScene } from './scene.mjs'

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
    rate: { type: 'string', default: '12' },
    engine: { type: 'string', default: 'wasm' },
    images: { type: 'string' },
    root: { type: 'string', default: repoRoot },
    out: { type: 'string' },
    'no-limits': { type: 'boolean', default: false },
  },
})
const root = resolve(flags.root)
const all = [...processCases, ...brokerCases, ...linkCases, ...frontCases]
const wanted =
  flags.only?.split(',') ??
  all.filter((one) => !flags.short || one.isInShort).map(({ name }) => name)
const unknown = wanted.filter((name) => !all.some((one) => one.name === name))
if (unknown.length > 0) fail(`Expected cases of --list, got ${unknown.join(', ')}`)
if (flags.list) {
  for (const { name, what } of all) console.log(`${name.padEnd(16)} ${what}`)
  process.exit(0)
}

/** Every image goes through all tiers: no exit is sure enough. */
const threshold = 1.1
const say = (line) => process.stderr.write(`${line}\n`)
const images = await distinctImages(root, Number(flags.images ?? (flags.short ? 60 : 240)))
const [cluster, expected] = await Promise.all([
  startCluster({ say }),
  localAnswers(root, images, { engine: flags.engine, threshold }),
])
say(`brokers are up after ${Math.round(performance.now() / 1000)} s`)
const results = []
let kept
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void cluster.stop().finally(() => process.exit(1)))
}
try {
  for (const name of wanted) results.push(await runCase(all.find((one) => one.name === name)))
} finally {
  await kept?.scene.close()
  await cluster.stop()
}
report()

/** A case has tiers and topics of its own; in the short form those of the case before, where they are the same. */
async function sceneOf(one) {
  if (flags.short && kept?.kind === JSON.stringify(one.scene)) return kept.scene
  await kept?.scene.close()
  const options = { root, cluster, images, engine: flags.engine, threshold, ...one.scene }
  kept = { scene: await openScene(options), kind: JSON.stringify(one.scene) }
  return kept.scene
}

async function runCase(one) {
  const startedAt = performance.now()
  let result
  try {
    const scene = await sceneOf(one)
    const stage = { scene, cluster, expected, rate: Number(flags.rate), isShort: flags.short }
    result = await one.run(stage)
    result.duplicates = await scene.duplicates()
  } catch (thrown) {
    result = { failure: thrown.message }
  } finally {
    if (!flags.short) {
      await kept?.scene.close()
      kept = undefined
    }
    await cluster.mend()
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  const { name, what, bounds, limits } = one
  const told = { name, what, bounds, limits, seconds, ...result }
  const summary = summaryOf(told)
  say(`${name} (${seconds} s): ${summary.text}`)
  return { ...told, ...summary }
}

function report() {
  const rows = results.map(chaosRow)
  const args = [flags.short ? ' --short' : '', flags.only ? ` --only ${flags.only}` : '']
  const command = `npm run chaos --${args.join('')}`
  const facts = factsOf(root, command)
  const notes = [
    `${flags.rate} images a second, ${images.endsWith('sample') ? 60 : (flags.images ?? 240)} distinct ones, engine ${flags.engine}, every image through edge, fog and cloud; all processes and brokers share the machine`,
  ]
  const isGood = (one) => one.isRight && (flags['no-limits'] || one.late.length === 0)
  process.stdout.write(`${JSON.stringify({ results }, null, 1)}\n`)
  if (flags.out !== undefined) {
    const out = resolve(flags.out)
    writeRun(out, {
      ...{ title: 'Faults under load', facts, notes, columns: chaosColumns, rows },
      raw: { results },
    })
    if (!flags.short && flags.only === undefined) {
      fillDocs('chaos', out, { facts, columns: chaosColumns, rows })
    }
  }
  process.exitCode = results.every(isGood) ? 0 : 1
}

function fail(reason) {
  process.stderr.write(`${reason}\n`)
  process.exit(2)
}
