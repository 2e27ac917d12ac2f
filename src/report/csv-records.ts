// Reading a semicolon CSV back: records with their lines as they stand in the file. Pure.

export interface CsvRecord {
  /** As written, its line break included. */
  readonly line: string
  readonly cells: readonly string[]
}

/**
 * The whole records of a text, in order. What follows the last line break outside of quotes was cut off in
 * its middle and is left out.
 */
export function readRecords(text: string): readonly CsvRecord[] {
  const records: CsvRecord[] = []
  let start = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const c = text[at]
    // Two quotes that stand for one close and open again.
    if (c === '"') isQuoted = !isQuoted
    if (c !== '\n' || isQuoted) continue
    const line = text.slice(start, at + 1)
    records.push({ line, cells: cellsOfLine(line.slice(0, -1).replace(/\r$/, '')) })
    start = at + 1
  }
  return records
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
