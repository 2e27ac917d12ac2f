// The README.md of a run's folder: facts, table, ratios, goals, of one bench or several that stand together.
import type { BenchResult } from '../result.ts'
import { markdownTable, markdownText } from '../../../report/markdown-table.ts'
import { benchFacts, describeSetup } from './facts.ts'
import { goalTable, hasGoals } from './goal-table.ts'
import type { ReplicaRate } from './replica-rates.ts'
import { ratioTable, ratioText } from './ratio-table.ts'
import { failureLines, resultTable } from './result-table.ts'

/** The whole file as Markdown; `replicas` are of a run of bench/scaling.mjs of the same set. */
export function benchSummary(
  results: readonly BenchResult[],
  replicas: readonly ReplicaRate[] = [],
): string {
  const data = { results, replicas }
  const isOne = results.length === 1
  const parts = results.flatMap((result) => {
    const setup = describeSetup(result)
    const head = isOne ? [`# A bench ${setup}`] : [`## ${upperFirst(setup)}`]
    return [...head, ...describeOne(result, isOne ? '##' : '###')]
  })
  return `${[
    ...(isOne ? [] : ['# Benches of one set']),
    ...parts,
    ...(hasGoals(data) ? ['## Goals', markdownTable(goalTable(data))] : []),
  ].join('\n\n')}\n`
}

function describeOne(result: BenchResult, mark: string): readonly string[] {
  const facts = benchFacts(result).map(([name, value]) => `- ${name}: ${factText(name, value)}`)
  const contestants = result.contestants.map(
    ({ name, kind, description }) => [name, kind, description] as const,
  )
  const failures = failureLines(result).map((line) => `- ${markdownText(line)}`)
  const ratios = ratioTable(result)
  return [
    facts.join('\n'),
    `${mark} Who was measured`,
    markdownTable({ header: ['Contestant', 'Kind', 'Made of'], rows: contestants }),
    `${mark} Results`,
    'Medians over rounds; latency from the scheduled send; CPU of all processes and bytes are means an image. "Judged by" is what MLPerf judges the scenario by.',
    markdownTable(resultTable(result)),
    ...(failures.length === 0 ? [] : [failures.join('\n')]),
    ...(ratios.rows.length === 0 ? [] : [`${mark} Ratios`, ratioText, markdownTable(ratios)]),
  ]
}

/** A command is there to be copied. */
function factText(name: string, value: string): string {
  return name === 'Command' && !value.includes('`') ? `\`${value}\`` : markdownText(value)
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
