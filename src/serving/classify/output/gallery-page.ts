// --html: a page of small images with what was answered. Nothing is loaded from elsewhere; its one script filters. Pure.
import { createHash } from 'node:crypto'
import { describeMs, describePercent } from '../../../report/describe.ts'
import { htmlHead } from '../../../report/html-head.ts'
import { htmlStyle } from '../../../report/html-style.ts'
import { escapeHtml } from '../../../report/html-text.ts'
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
  return `${htmlHead(title, htmlStyle + galleryStyle, `'sha256-${scriptHash}'`)}
<body>
<h1>${title}</h1>
<p>${escapeHtml(summary)}</p>
<form class="filters" hidden aria-label="Which images are shown">
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
${cards.map((card) => renderCard(card, labelOf(card))).join('\n')}
</ul>
<script>${galleryScript}</script>
</body>
</html>
`
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
        ? '<p>right</p>'
        : `<p class="wrong">wrong: ${escapeHtml(truth)}</p>`
  const fallback = verdict.fallback ? ', fallback' : ''
  return `<li data-label="${escapeHtml(label)}" data-tier="${escapeHtml(verdict.tier)}">${image}
<h3>${escapeHtml(label)}<span>${percent}</span></h3>
<meter min="0" max="1" value="${Number.isFinite(probability) ? probability.toFixed(4) : 0}" aria-label="probability">${percent}</meter>
<p>${escapeHtml(verdict.tier)}, exit ${verdict.exit}${fallback}, ${describeMs(ms)}</p>
${judged}<p>${escapeHtml(name)}</p></li>`
}
