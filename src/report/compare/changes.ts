// What became of each image from one run to another: right to wrong, wrong to right, another exit. Pure.
import { nameOfClass } from './class-names.ts'
import { isAnswered } from './measure-run.ts'
import type { Run, RunRow } from './run-row.ts'

/** In the order of how much a reader wants to see them. */
export const changeKinds = [
  'right-to-wrong',
  'lost',
  'wrong-to-right',
  'found',
  'other-wrong',
  'other-answer',
  'other-exit',
] as const
export type ChangeKind = (typeof changeKinds)[number]

/** What a run said of an image. */
export interface Said {
  /** Name of the class; undefined without an answer. */
  readonly answer: string | undefined
  readonly exit: string | undefined
  readonly confidence: number | undefined
  readonly isRight: boolean | undefined
  readonly error: string
}

export interface ChangedImage {
  readonly kind: ChangeKind
  /** File, or the number of the row where the file names none. */
  readonly image: string
  readonly expected: string | undefined
  readonly first: Said
  readonly second: Said
}

export interface Changes {
  /** Images of each kind, and those of which nothing changed. Each image counts once, by the first kind that it is. */
  readonly counts: Readonly<Record<ChangeKind | 'same', number>>
  /** [exit of the first run][exit of the second], images that both answered. */
  readonly exits: readonly (readonly number[])[]
  /** The first ones of each kind, those of most confidence first. */
  readonly images: readonly ChangedImage[]
}

/** Of each kind; the counts are of all. */
const mostListed = 200

export function changesOf(
  first: Run,
  second: Run,
  pairs: readonly (readonly [RunRow, RunRow])[],
): Changes {
  const lists = new Map(changeKinds.map((kind) => [kind, [] as (readonly [RunRow, RunRow])[]]))
  const exits = first.exits.map(() => second.exits.map(() => 0))
  let same = 0
  for (const pair of pairs) {
    const [a, b] = pair
    const row = exits[a.exit]
    if (row !== undefined && isAnswered(b)) row[b.exit] = (row[b.exit] ?? 0) + 1
    const kind = kindOf(first, second, pair)
    if (kind === undefined) same++
    else lists.get(kind)?.push(pair)
  }
  const countOf = (kind: ChangeKind) => lists.get(kind)?.length ?? 0
  const counts = Object.fromEntries(changeKinds.map((kind) => [kind, countOf(kind)]))
  return {
    counts: { ...(counts as Record<ChangeKind, number>), same },
    exits,
    images: changeKinds.flatMap((kind) =>
      (lists.get(kind) ?? [])
        .toSorted(([, a], [, b]) => (b.confidence ?? 0) - (a.confidence ?? 0) || a.place - b.place)
        .slice(0, mostListed)
        .map(([a, b]) => imageOf(kind, [first, a], [second, b])),
    ),
  }
}

function kindOf(
  first: Run,
  second: Run,
  [a, b]: readonly [RunRow, RunRow],
): ChangeKind | undefined {
  const [was, is] = [isAnswered(a), isAnswered(b)]
  if (was !== is) return was ? 'lost' : 'found'
  if (!was) return undefined
  if (a.isRight === true && b.isRight === false) return 'right-to-wrong'
  if (a.isRight === false && b.isRight === true) return 'wrong-to-right'
  if (!isSameAnswer(first, second, a, b)) {
    return a.isRight === false && b.isRight === false ? 'other-wrong' : 'other-answer'
  }
  return a.exit === b.exit ? undefined : 'other-exit'
}

/** By the class's name where both know it: runs may have their labels in other orders. */
function isSameAnswer(first: Run, second: Run, a: RunRow, b: RunRow): boolean {
  if (a.prediction === undefined || b.prediction === undefined) return a.prediction === b.prediction
  const [own, other] = [first.classes.get(a.prediction), second.classes.get(b.prediction)]
  if (own !== undefined && other !== undefined) return own === other
  return a.prediction === b.prediction
}

function imageOf(
  kind: ChangeKind,
  [first, a]: readonly [Run, RunRow],
  [second, b]: readonly [Run, RunRow],
): ChangedImage {
  const [run, row] = a.expected === undefined ? [second, b] : [first, a]
  return {
    kind,
    image: imageName(a.file === '' ? b : a),
    expected: row.expected === undefined ? undefined : nameOfClass(run, row.expected),
    first: saidOf(first, a),
    second: saidOf(second, b),
  }
}

/** The file, or 'row 17' where there is none. */
export function imageName({ file, test, place }: RunRow): string {
  return file === '' ? `row ${test === '' ? place : test}` : file
}

export function saidOf(run: Run, row: RunRow): Said {
  const { prediction, exit, confidence, isRight, error } = row
  return {
    answer: prediction === undefined ? undefined : nameOfClass(run, prediction),
    exit: run.exits[exit],
    confidence,
    isRight,
    error,
  }
}
