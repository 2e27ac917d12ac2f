// The summary as text, for the end of a run: words that a newcomer knows, one fact a line.
import Table from 'cli-table3'
import { visibleText } from '../domain/visible.ts'
import { describeMs, describePercent } from './describe.ts'
import type { ChainFacts } from '../domain/tier-facts.ts'
import { accuracyOnAll } from './savings.ts'
import { savingsLines } from './savings-text.ts'
import type { Summary } from './summary.ts'

/** Several lines without a line break at the end; `chain` is what is known of the tiers that were asked. */
export function summaryTable(summary: Summary, chain?: ChainFacts): string {
  const { samples, answered, failed, fallbacks, failures, roundTripMs } = summary
  const facts: string[] = [
    `${samples} images, ${answered} answered in ${describeMs(summary.elapsedMs)}: ${summary.imagesPerSecond.toFixed(1)} images a second`,
  ]
  if (summary.accuracy !== undefined) {
    const right = Math.round(summary.accuracy * answered)
    facts.push(`Accuracy ${describePercent(summary.accuracy)} (${right} of ${answered} right)`)
  }
  facts.push(...savingsLines(summary, chain))
  if (roundTripMs !== undefined) {
    const { p50, p95, p99 } = roundTripMs
    facts.push(
      `Time to an answer: p50 ${describeMs(p50)}, p95 ${describeMs(p95)}, p99 ${describeMs(p99)}`,
    )
  }
  if (fallbacks > 0) {
    facts.push(`${fallbacks} answered by a nearer tier, since the next one gave no answer in time`)
  }
  if (failed > 0) {
    const codes = failures.map(({ code, count }) => `${count} ${visibleText(code)}`).join(', ')
    facts.push(`${failed} without an answer: ${codes}`)
  }
  return [...(summary.tiers.length === 0 ? [] : [tierTable(summary, chain)]), ...facts].join('\n')
}

function tierTable(summary: Summary, chain: ChainFacts | undefined): string {
  const table = new Table({
    head: ['Tier', 'Answered', 'Share', 'Accuracy', 'On all'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    // No colours: the text goes to files and tests too.
    style: { head: [], border: [] },
  })
  for (const { tier, count, share, accuracy } of summary.tiers) {
    const [right, onAll] = [accuracy, accuracyOnAll(chain, tier)].map((value) =>
      describePercent(value ?? Number.NaN),
    )
    table.push([visibleText(tier), String(count), describePercent(share), right, onAll])
  }
  return table.toString()
}
