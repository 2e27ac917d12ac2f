// The little SVG that the drawings need: numbers, colours, gradients, petals.
import type { Chance } from './chance.ts'

/** Chance plus a counter for ids, which must be unique within one picture. */
export interface Brush {
  readonly random: Chance
  id(): string
}

/** Hue in degrees, saturation and lightness in percent. */
export interface Colour {
  readonly h: number
  readonly s: number
  readonly l: number
}

/** One decimal is enough on a canvas of 200 units, and halves the text. */
export function num(value: number): string {
  return String(Math.round(value * 10) / 10)
}

export function hsl(h: number, s: number, l: number): Colour {
  return { h, s, l }
}

/** Lighter (positive) or darker (negative), in points of lightness. */
export function shade(colour: Colour, by: number): Colour {
  return { h: colour.h, s: colour.s, l: Math.min(98, Math.max(2, colour.l + by)) }
}

/** The same colour a little off, as no two petals are alike. */
export function vary(random: Chance, colour: Colour, by: number): Colour {
  return {
    h: colour.h + random.between(-by, by),
    s: Math.min(100, Math.max(0, colour.s + random.between(-by, by))),
    l: Math.min(98, Math.max(2, colour.l + random.between(-by, by))),
  }
}

export function css({ h, s, l }: Colour): string {
  return `hsl(${num(((h % 360) + 360) % 360)},${num(s)}%,${num(l)}%)`
}

type Stop = readonly [offset: number, colour: Colour, opacity?: number]

function stops(list: readonly Stop[]): string {
  return list
    .map(([at, colour, opacity]) => {
      const alpha = opacity === undefined ? '' : ` stop-opacity="${String(opacity)}"`
      return `<stop offset="${String(at)}" stop-color="${css(colour)}"${alpha}/>`
    })
    .join('')
}

/** Gives [definition, fill]. The definition may stand anywhere in the picture. */
export function radialGradient(brush: Brush, list: readonly Stop[]): [string, string] {
  const id = brush.id()
  return [`<radialGradient id="${id}">${stops(list)}</radialGradient>`, `url(#${id})`]
}

/** Top to bottom unless other ends are given. Gives [definition, fill]. */
export function linearGradient(
  brush: Brush,
  list: readonly Stop[],
  [x1, y1, x2, y2]: readonly [number, number, number, number] = [0, 0, 0, 1],
): [string, string] {
  const id = brush.id()
  const ends = `x1="${num(x1)}" y1="${num(y1)}" x2="${num(x2)}" y2="${num(y2)}"`
  return [`<linearGradient id="${id}" ${ends}>${stops(list)}</linearGradient>`, `url(#${id})`]
}

/** A petal from `from` to `to` units above the centre; `tip` 0 is pointed, 1 is round. */
export function petalPath(from: number, to: number, width: number, tip: number): string {
  const length = to - from
  const belly = -(from + length * 0.35)
  const shoulder = -(to - length * 0.12 * (1 - tip))
  const w = num(width)
  const sw = num(width * (0.15 + 0.85 * tip))
  const [a, b] = [num(-from), num(-to)]
  return (
    `M0 ${a}C${w} ${num(belly)} ${sw} ${num(shoulder)} 0 ${b}` +
    `C-${sw} ${num(shoulder)} -${w} ${num(belly)} 0 ${a}Z`
  )
}

export function circle(x: number, y: number, r: number, attributes: string): string {
  return `<circle cx="${num(x)}" cy="${num(y)}" r="${num(r)}" ${attributes}/>`
}

export function path(d: string, attributes: string): string {
  return `<path d="${d}" ${attributes}/>`
}
