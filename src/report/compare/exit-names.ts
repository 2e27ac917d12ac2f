// Which exit answered a row. ddnn names it; other files tell it by the deepest hop that has a prediction. Pure.
import { medianOf } from '../percentile.ts'
import type { CsvRow, RunCsv } from './run-row.ts'

const hopNames = ['edge', 'fog', 'cloud'] as const

/** Of a hop that asked another one; less is its own work. */
const leastWaitMs = 0.2

/** Place of the deepest hop with a prediction; -1 without one. */
export function depthOf({ hops }: CsvRow): number {
  return hops.findLastIndex(({ prediction }) => prediction !== undefined)
}

/** By row: the exit's name, undefined without an answer; and exits whose predictions the file has no columns for. */
interface NamedExits {
  readonly byRow: readonly (string | undefined)[]
  /** All names, nearest to the device first. */
  readonly order: readonly string[]
  readonly beyond: ReadonlySet<string>
}

/**
 * Of each file. Hops that no file names are called as the columns are; where another file names one, by that name.
 */
export function exitsOf(csvs: readonly RunCsv[]): readonly NamedExits[] {
  const names = hopNames.map((fallback, depth) => nameAt(csvs, depth) ?? fallback)
  return csvs.map(({ rows, writer }) => {
    const isLocal = writer === 'python' && rows.every(isWithoutHops)
    const byRow = rows.map((row) => {
      if (row.exit !== '') return row.exit
      const depth = depthOf(row)
      return depth === -1 ? undefined : isLocal ? 'local' : names[depth]
    })
    const beyond = beyondColumns(rows)
    return { byRow, order: orderOf(rows, byRow, beyond), beyond }
  })
}

/** Names of all files in one order: by how deep each is, then as they are met. */
export function commonOrder(named: readonly NamedExits[]): readonly string[] {
  const places = new Map<string, number>()
  for (const { order } of named) {
    for (const [i, name] of order.entries()) {
      places.set(name, Math.max(places.get(name) ?? 0, i))
    }
  }
  return [...places].toSorted(([, a], [, b]) => a - b).map(([name]) => name)
}

/** A local run of the original has an answer and no times of hops: which exit it left by is not in the file. */
function isWithoutHops({ hops }: CsvRow): boolean {
  return hops.every(
    ({ prediction, totalMs, computeMs }, i) =>
      totalMs === undefined && computeMs === undefined && (i === 0 || prediction === undefined),
  )
}

/** The one name that rows which were answered at this depth bear. */
function nameAt(csvs: readonly RunCsv[], depth: number): string | undefined {
  const names = new Set<string>()
  for (const { rows } of csvs) {
    for (const row of rows) if (row.exit !== '' && depthOf(row) === depth) names.add(row.exit)
  }
  const [only] = names
  return names.size === 1 ? only : undefined
}

/**
 * Names of tiers behind the third: their predictions have no columns, and what the third hop would have said stands
 * there. Of the names that answer rows of three hops one that fell back is the third, for it has a front; else the one
 * that waited least for others, and one that waited about as long is its replica. Names with numbers are counted.
 */
function beyondColumns(rows: readonly CsvRow[]): ReadonlySet<string> {
  const waits = new Map<string, number[]>()
  const shallow = new Map<string, number>()
  const fellBack = new Set<string>()
  for (const row of rows) {
    const depth = depthOf(row)
    if (row.exit === '' || depth === -1) continue
    if (depth < hopNames.length - 1) shallow.set(row.exit, depth)
    else if (row.isFallback) fellBack.add(row.exit)
    else keep(waits, row)
  }
  const deep = [...waits]
    .filter(([name]) => !shallow.has(name) && !fellBack.has(name))
    .map(([name, own]) => ({ name, wait: medianOf(own) }))
    .toSorted((one, other) => one.wait - other.wait)
  const third = deep[0]?.wait ?? 0
  const isBeyond = ({ name, wait }: (typeof deep)[number]) =>
    fellBack.size > 0 ||
    wait > 2 * third + leastWaitMs ||
    placeByNumber(name, shallow) > hopNames.length - 1
  return new Set(deep.filter(isBeyond).map(({ name }) => name))
}

function keep(waits: Map<string, number[]>, row: CsvRow): void {
  const own = waits.get(row.exit)
  if (own === undefined) waits.set(row.exit, [waitOf(row)])
  else own.push(waitOf(row))
}

/** Of the third hop for what is behind it, milliseconds. */
function waitOf({ hops }: CsvRow): number {
  const { totalMs = 0, computeMs = 0 } = hops.at(-1) ?? {}
  return totalMs - computeMs
}

/**
 * 5 of model_6 where model_1 answers as the first hop; -1 of names that are not numbered alike, or not by their places,
 * as replicas are.
 */
function placeByNumber(name: string, shallow: ReadonlyMap<string, number>): number {
  const [, stem, number] = /^(.*?)(\d+)$/.exec(name) ?? []
  if (stem === undefined) return -1
  const bases = new Set<number>()
  for (const [anchor, depth] of shallow) {
    const [, own, at] = /^(.*?)(\d+)$/.exec(anchor) ?? []
    bases.add(own === stem ? Number(at) - depth : Number.NaN)
  }
  const [base = Number.NaN, other] = bases
  return other === undefined && Number.isFinite(base) ? Number(number) - base : -1
}

/** By the mean depth of their rows; those behind the third last, as they waited. */
function orderOf(
  rows: readonly CsvRow[],
  byRow: readonly (string | undefined)[],
  beyond: ReadonlySet<string>,
): readonly string[] {
  const sums = new Map<string, { depth: number; count: number }>()
  for (const [i, name] of byRow.entries()) {
    if (name === undefined) continue
    const own = sums.get(name) ?? { depth: 0, count: 0 }
    sums.set(name, {
      depth: own.depth + depthOf(rows[i] as CsvRow),
      count: own.count + 1,
    })
  }
  const behind = [...beyond]
  const place = (name: string) => {
    const { depth = 0, count = 1 } = sums.get(name) ?? {}
    return beyond.has(name) ? hopNames.length + behind.indexOf(name) : depth / count
  }
  return [...sums.keys()].toSorted((a, b) => place(a) - place(b))
}
