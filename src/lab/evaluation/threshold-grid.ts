// Settings of all thresholds spread evenly over the confidences that occur: what is tried beside the best. Pure.
import type { ExitColumns } from './exit-columns.ts'

/**
 * All combinations of evenly spread confidences of each of the first `early` exits and of `never`, the highest first;
 * `most` at most. None where two values an exit were too many; one, of nothing, where no exit is early.
 */
export function thresholdGrid(
  columns: ExitColumns,
  early: number,
  most: number,
  never: number,
): readonly (readonly number[])[] {
  if (early < 1) return [[]]
  // A root that should be whole must not fall short of it.
  const values = Math.floor(most ** (1 / early) + 1e-9)
  if (values < 2) return []
  let settings: readonly (readonly number[])[] = [[]]
  for (let exit = 0; exit < early; exit++) {
    const own = [never, ...confidencesOf(columns, exit, values - 1)]
    settings = settings.flatMap((setting) => own.map((value) => [...setting, value]))
  }
  return settings
}

/** At most `count` confidences that occur, falling, evenly over the ranks; the least among them. */
function confidencesOf(
  { confidence, order }: ExitColumns,
  exit: number,
  count: number,
): readonly number[] {
  const ranked = order[exit] ?? new Uint32Array()
  const steps = Math.min(count, ranked.length)
  const at = (step: number) => ranked[Math.ceil(((step + 1) / steps) * ranked.length) - 1] ?? 0
  const column = confidence[exit] ?? new Float64Array()
  return [...new Set(Array.from({ length: steps }, (_, step) => column[at(step)] as number))]
}

/** At most `most`, evenly, the first and the last among them. */
export function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all
  return Array.from(
    { length: most },
    (_, i) => all[Math.round((i / (most - 1)) * (all.length - 1))] as T,
  )
}
