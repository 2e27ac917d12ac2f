// A report as one HTML page: facts, tables, charts. Nothing is loaded from elsewhere, no script runs, and it
// opens anywhere and for ever. Pure.
import { escapeHtml } from '../html-text.ts'
import { keepIdsApart } from './figure.ts'
import { reportStyle } from './page-style.ts'
import type { ReportLink, ReportPage, ReportSection, ReportTable } from './plot.ts'
import { renderChart } from './render.ts'

/** The whole page as text. */
export function renderReportPage(page: ReportPage): string {
  const title = escapeHtml(page.title)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${reportStyle}</style>
</head>
<body>
<h1>${title}</h1>
${factList(page.facts)}
${page.sections.map(section).join('\n')}
</body>
</html>
`
}

function factList(facts: ReportPage['facts']): string {
  if (facts.length === 0) return ''
  const items = facts.map(
    ([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  )
  return `<dl class="facts">\n${items.join('\n')}\n</dl>`
}

function section({ title, text = [], table, charts = [], links = [] }: ReportSection, at: number) {
  const figures = charts.map((chart, i) => {
    const svg = keepIdsApart(renderChart(chart), `s${at}c${i}-`)
    return `<figure>${svg}</figure>`
  })
  return [
    `<section>\n<h2>${escapeHtml(title)}</h2>`,
    ...text.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...(table === undefined ? [] : [tableOf(table)]),
    ...(figures.length === 0 ? [] : [`<div class="charts">${figures.join('\n')}</div>`]),
    ...(links.length === 0 ? [] : [`<ul>${links.map(linkItem).join('')}</ul>`]),
    '</section>',
  ].join('\n')
}

function tableOf({ header, rows }: ReportTable): string {
  const cells = (tag: 'th' | 'td', row: readonly string[]) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')
  return `<div class="wide"><table><thead><tr>${cells('th', header)}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')}
</tbody></table></div>`
}

/** Encoded, so that a name of a file is never a scheme. */
function linkItem({ text, href }: ReportLink): string {
  const path = href.split('/').map(encodeURIComponent).join('/')
  return `<li><a href="${escapeHtml(path)}">${escapeHtml(text)}</a></li>`
}
