// Truth against answers of a run, of as many classes as can be read. Pure.
import { nameOfClass } from './class-names.ts'
import type { Run } from './run-row.ts'

export interface ConfusionTable {
  /** Names of classes; the last one is 'others' where there are more than fit. */
  readonly classes: readonly string[]
  /** [truth][answer]. */
  readonly counts: readonly (readonly number[])[]
}

const mostClasses = 24

/** Undefined where no truth is known. Of more classes those with most mistakes stand alone, in their order. */
export function confusionTable(run: Run): ConfusionTable | undefined {
  const mistakes = new Map<number, number>()
  const known: (readonly [number, number])[] = []
  for (const { expected, prediction, isRight } of run.rows) {
    if (expected === undefined || prediction === undefined || isRight === undefined) continue
    known.push([expected, prediction])
    for (const one of [expected, prediction]) {
      mistakes.set(one, (mistakes.get(one) ?? 0) + (isRight ? 0 : 1))
    }
  }
  if (known.length === 0) return undefined
  const isTooMany = mistakes.size > mostClasses
  const shown = [...mistakes]
    .toSorted(([a, ofA], [b, ofB]) => (isTooMany ? ofB - ofA : 0) || a - b)
    .slice(0, isTooMany ? mostClasses - 1 : mostClasses)
    .map(([index]) => index)
    .toSorted((a, b) => a - b)
  const places = new Map(shown.map((index, place) => [index, place]))
  const size = shown.length + (isTooMany ? 1 : 0)
  const counts = Array.from({ length: size }, () => Array.from({ length: size }, () => 0))
  for (const [truth, answer] of known) {
    const row = counts[places.get(truth) ?? size - 1] as number[]
    const column = places.get(answer) ?? size - 1
    row[column] = (row[column] ?? 0) + 1
  }
  const names = shown.map((index) => nameOfClass(run, index))
  return { classes: isTooMany ? [...names, 'others'] : names, counts }
}
