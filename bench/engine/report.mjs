// What a run of bench/engine.mjs says of itself: machine, versions and load; medians, and ratios to bare of
// each round for itself, so that what slows the machine slows both.
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { median } from '../chain/quantiles.mjs'
import { here } from '../chain/processes.mjs'
import { bareName as bareOf } from './passes.mjs'

const bareName = 'bare'

/** Every measured value, not its median. */
export function rawCsv(rows) {
  const lines = rows.map(({ part, who, what, folder, batch, loaded, round, name, value }) =>
    [part, `"${who}"`, what ?? folder, batch ?? '', loaded ?? '', round, name, value].join(','),
  )
  return `${['part,who,what,batch,loaded,round,name,value', ...lines].join('\n')}\n`
}

export function describeRun({ options, rows, notes, loadAtStart, loadAtEnd, commit }) {
  const loads = [loadAtStart, loadAtEnd].map((load) => load.toFixed(1)).join(' and ')
  return [
    '# Engines, cascade and local runs beside bare onnxruntime',
    '',
    `- command: \`${commandOf(options)}\``,
    `- commit: ${commit}`,
    `- date: ${new Date().toISOString().slice(0, 10)}`,
    `- machine: ${cpus().length} x ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`,
    `- versions: ${versions()}`,
    `- load of the machine before and after the run: ${loads} (anything but about 0 before makes the numbers worthless, and ratios doubtful)`,
    `- medians of ${options.rounds} round(s), the measured ones in turns, every second round backwards; each warmed in its process before it is timed`,
    ...notes.filter(({ part }) => part !== 'copies').map(({ text }) => `- ${text}`),
    '',
    rows.length === 0 ? '' : 'The tables are in summary.md, every value in raw.csv.',
    '',
  ].join('\n')
}

export function summary(facts) {
  const { rows, notes } = facts
  const parts = [
    passesText,
    cascadeText,
    decodeText,
    localText,
    copiesText,
    startText,
    idleText,
    memoryText,
  ]
  return `${parts.flatMap((text) => text(rows, notes)).join('\n')}\n`
}

function passesText(rows) {
  const own = rows.filter(({ part, name }) => part === 'passes' && name === 'ms_an_image')
  if (own.length === 0) return []
  const batches = [...new Set(own.map(({ batch }) => batch))]
  const folders = [...new Set(own.map(({ folder }) => folder))]
  const threads = new Map(
    rows.filter(({ name }) => name === 'threads').map(({ folder, value }) => [folder, value]),
  )
  const floorOf = (folder) => ({ who: bareOf(threads.get(folder)), loaded: false })
  /** Of so many folders together, each round by itself. */
  const lines = (among) =>
    variantsOf(own).map((variant) => [
      variant.loaded ? `${variant.who}, a batch waiting` : variant.who,
      ...batches.map((batch) => {
        const sums = sumOver(own, among, () => ({ ...variant, batch }))
        if (sums === undefined) return ''
        const floor = sumOver(own, among, (folder) => ({ ...floorOf(folder), batch }))
        return `${median([...sums.values()]).toFixed(2)} (${ratioOf(sums, floor)} x)`
      }),
    ])
  const heads = ['', ...batches.map((batch) => `batch ${batch}`)]
  const counts = folders.map((folder) => `${folder} ${threads.get(folder)}`).join(', ')
  return [
    '## Submodels, ms an image',
    '',
    `Sum over ${folders.join(', ')}, each measured alone; in brackets the time over that of bare with as many threads as the engine onnx chose (${counts}).`,
    '',
    ...table(heads, lines(folders)),
    ...folders.flatMap((folder) => ['', `${folder}:`, '', ...table(heads, lines([folder]))]),
    '',
  ]
}

function cascadeText(rows) {
  return compared(rows, 'cascade', '## The whole cascade in one process, ms an image', [
    ['ms_an_image', 'ms an image'],
    ['cpu_ms_an_image', 'CPU ms an image'],
  ])
}

function localText(rows) {
  return compared(rows, 'local', '## Local runs on a folder of images', [
    ['ms_an_image', 'ms an image, start left out'],
    ['process_ms_an_image', 'whole process'],
    ['process_cpu_ms_an_image', 'CPU of the whole process'],
  ])
}

/** One line for who was measured and how images left; each column with its ratio to bare. */
function compared(rows, part, title, columns) {
  const own = rows.filter((row) => row.part === part)
  if (own.length === 0) return []
  const folders = [...new Set(own.map(({ folder }) => folder))]
  const whos = [...new Set(own.map(({ who }) => who))]
  const body = folders.flatMap((folder) =>
    whos.map((who) => {
      const cells = columns.map(([name]) => {
        const values = byRound(own, { who, folder, name })
        const floor = byRound(own, { who: bareName, folder, name })
        const ratio = who === bareName ? '' : ` (${ratioOf(values, floor)} x)`
        return `${median([...values.values()]).toFixed(2)}${ratio}`
      })
      return [folder, who, speedOf(own, who, folder), ...cells]
    }),
  )
  const heads = ['exits', 'who', "share of bare's speed", ...columns.map(([, head]) => head)]
  return [title, '', ...table(heads, body), '']
}

