// `npm run fuzz`: a million mutated values, headers and JSON through the decoders, and 20,000 mutated records into
// a live tier. A failure names its seed and number, by which it comes again.
// Usage: node bench/faults/fuzz.mjs [--short] [--seed 1] [--only decoders|tier] [--root CHECKOUT] [--out bench/runs/NAME]
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startBroker } from '../../scripts/kafka-broker.mjs'
import { fuzzDecoders } from './fuzz-decoders.mjs'
import { fuzzTier } from './fuzz-tier.mjs'
import { factsOf, fillDocs, repoRoot, writeRun } from './record.mjs'

const { values: flags } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    root: { type: 'string', default: repoRoot },
    out: { type: 'string' },
  },
})
const root = resolve(flags.root)
const seed = Number(flags.seed)
const counts = flags.short
  ? { values: 50_000, records: 500 }
  : { values: 1_000_000, records: 20_000 }
/** What a tier may grow by while it reads rubbish, MB. */
const maxGrowthMb = 256
const say = (line) => process.stderr.write(`${line}\n`)
const results = {}
const columns = ['what', 'count', 'faults', 'facts']
const rows = []

if (flags.only !== 'tier') {
  const told = await fuzzDecoders({ root, count: counts.values, seed, say })
  results.decoders = { ...told, isGood: told.faults.length === 0 }
  rows.push([
    'mutated values, headers and JSON through the decoders',
    told.values,
    told.faults.length,
    `${told.decoded} calls gave a value, ${told.refused} a FrameError; slowest call ${told.slowestMs.toFixed(1)} ms`,
  ])
}
if (flags.only !== 'decoders') {
  const kafka = await startBroker({ say })
  try {
    const told = await fuzzTier({ root, kafka, count: counts.records, seed, say })
    const growthMb = told.rssMostMb - told.rssBeforeMb
    const isGood = told.isAlive && told.wrong === 0 && growthMb < maxGrowthMb
    results.tier = { ...told, isGood }
    rows.push([
      'mutated records into a live tier',
      told.values,
      told.wrong + (told.isAlive ? 0 : 1),
      `${told.good} good requests in between, ${told.wrong} answered wrongly, the slowest in ${told.slowestGoodMs} ms; ${told.deadLetters} put aside; memory ${told.rssBeforeMb} MB, at most ${told.rssMostMb} MB`,
    ])
  } catch (thrown) {
    results.tier = { isGood: false, failure: thrown.message }
    rows.push(['mutated records into a live tier', counts.records, 1, thrown.message.slice(0, 200)])
  } finally {
    await kafka.stop()
  }
}

process.stdout.write(`${JSON.stringify(results, null, 1)}\n`)
if (flags.out !== undefined) {
  const command = `npm run fuzz -- --seed ${seed}${flags.short ? ' --short' : ''}`
  const facts = factsOf(root, command)
  const out = resolve(flags.out)
  writeRun(out, { title: 'Mutated values', facts, columns, rows, raw: { results } })
  if (!flags.short && flags.only === undefined) fillDocs('fuzz', out, { facts, columns, rows })
}
process.exitCode = Object.values(results).every(({ isGood }) => isGood) ? 0 : 1
