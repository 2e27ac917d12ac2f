// What a run of bench/scaling.mjs leaves: its text, every window as CSV, medians and costs as JSON, charts as a page.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { median } from '../chain/quantiles.mjs'
import { here } from '../chain/processes.mjs'
import { renderReportPage } from '../../dist/report/page/render-page.js'
import { describeMachine } from '../../dist/telemetry/machine.js'
import { kafkaVersion } from '../../scripts/install-kafka.mjs'
import { chartsOf } from './charts.mjs'
import { costsOf } from './costs.mjs'
import { columns, costTable, curveTable, fleets, fleetTable, isNumber } from './tables.mjs'

const cpu = ['brokerCpu', 'tierCpu', 'askerCpu']

/** Files of the run, where it has a folder; gives the text of its README. */
export function writeRun({ options, curves, rows, startedAt, loadAtStart, commit }) {
  const facts = factsOf({ options, startedAt, loadAtStart, commit })
  const summary = summarise(rows)
  const costs = costsOf(rows)
  const text = textOf({ facts, curves, summary, costs })
  if (options.out === undefined) return text
  mkdirSync(options.out, { recursive: true })
  const write = (name, content) => writeFileSync(join(options.out, name), content)
  const shapes = curves.map(({ name, title, x }) => ({ name, title, x }))
  const json = { format: 1, ...facts, costs, curves: shapes, rows: summary }
  write('README.md', text)
  write('raw.csv', rawCsv(rows))
  write('scaling.json', `${JSON.stringify(json, null, 2)}\n`)
  write('scaling.html', renderReportPage(pageOf(facts, curves, summary)))
  return text
}

function textOf({ facts, curves, summary, costs }) {
  const sections = curves.flatMap((curve) => [
    `## ${curve.title}`,
    curveTable(curve, summary),
    ...failuresOf(summary.filter(({ curve: name }) => name === curve.name)),
  ])
  if (costs !== undefined) {
    sections.push('## What one of each costs', costTable(costs))
    for (const [name, { title }] of Object.entries(fleets)) {
      sections.push(`## Arithmetic: ${title}`, fleetTable(name, costs))
    }
  }
  const said = Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`)
  const what =
    'CPU is ms an image where images are asked, ms a second (a thousandth of a processor) where none are; of all replicas and tiers together. Medians of the rounds. Charts are in scaling.html, single windows in raw.csv.'
  return `${['# How cost grows', said.join('\n'), what, ...sections].join('\n\n')}\n`
}

function failuresOf(rows) {
  const failed = rows.reduce((sum, { failures }) => sum + failures, 0)
  return failed === 0 ? [] : [`${failed} images were not answered.`]
}

function factsOf({ options, startedAt, loadAtStart, commit }) {
  const machine = describeMachine()
  const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
  const flags = Object.entries(options).filter(([name]) => name !== 'out')
  return {
    command: `\`node bench/scaling.mjs ${flags.map(([name, value]) => `--${name} ${value}`).join(' ')}\``,
    commit,
    date: startedAt.toISOString().slice(0, 10),
    machine: `${machine.cores} x ${machine.cpu}, ${machine.memoryGiB} GB, ${machine.platform}`,
    versions: `ddnn ${version}, Node ${machine.node}, Kafka ${kafkaVersion} (one broker, same machine)`,
    'load before the run': `${loadAtStart.toFixed(1)} (anything but about 0 makes times doubtful)`,
  }
}

/** Medians over the rounds, of each curve, value and load; CPU an image where there are images. */
function summarise(rows) {
  const groups = new Map()
  for (const row of rows) {
    const key = JSON.stringify([row.curve, row.value, row.load])
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()].map((rounds) => {
    const [{ curve, value, load }] = rounds
    const of = (name) => median(rounds.map((row) => perImage(row, name)).filter(isNumber))
    const medians = columns.map(([name]) => [name, tidy(of(name))])
    const failures = rounds.reduce((sum, row) => sum + (row.failures ?? 0), 0)
    return { curve, value, load, rounds: rounds.length, failures, ...Object.fromEntries(medians) }
  })
}

function perImage(row, name) {
  return row.rate !== undefined && cpu.includes(name) ? row[name] / row.rate : row[name]
}

function tidy(value) {
  return value === undefined ? undefined : Number(value.toFixed(4))
}

function pageOf(facts, curves, summary) {
  return {
    title: 'How cost grows',
    headline: [],
    provenance: Object.entries(facts).map(([name, value]) => [name, value.replaceAll('`', '')]),
    sections: curves.map((curve) => ({
      title: curve.title,
      charts: chartsOf(
        curve,
        summary.filter((row) => row.curve === curve.name),
      ),
    })),
  }
}

/** Every window of every round. */
function rawCsv(rows) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cell = (value) => (isNumber(value) ? Number(value.toFixed(3)) : (value ?? ''))
  const lines = rows.map((row) => names.map((name) => cell(row[name])).join(','))
  return `${[names.join(','), ...lines].join('\n')}\n`
}