function speedOf(own, who, folder) {
  if (who === bareName) return '100 %'
  const floor = byRound(own, { who: bareName, folder, name: 'ms_an_image' })
  const values = byRound(own, { who, folder, name: 'ms_an_image' })
  return `${(Number(ratioOf(floor, values)) * 100).toFixed(0)} %`
}

function decodeText(rows) {
  const own = rows.filter(({ part }) => part === 'decode')
  if (own.length === 0) return []
  const threads = [...new Set(own.map(({ folder }) => folder))]
  const inFlights = [...new Set(own.map(({ batch }) => batch))]
  const body = inFlights.map((batch) => [
    batch,
    ...threads.map((folder) => {
      const [ms, cpu] = ['ms_an_image', 'cpu_ms_an_image'].map((name) =>
        median([...byRound(own, { folder, batch, name }).values()]).toFixed(2),
      )
      return `${ms} (${cpu})`
    }),
  ])
  return [
    '## Reading and decoding, ms an image',
    '',
    'By how many are under way and how many threads libuv has; in brackets CPU of all threads.',
    '',
    ...table(['under way', ...threads], body),
    '',
  ]
}

function copiesText(rows, notes) {
  const own = notes.filter(({ part }) => part === 'copies')
  return own.length === 0
    ? []
    : ['## Copies of a tensor a hop', '', ...own.map(({ text }) => text), '']
}

function startText(rows) {
  const own = rows.filter(({ part }) => part === 'start')
  if (own.length === 0) return []
  const body = [...new Set(own.map(({ who }) => who))].map((who) => [
    who,
    ...['ready_ms', 'first_row_ms'].map((name) =>
      median([...byRound(own, { who, name }).values()]).toFixed(0),
    ),
  ])
  const heads = ['engine', 'tier: start to ready, ms', 'local run: start to its first row, ms']
  return ['## Start', '', ...table(heads, body), '']
}

function idleText(rows) {
  const own = rows.filter(({ part }) => part === 'idle')
  if (own.length === 0) return []
  const body = own.map(({ who, value }) => [who, value.toFixed(2)])
  return ['## A tier that nobody asks', '', ...table(['engine', '% of a core'], body), '']
}

function memoryText(rows) {
  const own = rows.filter(({ part, name }) => part === 'memory' && name === 'rss_mb')
  if (own.length === 0) return []
  const slope = rows.find(({ part, name }) => part === 'memory' && name === 'bytes_an_image')
  const shown = own.filter((_, i) => i === 0 || (i + 1) % 5 === 0)
  const list = shown.map(({ round, value }) => `${round}: ${value.toFixed(0)}`).join(', ')
  return [
    '## Memory',
    '',
    `RSS in MB after so many images (${own[0].who}): ${list}. Line through the second half: ${slope.value.toFixed(1)} bytes an image.`,
    '',
  ]
}

function variantsOf(rows) {
  const seen = new Map()
  for (const { who, loaded } of rows) seen.set(`${who} ${loaded}`, { who, loaded })
  return [...seen.values()]
}

/** Of each round: the values of some submodels, added up; undefined where nothing was measured. */
function sumOver(rows, folders, wantedOf) {
  const each = folders.map((folder) => byRound(rows, { ...wantedOf(folder), folder }))
  const rounds = [...each[0].keys()]
  if (rounds.length === 0) return undefined
  return new Map(rounds.map((round) => [round, each.reduce((sum, one) => sum + one.get(round), 0)]))
}

function byRound(rows, wanted) {
  const fitting = rows.filter((row) =>
    Object.entries(wanted).every(([key, value]) => row[key] === value),
  )
  return new Map(fitting.map(({ round, value }) => [round, value]))
}

function ratioOf(values, floor) {
  return median([...values].map(([round, value]) => value / floor.get(round))).toFixed(2)
}

function table(heads, body) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...body.map(line)]
}

function commandOf(options) {
  const flags = Object.entries(options)
    .filter(([name]) => name !== 'out')
    .map(([name, value]) => `--${name} ${name === 'images' ? 'FOLDER' : value}`)
  return ['node bench/engine.mjs', ...flags].join(' ')
}

function versions() {
  const lock = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8')).packages
  const of = (name) => lock[`node_modules/${name}`]?.version
  const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
  return [
    `ddnn ${version}, Node ${process.version}, onnxruntime-node ${of('onnxruntime-node')}`,
    `tfjs-node ${of('@tensorflow/tfjs-node')}`,
    `tfjs-backend-wasm ${of('@tensorflow/tfjs-backend-wasm')}`,
    `sharp ${of('sharp')}`,
  ].join(', ')
}
