// Bars of a terminal: how much is done, and which share left where. Each exit has a filling of its own beside its colour.
// Pure.
import type { Paint, Span } from './spans.ts'

const fillings = ['\u2588', '\u2593', '\u2592', '\u2591', '\u259a', '\u259e'] as const

/** `share` is 0 to 1. */
export function doneBar(share: number, cells: number): readonly Span[] {
  const done = Math.round(Math.min(1, Math.max(0, share)) * cells)
  return [
    { text: '\u2501'.repeat(done), paint: 'strong' },
    { text: '\u2500'.repeat(cells - done), paint: 'soft' },
  ]
}

/** What stands for the exit of this place in its bar, and before its name. */
export function fillingOf(place: number): string {
  return fillings[Math.max(0, place) % fillings.length] ?? fillings[0]
}

interface Part {
  readonly count: number
  /** Place among the exits. */
  readonly place: number
}

/** All cells are filled; who has any has a cell, while there are cells for all. */
export function shareBar(parts: readonly Part[], cells: number): readonly Span[] {
  const total = parts.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) return [{ text: '\u2500'.repeat(cells), paint: 'soft' }]
  let before = 0
  let filled = 0
  return parts.map(({ count, place }, i): { text: string; paint: Paint } => {
    before += count
    const behind = parts.slice(i + 1).filter((one) => one.count > 0).length
    const least = count > 0 ? filled + 1 : filled
    const end = Math.min(Math.max(Math.round((before / total) * cells), least), cells - behind)
    const text = fillingOf(place).repeat(Math.max(0, end - filled))
    filled = Math.max(filled, end)
    return { text, paint: place }
  })
}
