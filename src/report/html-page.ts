// A run as one HTML page: nothing is loaded from elsewhere, so it opens anywhere and for ever. Pure.
import type { Outcome } from '../domain/outcome.ts'
import { answerOf, hopsOf, isFallback } from '../domain/reply.ts'
import type { ChainFacts } from '../domain/tier-facts.ts'
import { describeMs, describePercent } from './describe.ts'
import { renderDocument, type Headline } from './page/document.ts'
import { escapeHtml } from './page/escape.ts'
import { shareBar, type BarPart } from './page/share-bar.ts'
import { keyHtml, scrollBox, tableHtml } from './page/table.ts'
import type { Paint } from './plot/palette.ts'
import { accuracyOnAll } from './savings.ts'
import { savingsLines } from './savings-text.ts'
import type { Summary, TierSummary } from './summary.ts'

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
  /** Wrong ones first. */
  readonly rows: readonly HtmlRow[]
  /** How the run was made. */
  readonly provenance?: readonly (readonly [string, string])[] | undefined
}

/** The whole page as text. */
export function renderHtml(page: HtmlPage): string {
  const { title, summary, rows, provenance = [] } = page
  const { samples, elapsedMs } = summary
  const shown = rows.length < samples ? `, ${rows.length} of ${samples}` : ''
  const main = `<h2>Where images were answered</h2>
${shareBar(barParts(summary.tiers))}
${tierTable(page)}
${savingsList(page)}
${failureList(summary)}
<h2>Images${shown}</h2>
<p>Those without an answer first, then wrong ones, then right ones, each in the order of the run.</p>
${sampleTable(page)}`
  const facts = [...provenance, ['Time of the run', describeMs(elapsedMs)] as const]
  return renderDocument({ title, headline: headlineOf(summary), main, provenance: facts })
}

function headlineOf(summary: Summary): readonly Headline[] {
  const { samples, answered, failed, fallbacks, accuracy, roundTripMs, imagesPerSecond } = summary
  const missed = [
    ...(failed === 0 ? [] : [`${failed} without an answer`]),
    ...(fallbacks === 0 ? [] : [`${fallbacks} fallbacks`]),
  ]
  return [
    {
      name: 'Accuracy',
      value: accuracy === undefined ? '-' : describePercent(accuracy),
      note: 'of the images that were answered',
    },
    {
      name: 'Answered',
      value: `${answered} of ${samples}`,
      note: missed.length === 0 ? undefined : missed.join(', '),
    },
    {
      name: 'Time to an answer, p50',
      value: roundTripMs === undefined ? '-' : describeMs(roundTripMs.p50),
      note:
        roundTripMs === undefined
          ? undefined
          : `p95 ${describeMs(roundTripMs.p95)}, p99 ${describeMs(roundTripMs.p99)}`,
    },
    { name: 'Images a second', value: imagesPerSecond.toFixed(1) },
  ]
}

/** An exit has one colour on every page; who does not name theirs has that of the tier's place. */
function paintOf(exit: number | undefined, place: number): Paint {
  return exit === undefined || exit < 0 ? Math.max(0, place) : exit
}

/** A part an exit that images left at. */
function barParts(tiers: readonly TierSummary[]): readonly BarPart[] {
  return tiers.flatMap(({ tier, count, share, exits }, place) =>
    exits.map((one) => ({
      name: exits.length === 1 ? tier : `${tier}, exit ${one.exit}`,
      count: one.count,
      share: (share * one.count) / count,
      paint: paintOf(one.exit, place),
    })),
  )
}

function savingsList({ summary, chain }: HtmlPage): string {
  return savingsLines(summary, chain)
    .map((line) => `<p>${escapeHtml(line)}</p>`)
    .join('\n')
}

function tierTable({ summary: { tiers }, chain }: HtmlPage): string {
  const rows = tiers.map(({ tier, count, share, accuracy }) => [
    tier,
    String(count),
    describePercent(share),
    ...[accuracy, accuracyOnAll(chain, tier)].map((value) => describePercent(value ?? Number.NaN)),
  ])
  const header = ['Tier', 'Answered', 'Share', 'Accuracy', 'On all']
  const keys = tiers.map(({ exits, ran }, place) => paintOf((exits[0] ?? ran[0])?.exit, place))
  return tableHtml({ header, rows, keys }, 'Tiers')
}

function failureList({ failures }: Summary): string {
  if (failures.length === 0) return ''
  const items = failures.map(({ code, count }) => `<li>${count} &times; ${escapeHtml(code)}</li>`)
  return `<h2>Without an answer</h2>\n<ul>${items.join('')}</ul>`
}

function sampleTable(page: HtmlPage): string {
  const { rows } = page
  const hasThumbnails = rows.some((row) => row.thumbnail !== undefined)
  const head = ['Image', 'Label', 'Prediction', 'Answered by', 'Confidence', 'Hops', 'Time']
  const heads = [...(hasThumbnails ? ['Photo'] : []), ...head]
  const body = rows.map((row) => sampleRow(row, page, hasThumbnails))
  return scrollBox(
    `<table class="samples"><thead><tr>${heads.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table>`,
    'Images',
  )
}

function sampleRow(
  { outcome, thumbnail }: HtmlRow,
  { labels, summary: { tiers } }: HtmlPage,
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
    cells.push(`<td class="wrong" colspan="5">${escapeHtml(why)}</td>`)
  } else {
    const { prediction, confidence, exit } = answer.result
    const place = tiers.findIndex(({ tier }) => tier === answer.tier)
    const fallback = isFallback(reply) ? ' <small>fallback</small>' : ''
    const verdict = prediction === label ? '' : ' class="wrong"'
    cells.push(
      `<td${verdict}>${nameOf(prediction)}</td>`,
      `<td>${keyHtml(paintOf(exit, place))}${escapeHtml(answer.tier)}${fallback}</td>`,
      `<td>${Number.isFinite(confidence) ? confidence?.toFixed(3) : '-'}</td>`,
      `<td>${hopsOf(reply).length}</td>`,
      `<td class="short">${roundTripMs === undefined ? '-' : describeMs(roundTripMs)}</td>`,
    )
  }
  return `<tr data-kind="${kindOf(outcome)}">${hasThumbnails ? image : ''}${cells.join('')}</tr>`
}

/** Whether an image was answered right, wrong or not at all. */
export function kindOf({ reply, label }: Outcome): 'right' | 'wrong' | 'failed' {
  const answer = reply && answerOf(reply)
  if (answer === undefined) return 'failed'
  return answer.result.prediction === label ? 'right' : 'wrong'
}
