// A table of a page. One that is wider than its place scrolls in a box of its own, by keyboard too.
import { cssColourOf, type Paint } from '../plot/palette.ts'
import { escapeHtml } from './escape.ts'
import type { ReportTable } from './page.ts'

/** '100.0 % (92.3 to 100.0 %)' stays on one line, a command does not. */
const longestShort = 32

/** `name` is what the box is called: the title of its section. */
export function tableHtml({ header, rows, keys, marked = [] }: ReportTable, name: string): string {
  // A column of remarks has no name; a heading without words would be read out as one.
  const heads = header
    .map((cell) => (cell === '' ? '<td></td>' : `<th scope="col">${escapeHtml(cell)}</th>`))
    .join('')
  const rowOf = (row: readonly string[], at: number) => {
    const cells = row.map((cell, i) => {
      const key = i === 0 ? keyHtml(keys?.[at]) : ''
      const kind = cell.length <= longestShort ? ' class="short"' : ''
      return `<td${kind}>${key}${escapeHtml(cell)}</td>`
    })
    return `<tr${marked.includes(at) ? ' class="marked"' : ''}>${cells.join('')}</tr>`
  }
  return scrollBox(
    `<table><thead><tr>${heads}</tr></thead>\n<tbody>\n${rows.map(rowOf).join('\n')}\n</tbody></table>`,
    name,
  )
}

/** The box itself, for tables of other kinds. */
export function scrollBox(table: string, name: string): string {
  return `<div class="wide" tabindex="0" role="region" aria-label="${escapeHtml(name)}">${table}</div>`
}

/** A small square of this colour before a name; nothing where there is none. */
export function keyHtml(paint: Paint | undefined): string {
  return paint === undefined
    ? ''
    : `<i class="key" style="background:${cssColourOf(paint)}" aria-hidden="true"></i>`
}
