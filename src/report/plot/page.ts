// A report as one HTML page: facts, tables, charts. Nothing is loaded from elsewhere, no script runs, and it
// opens anywhere and for ever. Pure.
import { htmlHead } from '../html-head.ts'
import { escapeHtml } from '../html-text.ts'
import { keepIdsApart } from './figure.ts'
import { reportStyle } from './page-style.ts'
import type { ReportLink, ReportPage, ReportSection, ReportTable } from './plot.ts'
import { renderChart } from './render.ts'

/** The whole page as text. */
export function renderReportPage(page: ReportPage): string {
  const title = escapeHtml(page.title)
  return `${htmlHead(page.title, reportStyle)}
<body>
<h1>${title}</h1>
${factList(page.facts)}
${page.sections.map(section).join('\n')}
</body>
</html>
`
}

/** A longer value, such as a command, has a row of its own. */
const longestFact = 60

function factList(facts: ReportPage['facts']): string {
  if (facts.length === 0) return ''
  const items = facts.map(
    ([name, value]) =>
      `<div${value.length > longestFact ? ' class="long"' : ''}><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  )
  return `<dl class="facts">\n${items.join('\n')}\n</dl>`
}

function section(
  { title, text = [], table, charts = [], images = [], links = [] }: ReportSection,
  at: number,
): string {
  const figures = charts.map((chart, i) => {
    const svg = keepIdsApart(renderChart(chart), `s${at}c${i}-`)
    return figureOf(svg, widthOf(svg) > columnWidth)
  })
  figures.push(...images.map(({ svg, label }) => figureOf(imageOf(svg, label), true)))
  return [
    `<section>\n<h2>${escapeHtml(title)}</h2>`,
    ...text.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...(table === undefined ? [] : [tableOf(table, title)]),
    ...(figures.length === 0 ? [] : [`<div class="charts">${figures.join('\n')}</div>`]),
    ...(links.length === 0 ? [] : [`<ul>${links.map(linkItem).join('')}</ul>`]),
    '</section>',
  ].join('\n')
}

/** Pixels of a chart that still stands beside another one. */
const columnWidth = 660

function widthOf(svg: string): number {
  return Number(/\bwidth="([\d.]+)"/.exec(svg)?.[1])
}

function figureOf(content: string, isLarge: boolean): string {
  return `<figure${isLarge ? ' class="large"' : ''}>${content}</figure>`
}

/** '77.7 %' stays on one line, a command does not. */
const longestShort = 24

/** A table wider than its place scrolls by keyboard too, under the name of its section. */
function tableOf({ header, rows }: ReportTable, name: string): string {
  const heads = header.map((cell) => `<th scope="col">${escapeHtml(cell)}</th>`).join('')
  const cellOf = (cell: string) =>
    `<td${cell.length <= longestShort ? ' class="short"' : ''}>${escapeHtml(cell)}</td>`
  return `<div class="wide" tabindex="0" role="region" aria-label="${escapeHtml(name)}"><table><thead><tr>${heads}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${row.map(cellOf).join('')}</tr>`).join('\n')}
</tbody></table></div>`
}

function imageOf(svg: string, label: string): string {
  const data = Buffer.from(svg).toString('base64')
  return `<img src="data:image/svg+xml;base64,${data}" alt="${escapeHtml(label)}">`
}

/** Encoded, so that a name of a file is never a scheme. */
function linkItem({ text, href }: ReportLink): string {
  const path = href.split('/').map(encodeURIComponent).join('/')
  return `<li><a href="${escapeHtml(path)}">${escapeHtml(text)}</a></li>`
}
