// Which rows of two runs are of the same image: by File, else by Test where both files have as many rows. Pure.
import type { Run, RunRow } from './run-row.ts'

export interface Matches {
  /** Rows of the first run with those of the second. */
  readonly pairs: readonly (readonly [RunRow, RunRow])[]
  /** `none`: nothing tells which images are the same. */
  readonly by: 'file' | 'test' | 'none'
  /** What a reader should know of it. */
  readonly note: string
}

export function matchRows(first: Run, second: Run): Matches {
  if (namesImages(first) && namesImages(second)) return byFile(first, second)
  if (first.writer === 'tier' || second.writer === 'tier') {
    return none(
      "a tier's CSV names requests in place of images, so images are not matched: differences are of the runs as wholes",
    )
  }
  return byTest(first, second)
}

function namesImages({ writer, rows }: Run): boolean {
  return writer !== 'tier' && rows.some(({ file }) => file !== '')
}

/** An image that stands in both more than once is matched as often as both have it, in order. */
function byFile(first: Run, second: Run): Matches {
  const waiting = new Map<string, RunRow[]>()
  for (const row of second.rows) {
    const own = waiting.get(row.file)
    if (own === undefined) waiting.set(row.file, [row])
    else own.push(row)
  }
  const taken = new Map<string, number>()
  const pairs: [RunRow, RunRow][] = []
  for (const row of first.rows) {
    if (row.file === '') continue
    const at = taken.get(row.file) ?? 0
    const other = waiting.get(row.file)?.[at]
    if (other === undefined) continue
    taken.set(row.file, at + 1)
    pairs.push([row, other])
  }
  if (pairs.length === 0) return none('no image stands in both files')
  return { pairs, by: 'file', note: `${pairs.length} images of both, matched by File` }
}

function byTest(first: Run, second: Run): Matches {
  const [a, b] = [first.rows.length, second.rows.length]
  if (a !== b) {
    return none(
      `a file names no images, and ${a} rows do not pair with ${b}: differences are of the runs as wholes`,
    )
  }
  const partners = partnersOf(first.rows, second.rows)
  const disagree = first.rows.filter((row, i) => {
    const other = partners[i]?.expected
    return row.expected !== undefined && other !== undefined && row.expected !== other
  }).length
  if (disagree > 0) {
    return none(
      `a file names no images, and rows of the same number have other labels (${disagree} of ${a}): they are of other images`,
    )
  }
  return {
    pairs: first.rows.flatMap((row, i) => {
      const other = partners[i]
      return other === undefined ? [] : [[row, other] as const]
    }),
    by: 'test',
    note: `${a} images, matched by their number since a file names none: right where both runs read the same folder in the same order${first.writer === second.writer ? '' : order(first, second)}`,
  }
}

/** The original leaves the order within a label to the file system; ddnn sorts by name. */
function order(first: Run, second: Run): string {
  return first.writer === 'python' || second.writer === 'python'
    ? ', which the Python original leaves to the file system within a label'
    : ''
}

/** By the column Test where it numbers the rows of both files alike, in whatever order they stand; else by place. */
function partnersOf(first: readonly RunRow[], second: readonly RunRow[]): readonly RunRow[] {
  const byTest = new Map(second.map((row) => [row.test, row]))
  const isNumbered =
    byTest.size === second.length &&
    new Set(first.map(({ test }) => test)).size === first.length &&
    first.every(({ test }) => byTest.has(test))
  return isNumbered ? first.flatMap(({ test }) => byTest.get(test) ?? []) : second
}

function none(note: string): Matches {
  return { pairs: [], by: 'none', note }
}
