// What exits gain by a criterion and by memory, on images that chose nothing: over random halves one half fits and chooses
// as `ddnn calibrate` does, the other is measured. The tables of docs/calibration.md.
// Usage: node bench/exits.mjs --models FAMILY/model -i IMAGES [--input_format png] [--limit N] [--splits 10]
//   [--choose 0.5] [--exit-rate 0.5,0.88] [--seed 1] [--out bench/runs/NAME]
// IMAGES holds a folder a label, of images that training never saw, or CIFAR-10's binary files. The family runs over them
// once, on one thread. --exit-rate has a share for each early exit: of those that have left by it. --choose and
// --exit-rate may be given several times: every one with every other. Needs `npm run build`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureSplit } from './exits/measure.mjs'
import { inputOf, log, say } from './labelled-images.mjs'
import { commandOf, describeExits } from './exits/report.mjs'
import { loadJudgedScores } from '../dist/compose/scores.js'
import { jsonText } from '../dist/domain/json-text.js'
import { readCommit, readVersions } from '../dist/lab/bench/provenance.js'
import { checkSamples } from '../dist/lab/evaluation/check-samples.js'
import { describeMachine } from '../dist/telemetry/machine.js'

const { values: options } = parseArgs({
  options: {
    models: { type: 'string' },
    input: { type: 'string', short: 'i' },
    input_format: { type: 'string', default: 'jpg' },
    limit: { type: 'string' },
    splits: { type: 'string', default: '10' },
    choose: { type: 'string', multiple: true, default: ['0.5'] },
    'exit-rate': { type: 'string', multiple: true, default: ['0.5,0.88'] },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
})
const { models, input: folder } = options
if (models === undefined || folder === undefined) {
  throw new Error('Expected --models and -i, got only one of them or none')
}
const seeds = Array.from({ length: Number(options.splits) }, (_, i) => Number(options.seed) + i)
const rates = options['exit-rate'].map((shares) => shares.split(',').map(Number))
const startedAt = new Date()
const loadBefore = loadavg()[0]
const commit = (await readCommit()) ?? 'not a git checkout'

const { scores: collected, engine } = await loadJudgedScores(
  {
    models: [models],
    input: inputOf(folder, options.input_format),
    limit: options.limit === undefined ? undefined : Number(options.limit),
    engine: { choice: 'auto', maxBatchSize: 32, maxQueueDelayMs: 0, workers: 1, threads: 1 },
    needsWhole: 'Criteria are judged by what is lost to the last exit',
  },
  { log },
  new AbortController().signal,
)
const { scores, warnings } = checkSamples(collected)
for (const warning of warnings) say(warning)
for (const { reason } of scores.unreadable) say(`left out: ${reason}`)

const parts = options.choose.map((share) => ({
  choose: Number(share),
  splits: seeds.map((seed) => {
    const split = measureSplit(scores, { split: Number(share), seed, rates })
    say(`${share}, split ${seed} of ${seeds[0]} to ${seeds.at(-1)}`)
    return split
  }),
}))
const run = {
  format: 1,
  command: commandOf(options),
  commit,
  date: startedAt.toISOString().slice(0, 10),
  tookSeconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
  machine: describeMachine(),
  load: [loadBefore, loadavg()[0]],
  versions: await readVersions(),
  engine,
  family: scores.family ?? null,
  codecs: scores.stages.flatMap(({ offload }) => offload?.codec ?? []),
  images: scores.samples.length,
  dataHash: scores.dataHash,
  exits: scores.exits.map(({ name }) => name),
  seeds,
  rates,
  parts,
}
const text = describeExits(run)
process.stdout.write(text)
if (options.out !== undefined) {
  mkdirSync(options.out, { recursive: true })
  writeFileSync(join(options.out, 'README.md'), text)
  writeFileSync(join(options.out, 'exits.json'), jsonText(run))
}
