// A report as one HTML page: result, charts, tables, photos. Nothing is loaded from elsewhere, no script runs, and
// it opens anywhere and for ever. Pure.
import { keepIdsApart } from '../plot/figure.ts'
import { themed } from '../plot/palette.ts'
import { pageSizes, renderChart } from '../plot/render.ts'
import { renderDocument } from './document.ts'
import { escapeHtml } from './escape.ts'
import type { ReportLink, ReportPage, ReportSection, ReportThumb } from './page.ts'
import { keyHtml, tableHtml } from './table.ts'

/** The whole page as text. */
export function renderReportPage({ sections, ...page }: ReportPage): string {
  return renderDocument({ ...page, main: sections.map(sectionHtml).join('\n') })
}

function sectionHtml(section: ReportSection, at: number): string {
  const { title, text = [], thumbs = [], table, links = [], isFolded = false } = section
  const heading = `<h2>${escapeHtml(title)}</h2>`
  const content = [
    ...text.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...(thumbs.length === 0 ? [] : [thumbList(thumbs)]),
    ...(table === undefined ? [] : [tableHtml(table, title)]),
    ...figures(section, at),
    ...(links.length === 0 ? [] : [`<ul>${links.map(linkItem).join('')}</ul>`]),
  ]
  const parts = isFolded
    ? ['<details>', `<summary>${heading}</summary>`, ...content, '</details>']
    : [heading, ...content]
  return ['<section>', ...parts, '</section>'].join('\n')
}

function figures({ charts = [], images = [] }: ReportSection, at: number): readonly string[] {
  const all = charts.map((chart, i) => {
    const svg = themed(keepIdsApart(renderChart(chart, undefined, pageSizes), `s${at}c${i}-`))
    return figureHtml(svg, widthOf(svg) > columnWidth, chart.title)
  })
  all.push(...images.map(({ svg, label }) => figureHtml(imageHtml(svg, label), true, label)))
  return all.length === 0 ? [] : [`<div class="charts">${all.join('\n')}</div>`]
}

/** Pixels of a chart that still stands beside another one; wider ones keep their size and scroll. */
const columnWidth = 520

function widthOf(svg: string): number {
  return Number(/\bwidth="([\d.]+)"/.exec(svg)?.[1])
}

/** On a narrow screen it scrolls in its box, by keyboard too. */
function figureHtml(content: string, isLarge: boolean, name: string): string {
  return `<figure${isLarge ? ' class="large"' : ''} tabindex="0" aria-label="${escapeHtml(name)}">${content}</figure>`
}

function imageHtml(svg: string, label: string): string {
  const data = Buffer.from(svg).toString('base64')
  return `<img src="data:image/svg+xml;base64,${data}" alt="${escapeHtml(label)}">`
}

function thumbList(thumbs: readonly ReportThumb[]): string {
  // Where none is there, as of a data set in one file, words are enough.
  const hasImages = thumbs.some(({ src }) => src !== undefined)
  const items = thumbs.map(({ src, name, verdict, kind, lines, key }) => {
    const image =
      src === undefined
        ? hasImages
          ? '<div class="none"></div>'
          : ''
        : `<img src="${escapeHtml(src)}" alt="${escapeHtml(name)}" loading="lazy">`
    const words = lines
      .map((line, i) => `<p>${i === 0 ? keyHtml(key) : ''}${escapeHtml(line)}</p>`)
      .join('')
    return `<li>${image}<p class="${kind}">${escapeHtml(verdict)}</p>${words}<p>${escapeHtml(name)}</p></li>`
  })
  return `<ul class="thumbs">\n${items.join('\n')}\n</ul>`
}

/** Encoded, so that a name of a file is never a scheme. */
function linkItem({ text, href }: ReportLink): string {
  const path = href.split('/').map(encodeURIComponent).join('/')
  return `<li><a href="${escapeHtml(path)}">${escapeHtml(text)}</a></li>`
}
