// What going on brought: images that an exit passed on, as it would have answered them and as they were answered. Pure.
import { shareOf, type Share } from '../../domain/share.ts'
import type { Run, RunRow } from './run-row.ts'

export interface PassedOn {
  /** The exit that was not sure enough. */
  readonly exit: string
  /** Right ones had it answered: a hop that offloads writes what it would have said. */
  readonly there: Share
  /** Right ones of the same images in the end. */
  readonly inTheEnd: Share
}

/**
 * One for each hop that passed images on, nearest to the device first; none where the truth is not known. The Python
 * original writes its raw input there, which is no answer.
 */
export function passedOn(run: Run): readonly PassedOn[] {
  if (run.writer === 'python') return []
  const known = run.rows.filter(({ isRight }) => isRight !== undefined)
  return [0, 1].flatMap((depth) => {
    const passed = known.filter(
      (row) => depthOf(row) > depth && row.hops[depth]?.prediction !== undefined,
    )
    const exit = exitAt(run, depth)
    if (passed.length === 0 || exit === undefined) return []
    const there = passed.filter(({ hops, expected }) => hops[depth]?.prediction === expected)
    const inTheEnd = passed.filter(({ isRight }) => isRight === true)
    return [
      {
        exit,
        there: shareOf(there.length, passed.length),
        inTheEnd: shareOf(inTheEnd.length, passed.length),
      },
    ]
  })
}

function depthOf({ hops }: RunRow): number {
  return hops.findLastIndex(({ prediction }) => prediction !== undefined)
}

/** The exit that answers most of the rows of this depth; where it answers none, by its place. */
function exitAt({ rows, exits }: Run, depth: number): string | undefined {
  const counts = exits.map(() => 0)
  for (const row of rows) {
    if (row.exit !== -1 && depthOf(row) === depth) counts[row.exit] = (counts[row.exit] ?? 0) + 1
  }
  const most = Math.max(0, ...counts)
  return most === 0 ? `hop ${depth + 1}` : exits[counts.indexOf(most)]
}
