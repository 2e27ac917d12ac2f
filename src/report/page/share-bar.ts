// Shares of a whole as one bar, drawn in inline SVG: where images were answered.
import { describePercent } from '../describe.ts'
import { cssColourOf, type Paint } from '../plot/palette.ts'
import { escapeHtml } from './escape.ts'

export interface BarPart {
  readonly name: string
  readonly count: number
  /** 0 to 1. */
  readonly share: number
  readonly paint: Paint
}

const width = 1000
const height = 56
/** Of a letter, pixels. */
const letter = 12

/** An SVG as wide as its place, over a list of its parts; a share too small for its percents shows none. */
export function shareBar(parts: readonly BarPart[]): string {
  let x = 0
  const drawn = parts.map(({ name, count, share, paint }) => {
    const size = share * width
    const text = describePercent(share)
    // On paper, for ink is not to be read on each colour of both themes.
    const label =
      size > text.length * letter + 30
        ? `<rect x="${x + 10}" y="14" width="${text.length * letter}" height="28" rx="6" fill="var(--paper)"/><text x="${x + 10 + (text.length * letter) / 2}" y="34" text-anchor="middle" font-size="18" font-weight="600" fill="var(--ink)">${text}</text>`
        : ''
    const title = escapeHtml(`${name} ${text}, ${count} images`)
    const part = `<g><title>${title}</title><rect class="part" x="${x.toFixed(1)}" y="0" width="${size.toFixed(1)}" height="${height}" fill="${cssColourOf(paint)}"/>${label}</g>`
    x += size
    return part
  })
  const words = parts.map(({ name, share }) => `${name} ${describePercent(share)}`).join(', ')
  return `<svg class="bar" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(words)}">${drawn.join('')}</svg>`
}
