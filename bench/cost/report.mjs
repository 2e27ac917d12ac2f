// What a run of bench/cost.mjs leaves: its text, and every window as CSV.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { shellCommand } from '../../dist/report/shell-words.js'
import { describeMachine } from '../../dist/telemetry/machine.js'
import { here } from '../chain/processes.mjs'
import { at, median } from '../chain/quantiles.mjs'
import { kafkaVersion } from '../../scripts/install-kafka.mjs'

const wordsOf = ([name, value]) => [`--${name}`, value]

/** Of a window: CPU of the tier for one answer, ms. */
const cpuOf = ({ tierCpu, rate }) => tierCpu / rate

export function textOf({ options, rows, capacity, rate, startedAt, loads, commit }) {
  const machine = describeMachine()
  const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
  const flags = Object.entries(options).filter(([name]) => name !== 'out')
  const command = shellCommand(['node', 'bench/cost.mjs', ...flags.flatMap(wordsOf)])
  const names = [...new Set(rows.map(({ variant }) => variant))]
  const failures = rows.reduce((sum, row) => sum + row.failures, 0)
  return [
    '# What it costs a tier to be looked at',
    '',
    `- command: \`${command}\``,
    `- commit: ${commit}`,
    `- date: ${startedAt.toISOString().slice(0, 10)}`,
    `- machine: ${machine.cores} x ${machine.cpu}, ${machine.memoryGiB} GB, ${machine.platform}; tier, askers and broker share it; load of a minute before and after the run ${loads.map((one) => one.toFixed(1)).join(' and ')}`,
    `- versions: ddnn ${version}, Node ${machine.node}, Kafka ${kafkaVersion}`,
    `- one tier over Kafka, asked ${rate.toFixed(0)} times a second: ${Math.round(Number(options.load) * 100)} % of the ${capacity.toFixed(0)} that it answered with 32 under way`,
    `- ${options.rounds} rounds there and back over all variants, ${options.seconds} s each; CPU is the tier's process by /proc, an answer; ratios are taken within a round`,
    '',
    '| | CPU an answer, ms | more than nobody looking: median (quartiles) | p50, ms | p99, ms |',
    '| --- | --- | --- | --- | --- |',
    ...names.map((name) => rowOf(name, rows)),
    '',
    ...(failures === 0 ? [] : [`${failures} requests were not answered.`, '']),
    'Traces are held against the second process, which is as warm as theirs; what it differs by from the first is what two processes differ by: less than that is not told apart.',
    '',
  ].join('\n')
}

function rowOf(name, rows) {
  const own = rows.filter(({ variant }) => variant === name)
  const of = (value) => median(own.map(value))
  const [{ against }] = own
  const ratios = own.flatMap((row) => {
    const base = rows.find(({ variant, round }) => variant === against && round === row.round)
    return base === undefined ? [] : [cpuOf(row) / cpuOf(base)]
  })
  const share = (value) => `${value >= 1 ? '+' : ''}${((value - 1) * 100).toFixed(1)} %`
  const spread =
    ratios.length === 0
      ? ''
      : `${share(median(ratios))} (${share(at(ratios, 0.25))} to ${share(at(ratios, 0.75))})`
  const cells = [
    name,
    of(cpuOf).toFixed(3),
    against === undefined ? '' : spread,
    of(({ p50 }) => p50).toFixed(1),
    of(({ p99 }) => p99).toFixed(1),
  ]
  return `| ${cells.join(' | ')} |`
}

export function rawCsv(rows) {
  const columns = ['round', 'variant', 'tierCpu', 'rate', 'p50', 'p99', 'failures', 'brokerCpu']
  const lines = rows.map((row) => columns.map((name) => tidy(row[name])).join(';'))
  return `${[columns.join(';'), ...lines].join('\n')}\n`
}

const tidy = (value) => (typeof value === 'number' ? Number(value.toFixed(4)) : (value ?? ''))
