// What ddnn adds to the runtime that it stands on. In one run, in turns: bare onnxruntime-node beside each
// engine behind its queue and worker thread, the whole cascade in one process beside three bare sessions,
// a local run on photos beside bare sharp and bare sessions; then copies a hop, start, idle CPU, memory.
// Usage: node bench/engine.mjs [--models A,B,C] [--images FOLDER] [--engines onnx,tensorflow,wasm]
//   [--parts passes,cascade,decode,local,copies,start,idle,memory] [--batches 1,8,32] [--rounds 5] [--slice-ms 500]
//   [--local-images 1500] [--memory-images 20000] [--idle-seconds 30] [--out bench/runs/NAME]
// FOLDER holds a folder a label; without it flowers are drawn. Needs `npm run build` and onnxruntime-node.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { killAll } from './chain/processes.mjs'
import { measureCascade } from './engine/cascade.mjs'
import { measureCopies } from './engine/copies.mjs'
import { measureDecode } from './engine/decode.mjs'
import { prepareImages } from './engine/images.mjs'
import { measureLocal } from './engine/local.mjs'
import { measureMemory } from './engine/memory.mjs'
import { measurePasses } from './engine/passes.mjs'
import { describeRun, rawCsv, summary } from './engine/report.mjs'
import { measureStart } from './engine/start.mjs'
import { readCommit } from '../dist/lab/bench/provenance.js'

const { values: options } = parseArgs({
  options: {
    models: { type: 'string', default: 'saved_models/edge,saved_models/fog,saved_models/cloud' },
    images: { type: 'string' },
    engines: { type: 'string', default: 'onnx,tensorflow,wasm' },
    parts: { type: 'string', default: 'passes,cascade,decode,local,copies,start,idle,memory' },
    batches: { type: 'string', default: '1,8,32' },
    rounds: { type: 'string', default: '5' },
    'slice-ms': { type: 'string', default: '500' },
    'local-images': { type: 'string', default: '1500' },
    'memory-images': { type: 'string', default: '20000' },
    'idle-seconds': { type: 'string', default: '30' },
    out: { type: 'string' },
  },
})
/** One measured value each: { part, who, what, round, value, unit }. */
const rows = []
/** What is said beside the values: { part, text }. */
const notes = []
const loadAtStart = loadavg()[0]
const scratch = mkdtempSync(join(tmpdir(), 'ddnn-bench-'))
process.env.TMPDIR = scratch

const run = {
  models: options.models.split(','),
  engines: options.engines.split(','),
  batches: options.batches.split(',').map(Number),
  rounds: Number(options.rounds),
  sliceMs: Number(options['slice-ms']),
  localImages: Number(options['local-images']),
  memoryImages: Number(options['memory-images']),
  idleSeconds: Number(options['idle-seconds']),
  parts: options.parts.split(','),
  scratch,
  add: (row) => rows.push(row),
  note: (part, text) => notes.push({ part, text }),
  say: (line) => process.stderr.write(`${line}\n`),
}

try {
  run.images = await prepareImages(run, options.images)
  const measures = {
    passes: measurePasses,
    cascade: measureCascade,
    decode: measureDecode,
    local: measureLocal,
    copies: measureCopies,
    start: measureStart,
    memory: measureMemory,
  }
  for (const [part, measure] of Object.entries(measures)) {
    // The idle tier is one that was just started.
    const isAsked = run.parts.includes(part) || (part === 'start' && run.parts.includes('idle'))
    if (isAsked) await measure(run)
  }
} finally {
  killAll()
  rmSync(scratch, { recursive: true, force: true })
}
const commit = (await readCommit()) ?? 'not a git checkout'
const facts = { options, rows, notes, loadAtStart, loadAtEnd: loadavg()[0], commit }
process.stdout.write(`${describeRun(facts)}\n${summary(facts)}`)
if (options.out !== undefined) {
  mkdirSync(options.out, { recursive: true })
  writeFileSync(join(options.out, 'README.md'), describeRun(facts))
  writeFileSync(join(options.out, 'summary.md'), summary(facts))
  writeFileSync(join(options.out, 'raw.csv'), rawCsv(rows))
}
