// Reading a CSV back: records with their lines as they stand in the file. Pure.

export interface CsvRecord {
  /** As written, its line break included. */
  readonly line: string
  readonly cells: readonly string[]
}

interface ReadOptions {
  /** ';' where left out. */
  readonly separator?: string
  /**
   * Cells that a record has. One of several lines that has not as many began with a quote that is never closed, or
   * where another one stands: its first line is then a record of its own, and what is behind it is read anew.
   */
  readonly columns?: number
}

/**
 * The whole records of a text, in order. What follows the last line break outside of quotes was cut off in
 * its middle and is left out, but for its lines where the number of columns is given.
 */
export function* readRecords(
  text: string,
  { separator = ';', columns }: ReadOptions = {},
): Generator<CsvRecord, void> {
  let start = 0
  while (start < text.length) {
    const lineEnd = text.indexOf('\n', start)
    if (lineEnd === -1) return
    const end = recordEnd(text, { start, lineEnd }, separator, columns !== undefined)
    if (end === -1 && columns === undefined) return
    const upTo = (place: number) => recordOf(text.slice(start, place + 1), separator)
    let record = upTo(end === -1 ? lineEnd : end)
    const isOdd = columns !== undefined && record.cells.length !== columns
    if (end > lineEnd && isOdd) record = upTo(lineEnd)
    yield record
    start += record.line.length
  }
}

function recordOf(line: string, separator: string): CsvRecord {
  const text = line.slice(0, line.endsWith('\r\n') ? -2 : -1)
  return { line, cells: cellsOfLine(text, separator) }
}

/**
 * Place of the first line break outside of quotes, -1 where there is none; quotes as `cellsOfLine` takes them. Strictly,
 * a quote on a later line ends a cell, or it is one that opens another: then none.
 */
function recordEnd(
  text: string,
  { start, lineEnd }: { readonly start: number; readonly lineEnd: number },
  separator: string,
  isStrict: boolean,
): number {
  if (!text.slice(start, lineEnd).includes('"')) return lineEnd
  let isQuoted = false
  let isFirst = true
  for (let at = start; at < text.length; at++) {
    const c = text[at]
    if (isQuoted) {
      if (c !== '"') continue
      const next = text[at + 1]
      if (next === '"') at++
      else isQuoted = false
      const isEnd = isQuoted || next === separator || next === '\n' || next === '\r'
      if (isStrict && at > lineEnd && !isEnd) return -1
    } else if (c === '\n') return at
    else {
      isQuoted = c === '"' && isFirst
      isFirst = c === separator
    }
  }
  return -1
}

/** The cells of one line without its break; quotes as `csv.reader` of Python takes them. */
export function cellsOfLine(line: string, separator = ';'): readonly string[] {
  if (!line.includes('"')) return line.split(separator)
  const cells: string[] = []
  let cell = ''
  let isQuoted = false
  for (let at = 0; at < line.length; at++) {
    const c = line[at] as string
    if (isQuoted && c === '"' && line[at + 1] === '"') {
      cell += c
      at++
    } else if (c === '"' && (isQuoted || cell === '')) isQuoted = !isQuoted
    else if (c === separator && !isQuoted) {
      cells.push(cell)
      cell = ''
    } else cell += c
  }
  cells.push(cell)
  return cells
}
