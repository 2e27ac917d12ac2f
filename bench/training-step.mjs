// What a training step of compact-32 costs here against the same network's step in Keras: processes in turn, several
// rounds, ratios of each round. With TensorFlow's oneDNN kernels and without; with the codec between parts and without; convolutions in bfloat16.
// Usage: node bench/training-step.mjs [--batch 256] [--steps 8] [--rounds 3] [--out bench/runs/NAME]
// Needs `npm run build`; makes a Python environment with Keras where there is none.
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { ensurePythonEnv } from '../scripts/python-env.mjs'

const { values: options } = parseArgs({
  options: {
    batch: { type: 'string', default: '256' },
    steps: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string' },
  },
})
const run = promisify(execFile)
const here = fileURLToPath(new URL('training-step', import.meta.url))
const python = await ensurePythonEnv(['tensorflow-cpu==2.20.0'])
const counts = [options.batch, options.steps]
const contestants = {
  keras: [python, [join(here, 'keras-step.py'), ...counts], {}],
  'keras, no oneDNN': [
    python,
    [join(here, 'keras-step.py'), ...counts],
    { TF_ENABLE_ONEDNN_OPTS: '0' },
  ],
  ddnn: [process.execPath, [join(here, 'ddnn-step.mjs'), ...counts], {}],
  'ddnn, int4 between parts': [
    process.execPath,
    [join(here, 'ddnn-step.mjs'), ...counts, 'int4'],
    {},
  ],
  'ddnn, mixed_bfloat16': [
    process.execPath,
    [join(here, 'ddnn-step.mjs'), ...counts, 'float32', 'mixed_bfloat16'],
    {},
  ],
  'ddnn, no oneDNN': [
    process.execPath,
    [join(here, 'ddnn-step.mjs'), ...counts],
    { TF_ENABLE_ONEDNN_OPTS: '0' },
  ],
}
const load = loadavg()[0]
const rounds = []
for (let round = 0; round < Number(options.rounds); round++) {
  const found = {}
  for (const [name, [program, args, env]] of Object.entries(contestants)) {
    const quiet = { TF_CPP_MIN_LOG_LEVEL: '3', ...env }
    const { stdout } = await run(program, args, { env: { ...process.env, ...quiet } })
    found[name] = JSON.parse(stdout.trim().split('\n').at(-1))
  }
  rounds.push(found)
}

const stepMs = ({ parts }) => Object.values(parts).reduce((sum, ms) => sum + ms, 0)
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]
const machine = `${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}, load before the run ${load.toFixed(1)}, batch ${options.batch}, ${options.rounds} rounds of ${options.steps} steps`
const lines = ['# A training step of compact-32', '', machine, '']
lines.push('| | step, ms | images/s | against Keras, each round |', '| --- | --- | --- | --- |')
for (const name of Object.keys(contestants)) {
  const all = rounds.map((found) => stepMs(found[name]))
  const ratios = rounds.map((found) => (stepMs(found[name]) / stepMs(found.keras)).toFixed(2))
  const ms = median(all)
  const rate = ((1000 * Number(options.batch)) / ms).toFixed(0)
  lines.push(`| ${name} | ${ms.toFixed(0)} | ${rate} | ${ratios.join(', ')} |`)
}
const last = rounds.at(-1).ddnn
lines.push(
  '',
  '## Where the time of a step goes (ddnn, last round)',
  '',
  '| | ms |',
  '| --- | --- |',
)
for (const [name, ms] of Object.entries(last.parts)) lines.push(`| ${name} | ${ms.toFixed(1)} |`)
lines.push('', '| kernel | ms | calls |', '| --- | --- | --- |')
const kernels = Object.entries(last.kernels).sort(([, a], [, b]) => b.ms - a.ms)
for (const [name, { ms, calls }] of kernels.slice(0, 12)) {
  lines.push(`| ${name} | ${ms.toFixed(1)} | ${calls} |`)
}
const text = `${lines.join('\n')}\n`
process.stdout.write(text)
if (options.out !== undefined) {
  mkdirSync(options.out, { recursive: true })
  writeFileSync(join(options.out, 'summary.md'), text)
  writeFileSync(
    join(options.out, 'rounds.json'),
    `${JSON.stringify({ machine, rounds }, undefined, 1)}\n`,
  )
}
