// Petals in rings and seeds in spirals: what most blooms are made of.
import {
  circle,
  css,
  linearGradient,
  num,
  path,
  petalPath,
  shade,
  vary,
  type Brush,
  type Colour,
} from './svg.ts'

/** The angle between one seed and the next, in radians. */
export const golden = Math.PI * (3 - Math.sqrt(5))

interface Ring {
  readonly count: number
  readonly from: number
  readonly to: number
  readonly width: number
  readonly tip: number
  readonly colour: Colour
  /** How far petals stray from their place, 0 to 1. */
  readonly wild: number
}

/** Petals in a ring, each a little different, with a shadow at the root and a fine outline. */
export function ring(brush: Brush, { count, from, to, width, tip, colour, wild }: Ring): string {
  const { random } = brush
  const [definition, fill] = linearGradient(brush, [
    [0, shade(colour, 4)],
    [0.6, colour],
    [1, shade(colour, -16)],
  ])
  const start = random.between(0, 360)
  let out = definition
  for (let i = 0; i < count; i++) {
    const angle = start + (360 / count) * (i + random.between(-wild, wild) * 0.6)
    const length = to * (1 - random.next() * wild * 0.25)
    const w = width * random.between(1 - wild * 0.3, 1 + wild * 0.2)
    const tint = css(vary(random, colour, 7))
    const turn = `transform="rotate(${num(angle)})"`
    const d = petalPath(from, length, w, tip)
    out += path(d, `fill="${fill}" ${turn} stroke="${css(shade(colour, -28))}" stroke-width="0.8"`)
    out += path(d, `fill="${tint}" fill-opacity="0.3" ${turn}`)
  }
  return out
}

/** Seeds on the spiral of Vogel (1979): equal area for each, which is what a flower's disc looks like. */
export function seeds(
  brush: Brush,
  radius: number,
  count: number,
  dot: number,
  colour: Colour,
): string {
  let out = ''
  for (let i = 0; i < count; i++) {
    const r = radius * Math.sqrt((i + 0.5) / count)
    const [x, y] = [r * Math.cos(i * golden), r * Math.sin(i * golden)]
    out += circle(x, y, dot, `fill="${css(vary(brush.random, colour, 9))}"`)
  }
  return out
}
