// The five flowers, each drawn round (0, 0) with radius 100, seen from the front; tulips from the side.
import { dandelion } from './dandelion.ts'
import { ring, seeds } from './petals.ts'
import { roses } from './roses.ts'
import { circle, css, hsl, radialGradient, shade, type Brush } from './svg.ts'
import { tulips } from './tulips.ts'

/** Draws one bloom as SVG elements. */
type Bloom = (brush: Brush) => string

function daisy(brush: Brush): string {
  const { random } = brush
  const white = random.chance(0.85)
    ? hsl(random.between(200, 260), 12, random.between(93, 97))
    : hsl(random.between(315, 340), 60, random.between(82, 90))
  const count = random.int(13, 22)
  const petals = {
    count,
    from: 18,
    width: 700 / count / 2.3,
    tip: random.between(0.7, 1),
    wild: 0.5,
  }
  const disc = random.between(24, 32)
  const yellow = hsl(random.between(44, 52), 95, random.between(50, 56))
  const [definition, fill] = radialGradient(brush, [
    [0, shade(yellow, 8)],
    [0.7, yellow],
    [1, shade(yellow, -16)],
  ])
  return (
    ring(brush, { ...petals, to: 98, colour: shade(white, -7) }) +
    ring(brush, { ...petals, to: 92, colour: white }) +
    definition +
    circle(0, 0, disc, `fill="${fill}" stroke="${css(shade(yellow, -24))}" stroke-width="1"`) +
    seeds(brush, disc * 0.9, 60, 1.7, shade(yellow, -9))
  )
}

function sunflowers(brush: Brush): string {
  const { random } = brush
  const yellow = hsl(random.between(42, 50), 97, random.between(50, 55))
  const brown = hsl(random.between(18, 32), random.between(45, 65), random.between(13, 22))
  const count = random.int(18, 26)
  const disc = random.between(40, 50)
  const petals = { count, from: disc * 0.7, width: 17, tip: 0.12, wild: 0.6 }
  const [definition, fill] = radialGradient(brush, [
    [0, random.chance(0.4) ? hsl(70, 35, 30) : shade(brown, -4)],
    [0.55, brown],
    [0.8, shade(brown, 9)],
    [1, shade(brown, -8)],
  ])
  return (
    ring(brush, { ...petals, to: 100, colour: hsl(yellow.h - 5, 96, yellow.l - 5) }) +
    ring(brush, { ...petals, to: 91, colour: yellow }) +
    definition +
    circle(0, 0, disc, `fill="${fill}"`) +
    seeds(brush, disc * 0.94, 150, 1.7, shade(brown, 14)) +
    seeds(brush, disc * 0.4, 40, 1.3, shade(brown, -8))
  )
}

/** The drawing of each kind, by label. */
export const blooms: Readonly<Record<string, Bloom>> = {
  daisy,
  dandelion,
  roses,
  sunflowers,
  tulips,
}
