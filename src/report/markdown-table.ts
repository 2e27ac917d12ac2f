// A table as Markdown, laid out as Prettier lays it out, so that a formatted page stays as it is.
import { visibleText } from '../domain/visible.ts'
import type { ReportTable } from './page/page.ts'

/** Several lines without a line break at the end. */
export function markdownTable({ header, rows }: ReportTable): string {
  const cells = [header, ...rows].map((row) => row.map(markdownText))
  const widths = header.map((_, column) =>
    Math.max(3, ...cells.map((row) => widthOf(row[column] ?? ''))),
  )
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, i) => pad(row[i] ?? '', width)).join(' | ')} |`
  const [head, ...body] = cells
  return [line(head ?? []), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join(
    '\n',
  )
}

/** One line of text that Markdown shows as it is; what would not be read as a sign stays bare: saved_models. */
export function markdownText(text: string): string {
  return visibleText(text).replace(
    /[\\|*`[\]]|<(?=[a-z/!?])|(?<!\w)_|_(?!\w)/gi,
    (sign) => `\\${sign}`,
  )
}

function widthOf(text: string): number {
  return [...text].length
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}
