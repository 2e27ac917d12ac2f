// Colours of runs: other ones than those of the first exits, so that a colour is never taken for both.
import type { Paint } from '../plot/palette.ts'

/** Places of the palette: its second half first, and black late, for intervals are drawn in it. */
const places = [5, 4, 7, 6, 3, 2, 1, 0] as const

export function runPaint(place: number): Paint {
  return places[place % places.length] as number
}

/** Runs of the same colour are told apart by their strokes. */
export function isDashedRun(place: number): boolean {
  return Math.floor(place / places.length) % 2 === 1
}
