// The images that runs get wrong: those that most runs do first, then the most confident mistakes. Pure.
import { imageName, saidOf, type Said } from './changes.ts'
import { nameOfClass } from './class-names.ts'
import { matchRows } from './match-rows.ts'
import type { Run, RunRow } from './run-row.ts'

export interface HardImage {
  readonly image: string
  readonly expected: string
  /** Runs that got it wrong. */
  readonly wrongIn: number
  /** By run of the report; undefined where it does not have the image. */
  readonly said: readonly (Said | undefined)[]
}

export interface Hardest {
  /** Images that any run got wrong, and those that every run did. */
  readonly wrong: number
  readonly wrongInAll: number
  readonly images: readonly HardImage[]
}

const mostListed = 200

/** Runs whose images are not those of the first stand with what they say of none. */
export function hardestOf(runs: readonly Run[]): Hardest {
  const [first] = runs
  if (first === undefined) return { wrong: 0, wrongInAll: 0, images: [] }
  const partners = runs.slice(1).map((run) => new Map(matchRows(first, run).pairs))
  const candidates = first.rows
    .map((row) => [row, ...partners.map((own) => own.get(row))] as const)
    .map((rows) => ({ rows, wrongIn: rows.filter((row) => row?.isRight === false).length }))
    .filter(({ wrongIn }) => wrongIn > 0)
  const listed = candidates
    .toSorted(
      (a, b) =>
        b.wrongIn - a.wrongIn ||
        mistakeOf(b.rows) - mistakeOf(a.rows) ||
        a.rows[0].place - b.rows[0].place,
    )
    .slice(0, mostListed)
  return {
    wrong: candidates.length,
    wrongInAll: candidates.filter(({ wrongIn }) => wrongIn === runs.length).length,
    images: listed.map(({ rows, wrongIn }) => ({
      image: imageName(rows[0].file === '' ? (rows.find((row) => row?.file) ?? rows[0]) : rows[0]),
      expected: expectedOf(runs, rows),
      wrongIn,
      said: rows.map((row, i) => {
        const run = runs[i]
        return row === undefined || run === undefined ? undefined : saidOf(run, row)
      }),
    })),
  }
}

/** The highest confidence of a wrong answer; 0 where files tell none. */
function mistakeOf(rows: readonly (RunRow | undefined)[]): number {
  return Math.max(0, ...rows.map((row) => (row?.isRight === false ? (row.confidence ?? 0) : 0)))
}

function expectedOf(runs: readonly Run[], rows: readonly (RunRow | undefined)[]): string {
  const at = rows.findIndex((row) => row?.expected !== undefined)
  const run = runs[at]
  return run === undefined ? '-' : nameOfClass(run, rows[at]?.expected)
}
