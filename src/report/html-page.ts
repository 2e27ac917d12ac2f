// A run as one HTML page: nothing is loaded from elsewhere, so it opens anywhere and for ever. Pure.
import type { Outcome } from '../domain/outcome.ts'
import { answerOf, hopsOf, isFallback } from '../domain/reply.ts'
import { describeMs, describePercent } from './describe.ts'
import { tierBar, tierColour } from './html-bar.ts'
import { htmlHead } from './html-head.ts'
import { htmlStyle } from './html-style.ts'
import { escapeHtml } from './html-text.ts'
import type { ChainFacts } from '../domain/tier-facts.ts'
import { accuracyOnAll } from './savings.ts'
import { savingsLines } from './savings-text.ts'
import type { Summary } from './summary.ts'

/** A row of the page's table. */
export interface HtmlRow {
  readonly outcome: Outcome
  /** A small image as a data URI; undefined shows none. */
  readonly thumbnail: string | undefined
}

interface HtmlPage {
  readonly title: string
  readonly labels: readonly string[]
  readonly summary: Summary
  /** What is known of the tiers that were asked. */
  readonly chain?: ChainFacts | undefined
  readonly rows: readonly HtmlRow[]
}

/** The whole page as text. */
export function renderHtml(page: HtmlPage): string {
  const { title, summary, rows } = page
  const shown = rows.length < summary.samples ? `, the first ${rows.length} of them` : ''
  return `${htmlHead(page.title, htmlStyle)}
<body>
<h1>${escapeHtml(title)}</h1>
<dl class="facts">
${factsOf(summary)
  .map(([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`)
  .join('\n')}
</dl>
<h2>Where images were answered</h2>
${tierBar(summary.tiers)}
${tierTable(page)}
${savingsList(page)}
${failureList(summary)}
<h2>Images${shown}</h2>
${sampleTable(page)}
</body>
</html>
`
}

function factsOf(summary: Summary): readonly (readonly [string, string])[] {
  const { samples, answered, failed, fallbacks, accuracy, roundTripMs, imagesPerSecond } = summary
  return [
    ['Images', String(samples)],
    ['Accuracy', accuracy === undefined ? '-' : describePercent(accuracy)],
    ['Answered', `${answered} of ${samples}`],
    ['Without an answer', String(failed)],
    ['Fallbacks', String(fallbacks)],
    ['Time to an answer, p50', roundTripMs === undefined ? '-' : describeMs(roundTripMs.p50)],
    ['p95', roundTripMs === undefined ? '-' : describeMs(roundTripMs.p95)],
    ['p99', roundTripMs === undefined ? '-' : describeMs(roundTripMs.p99)],
    ['Images a second', imagesPerSecond.toFixed(1)],
    ['Time', describeMs(summary.elapsedMs)],
  ]
}

function savingsList({ summary, chain }: HtmlPage): string {
  return savingsLines(summary, chain)
    .map((line) => `<p>${escapeHtml(line)}</p>`)
    .join('\n')
}

function tierTable({ summary: { tiers }, chain }: HtmlPage): string {
  const rows = tiers.map(({ tier, count, share, accuracy }, i) => {
    const [right, onAll] = [accuracy, accuracyOnAll(chain, tier)].map((value) =>
      describePercent(value ?? Number.NaN),
    )
    const key = `<i class="key" style="background:${tierColour(i)}"></i>`
    return `<tr><td>${key}${escapeHtml(tier)}</td><td>${count}</td><td>${describePercent(share)}</td><td>${right}</td><td>${onAll}</td></tr>`
  })
  return `<div class="wide"><table class="tiers"><thead><tr><th>Tier</th><th>Answered</th><th>Share</th><th>Accuracy</th><th>On all</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`
}

function failureList({ failures }: Summary): string {
  if (failures.length === 0) return ''
  const items = failures.map(({ code, count }) => `<li>${count} &times; ${escapeHtml(code)}</li>`)
  return `<h2>Without an answer</h2>\n<ul>${items.join('')}</ul>`
}

function sampleTable({ rows, labels }: HtmlPage): string {
  const hasThumbnails = rows.some((row) => row.thumbnail !== undefined)
  const head = ['Image', 'Label', 'Prediction', 'Answered by', 'Confidence', 'Hops', 'Time']
  const heads = [...(hasThumbnails ? [''] : []), ...head].map((name) => `<th>${name}</th>`)
  const body = rows.map((row) => sampleRow(row, labels, hasThumbnails))
  return `<div class="wide"><table class="samples"><thead><tr>${heads.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>`
}

function sampleRow(
  { outcome, thumbnail }: HtmlRow,
  labels: readonly string[],
  hasThumbnails: boolean,
): string {
  const { reply, label, roundTripMs, problem, file } = outcome
  const answer = reply && answerOf(reply)
  const nameOf = (index: number) => escapeHtml(labels[index] ?? `class ${index}`)
  const image =
    thumbnail === undefined
      ? '<td></td>'
      : `<td><img src="${escapeHtml(thumbnail)}" alt="" loading="lazy"></td>`
  const cells = [`<td>${escapeHtml(file)}</td>`, `<td>${nameOf(label)}</td>`]
  if (reply === undefined || answer === undefined) {
    const why = problem === undefined ? 'no answer' : `${problem.code}: ${problem.message}`
    cells.push(`<td colspan="5">${escapeHtml(why)}</td>`)
  } else {
    const { prediction, confidence } = answer.result
    const fallback = isFallback(reply) ? ' <small>fallback</small>' : ''
    cells.push(
      `<td>${nameOf(prediction)}</td>`,
      `<td>${escapeHtml(answer.tier)}${fallback}</td>`,
      `<td>${Number.isFinite(confidence) ? confidence?.toFixed(3) : '-'}</td>`,
      `<td>${hopsOf(reply).length}</td>`,
      `<td>${roundTripMs === undefined ? '-' : describeMs(roundTripMs)}</td>`,
    )
  }
  const kind =
    answer === undefined ? 'failed' : answer.result.prediction === label ? 'right' : 'wrong'
  return `<tr class="${kind}">${hasThumbnails ? image : ''}${cells.join('')}</tr>`
}
