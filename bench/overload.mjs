// Four calm devices beside one that floods: what becomes of their answers' times. Real processes over a real
// Kafka: edge, fog and cloud, every image to the cloud; the calm devices ask one image at a time, first alone,
// then beside a device with many in flight. Everything on loopback.
// Usage: node bench/overload.mjs [--calm 4] [--images 60] [--flood 256] [--warm-seconds 30] [--out bench/runs/NAME]
// Needs `npm run build`.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startDdnn } from './chain/ddnn-chain.mjs'
import { here, killAll, runNode } from './chain/processes.mjs'
import { drawFlower, labels } from '../dist/input/drawn-flowers.js'
import { startBroker } from '../scripts/kafka-broker.mjs'

const { values: options } = parseArgs({
  options: {
    calm: { type: 'string', default: '4' },
    images: { type: 'string', default: '60' },
    flood: { type: 'string', default: '256' },
    'warm-seconds': { type: 'string', default: '30' },
    out: { type: 'string' },
  },
})
const kafka = await startBroker({ isMeasured: true })
const scratch = mkdtempSync(join(tmpdir(), 'ddnn-overload-'))
process.env.TMPDIR = scratch
const load = loadavg()[0].toFixed(1)
let text = ''
let started = 0
try {
  const few = await draw('few', Number(options.images))
  const many = await draw('many', Number(options.images) * 20)
  const { bootstrap } = kafka
  const chain = await startDdnn({ folder: here, engine: 'tensorflow', bootstrap, images: few })
  const device = (name, images, inFlight) => startDevice(chain, { name, images, inFlight })
  await warm(() => device('warm', few, 16).ended, Number(options['warm-seconds']))
  const calm = () =>
    Array.from({ length: Number(options.calm) }, (_, i) => device(`calm-${i}`, few, 1))
  const alone = summarise(await Promise.all(calm().map(({ ended }) => ended)))
  const flood = device('flood', many, Number(options.flood))
  await setTimeout(5000)
  const beside = summarise(await Promise.all(calm().map(({ ended }) => ended)))
  flood.interrupt()
  await flood.ended.catch(() => undefined)
  await chain.stop()
  text = describe(alone, beside)
} finally {
  killAll()
  await kafka.stop()
  rmSync(scratch, { recursive: true, force: true })
}
process.stdout.write(text)
if (options.out !== undefined) {
  mkdirSync(options.out, { recursive: true })
  writeFileSync(join(options.out, 'README.md'), text)
}

async function draw(name, count) {
  const folder = join(scratch, name)
  for (const label of labels) mkdirSync(join(folder, label), { recursive: true })
  for (let i = 0; i < count; i++) {
    const label = labels[i % labels.length]
    const seed = 9000 + (i % 60)
    const image = await drawFlower({ label, difficulty: (i % 60) / 60, seed, size: 180 })
    writeFileSync(join(folder, label, `${String(i).padStart(5, '0')}.jpg`), image)
  }
  return folder
}

async function warm(run, seconds) {
  const end = performance.now() + seconds * 1000
  do await run()
  while (performance.now() < end)
}

function startDevice(chain, { name, images, inFlight }) {
  const csv = join(scratch, `${name}-${started++}.csv`)
  const args = chain.deviceArgs({ name, images, csv, inFlight })
  let child
  const running = runNode(
    here,
    args,
    () => {},
    (one) => (child = one),
  )
  return {
    ended: running.then(() => readRows(csv)),
    interrupt: () => child.kill('SIGTERM'),
  }
}

function readRows(csv) {
  const [head, ...lines] = readFileSync(csv, 'utf8').trim().split('\n')
  const columns = head.split(';')
  return lines.map((line) => {
    const cells = line.split(';')
    const cell = (name) => cells[columns.indexOf(name)]
    return {
      ms: Number(cell('Prediction_Time')) * 1000,
      exit: cell('Exit'),
      fallback: cell('Fallback'),
      error: cell('Error'),
    }
  })
}

function summarise(devices) {
  const rows = devices.flat()
  const times = rows.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (q) => times[Math.min(times.length - 1, Math.ceil(q * times.length) - 1)]
  const refused = rows.filter(({ error }) => error !== '' && error !== undefined).length
  const fallbacks = rows.filter(({ fallback }) => fallback === 'true' || fallback === '1').length
  return { answers: rows.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), refused, fallbacks }
}

function describe(alone, beside) {
  const row = (name, s) =>
    `| ${name} | ${s.answers} | ${s.p50.toFixed(0)} | ${s.p95.toFixed(0)} | ${s.p99.toFixed(0)} | ${s.refused} | ${s.fallbacks} |`
  return [
    '# Calm devices beside one that floods',
    '',
    `- command: \`node bench/overload.mjs --calm ${options.calm} --images ${options.images} --flood ${options.flood} --warm-seconds ${options['warm-seconds']}\``,
    `- date: ${new Date().toISOString().slice(0, 10)}; ${cpus().length} x ${cpus()[0].model}, Node ${process.version}; load before the run ${load}`,
    '- edge, fog, cloud (tfjs-node), one broker and all devices share the cores; every image goes to the cloud',
    '',
    `| ${options.calm} calm devices, one image at a time | answers | p50 ms | p95 ms | p99 ms | without answer | fallbacks |`,
    '| --- | --- | --- | --- | --- | --- | --- |',
    row('alone', alone),
    row(`beside ${options.flood} in flight of one device`, beside),
    '',
    `p99 beside / alone: ${(beside.p99 / alone.p99).toFixed(2)}; p50: ${(beside.p50 / alone.p50).toFixed(2)}`,
    '',
  ].join('\n')
}
