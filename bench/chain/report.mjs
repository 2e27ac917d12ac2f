// What a run of bench/chain.mjs says of itself: the machine, the versions, the medians, the ratios.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { kafkaVersion } from '../../scripts/install-kafka.mjs'
import { columns, median, medians } from './measure.mjs'
import { here } from './processes.mjs'

const shown = (value, digits) => (value === undefined ? '' : value.toFixed(digits))

/** Every measured run, not its median. */
export function rawCsv(rows) {
  const head = ['chain', 'round', 'in_flight', ...columns.map(({ name }) => name)]
  const lines = rows.map((row) => {
    const values = columns.map(({ name, digits }) => shown(row[name], digits))
    return [`"${row.chain}"`, row.round, row.inFlight, ...values].join(',')
  })
  return `${[head.join(','), ...lines].join('\n')}\n`
}

export function describeRun({ options, rows, warming, loadAtStart }) {
  return [
    '# Four-process chain, every image to the cloud',
    '',
    `- command: \`${commandOf(options)}\``,
    ...(options.before === undefined ? [] : [`- before: ${commitOf(options.before)}`]),
    `- after: ${commitOf(here)}`,
    `- date: ${new Date().toISOString().slice(0, 10)}`,
    `- machine: ${cpus().length} x ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`,
    `- versions: ${versions()}`,
    '- model: saved_models/{edge,fog,cloud} of each checkout, 180 x 180 drawn flowers; device, three tiers and the broker share the cores',
    `- warmed: ${warmedText(options, warming)}each chain once through all images whenever it was started anew`,
    `- load of the machine before the run: ${loadAtStart.toFixed(1)} (anything but about 0 makes the numbers worthless, and ratios doubtful)`,
    `- ${options.images} images a run; medians of ${options.rounds} round(s), the chains in turns, every second round backwards`,
    '',
    ...table(rows),
    '',
    'CPU in ms an image: the broker as the kernel counts it, the others all threads of the process, from the device\'s first Produce to its end. "req" are requests to the broker an image of the four processes together: Produce / Fetch / OffsetCommit / Metadata.',
    'The bare chain (bench/bare-hop.mjs) sends the same bytes over as many hops with kafkajs alone: produce coalesced, one partition, no commits, no engine, no image decoded.',
    ...ratios(rows),
    ...peersText(rows),
    '',
  ].join('\n')
}

function table(rows) {
  const titles = ['chain', 'in flight', 'p50 ms', 'p95 ms', 'images/s']
  titles.push(...['broker', 'device', 'edge', 'fog', 'cloud'].map((name) => `${name} CPU`), 'req')
  const line = (cells) => `| ${cells.join(' | ')} |`
  const body = groups(rows).map(({ chain, inFlight, rows: rounds }) => {
    const row = medians(rounds)
    const cells = columns.map(({ name, digits }) => shown(row[name], digits))
    return line([
      chain,
      inFlight,
      ...cells.slice(0, 8),
      row.produce === undefined ? '' : cells.slice(8, 12).join(' / '),
    ])
  })
  return [line(titles), line(titles.map(() => '---')), ...body]
}

/** Of each round its own ratio, and of these the median: what slows the machine slows both. */
function ratios(rows) {
  const pairs = groups(rows).filter(({ chain }) => chain.startsWith('after '))
  const lines = pairs.flatMap(({ chain, inFlight, rows: rounds }) => {
    const of = (name) => {
      const found = rounds.flatMap((row) => {
        const other = rows.find(
          (one) =>
            one.chain === chain.replace('after', 'before') &&
            one.inFlight === inFlight &&
            one.round === row.round,
        )
        return other?.[name] === undefined ? [] : [row[name] / other[name]]
      })
      return found.length === 0 ? undefined : median(found)
    }
    const names = ['p50_ms', 'images_per_second']
    const cpu = ['broker', 'device', 'edge', 'fog', 'cloud'].map((name) => `${name}_cpu_ms`)
    const values = [...names, ...cpu].map((name) => shown(of(name), 2))
    if (values.every((value) => value === '')) return []
    return [`| ${[chain.replace('after ', ''), inFlight, ...values].join(' | ')} |`]
  })
  if (lines.length === 0) return []
  return [
    '',
    '## After / before, of this run',
    '',
    '| engine | in flight | p50 | images/s | broker CPU | device CPU | edge CPU | fog CPU | cloud CPU |',
    `|${' --- |'.repeat(9)}`,
    ...lines,
  ]
}

function peersText(rows) {
  const peer = rows.find(({ chain }) => chain === 'Python peers')
  if (peer === undefined) return []
  const own = groups(rows).filter(
    ({ chain, inFlight }) => inFlight === 1 && chain.startsWith('after'),
  )
  const times = own.map(
    ({ chain, rows: rounds }) =>
      `${(peer.p50_ms / medians(rounds).p50_ms).toFixed(0)} x that of ${chain}`,
  )
  return [
    '',
    `The Python peers (test/e2e/peers) are written from the description of the original: JSON messages, one request in flight, keras.predict on the same submodels. Their p50 is ${times.join(', ')}.`,
  ]
}

/** The rounds of one chain at one number in flight, in the order in which they were first run. */
function groups(rows) {
  const found = new Map()
  for (const row of rows) {
    const key = `${row.chain} ${row.inFlight}`
    if (!found.has(key)) found.set(key, { chain: row.chain, inFlight: row.inFlight, rows: [] })
    found.get(key).rows.push(row)
  }
  return [...found.values()]
}

function commandOf(options) {
  const flags = Object.entries(options)
    .filter(([name]) => name !== 'out')
    .map(([name, value]) => `--${name} ${name === 'before' ? 'FOLDER' : value}`)
  return ['node bench/chain.mjs', ...flags].join(' ')
}

/** What a run was made of, in words. */
export function commitOf(folder) {
  const git = (...args) => String(execFileSync('git', ['-C', folder, ...args])).trim()
  try {
    const isChanged = git('status', '--porcelain', '--untracked-files=no', 'src') !== ''
    return `${git('log', '-1', '--format=%h (%s)')}${isChanged ? ', and changes not committed' : ''}`
  } catch {
    return 'not a git checkout'
  }
}

function versions() {
  const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
  const lock = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8')).packages
  const of = (name) => lock[`node_modules/${name}`]?.version
  return [
    `ddnn ${version}, Node ${process.version}, kafkajs ${of('kafkajs')}`,
    `tfjs-node ${of('@tensorflow/tfjs-node')}`,
    `tfjs-backend-wasm ${of('@tensorflow/tfjs-backend-wasm')}`,
    `Kafka ${kafkaVersion} (one broker, same machine)`,
  ].join(', ')
}

function warmedText(options, warming) {
  if (warming.length === 0) return ''
  const [first, last] = [warming[0], warming.at(-1)].map((cpu) => shown(cpu, 2))
  const cost = `the broker's CPU an image of it ${first} ms at first, ${last} at the end`
  return `the bare chain for ${options['warm-seconds']} s (${cost}); then a whole round, not counted; `
}
