// --html: a page of small images with what was answered. Nothing is loaded from elsewhere; its one script filters. Pure.
import { createHash } from 'node:crypto'
import { describeMs, describePercent } from '../../../report/describe.ts'
import { renderDocument, type Headline } from '../../../report/page/document.ts'
import { escapeHtml } from '../../../report/page/escape.ts'
import { keyHtml } from '../../../report/page/table.ts'
import { nameOfClass, probabilityOf, type Answered } from '../classify.ts'
import { galleryScript, galleryStyle } from './gallery-style.ts'

interface GalleryPage {
  readonly labels: readonly string[] | undefined
  /** Those that are shown; `total` were answered. */
  readonly cards: readonly Answered[]
  readonly total: number
  /** One line, as at the end of the run. */
  readonly summary: string
}

const scriptHash = createHash('sha256').update(galleryScript).digest('base64')

export function renderGallery({ labels, cards, total, summary }: GalleryPage): string {
  const title = 'ddnn classify'
  const shown = cards.length < total ? `, the first ${cards.length} of them` : ''
  const labelOf = (card: Answered) => card.verdict.label ?? nameOfClass(card.verdict.class, labels)
  const sorted = [...cards.filter(isWrong), ...cards.filter((card) => !isWrong(card))]
  const main = `<form class="filters" hidden aria-label="Which images are shown">
${filter('label', 'Answer', cards.map(labelOf))}
${filter(
  'tier',
  'Answered by',
  cards.map(({ verdict }) => verdict.tier),
)}
<output aria-live="polite"></output>
</form>
<h2>${total} images${shown}</h2>
<ul class="gallery">
${sorted.map((card) => renderCard(card, labelOf(card))).join('\n')}
</ul>`
  return renderDocument({
    title,
    lead: [summary],
    headline: headlineOf(cards, total),
    main,
    provenance: [],
    style: galleryStyle,
    script: { source: `'sha256-${scriptHash}'`, text: galleryScript },
  })
}

/** Of the cards that are shown: all, but for a long run. */
function headlineOf(cards: readonly Answered[], total: number): readonly Headline[] {
  const known = cards.filter(({ truth }) => truth !== undefined)
  const right = known.filter((card) => !isWrong(card)).length
  const times = cards.map(({ ms }) => ms).sort((a, b) => a - b)
  const byExit = cards.toSorted((a, b) => a.verdict.exit - b.verdict.exit)
  const [first, ...others] = new Set(byExit.map(({ verdict }) => verdict.tier))
  const countOf = (tier: string) => cards.filter(({ verdict }) => verdict.tier === tier).length
  const note = cards.length < total ? `of the first ${cards.length}` : undefined
  const middle = times[Math.floor((times.length - 1) / 2)]
  return [
    { name: 'Images', value: String(total) },
    ...(known.length === 0
      ? []
      : [
          {
            name: 'Right',
            value: describePercent(right / known.length),
            note: `${right} of ${known.length} in folders of their label`,
          },
        ]),
    ...(middle === undefined ? [] : [{ name: 'Time, p50', value: describeMs(middle), note }]),
    ...(first === undefined || others.length === 0
      ? []
      : [
          {
            name: `Answered by ${first}`,
            value: describePercent(countOf(first) / cards.length),
            note: others.map((tier) => `${tier} ${countOf(tier)}`).join(', '),
          },
        ]),
  ]
}

function isWrong({ truth, verdict }: Answered): boolean {
  return truth !== undefined && truth !== verdict.label
}

function filter(name: string, title: string, values: readonly string[]): string {
  const options = [...new Set(values)]
    .sort()
    .map((value) => `<option value="${escapeHtml(value)}">${escapeHtml(value)}</option>`)
  return `<div><label for="by-${name}">${title}</label><select id="by-${name}" name="${name}" autocomplete="off"><option value="">all</option>${options.join('')}</select></div>`
}

function renderCard({ name, truth, verdict, ms, thumbnail }: Answered, label: string): string {
  const probability = probabilityOf(verdict)
  const percent = describePercent(probability)
  const image =
    thumbnail === undefined
      ? '<div class="none"></div>'
      : `<img src="${escapeHtml(thumbnail)}" alt="${escapeHtml(name)}" loading="lazy">`
  const judged =
    truth === undefined
      ? ''
      : truth === verdict.label
        ? '<p class="right">right</p>'
        : `<p class="wrong">wrong: ${escapeHtml(truth)}</p>`
  const fallback = verdict.fallback ? ', fallback' : ''
  return `<li data-label="${escapeHtml(label)}" data-tier="${escapeHtml(verdict.tier)}">${image}
<h3>${escapeHtml(label)}<span>${percent}</span></h3>
<meter min="0" max="1" value="${Number.isFinite(probability) ? probability.toFixed(4) : 0}" aria-label="probability">${percent}</meter>
<p>${keyHtml(verdict.exit < 0 ? undefined : verdict.exit)}${escapeHtml(verdict.tier)}, exit ${verdict.exit}${fallback}, ${describeMs(ms)}</p>
${judged}<p>${escapeHtml(name)}</p></li>`
}
