// What stands behind and before the flowers, on a canvas of 200 x 200. Chosen without regard to the
// kind of flower, so that a network cannot learn the kind from the background.
import {
  circle,
  css,
  hsl,
  linearGradient,
  num,
  path,
  radialGradient,
  shade,
  vary,
  type Brush,
  type Colour,
} from './svg.ts'

const everything = 'x="-10" y="-10" width="220" height="220"'

function green(brush: Brush): Colour {
  const { random } = brush
  return hsl(random.between(82, 135), random.between(30, 60), random.between(24, 42))
}

/** One blade from (x, y) upwards. */
function blade(brush: Brush, x: number, y: number, height: number, colour: Colour): string {
  const lean = brush.random.between(-0.5, 0.5) * height
  const w = brush.random.between(1, 2.6)
  const tip = `${num(x + lean)} ${num(y - height)}`
  const d =
    `M${num(x - w)} ${num(y)}Q${num(x + lean * 0.2 - w)} ${num(y - height * 0.6)} ${tip}` +
    `Q${num(x + lean * 0.2 + w)} ${num(y - height * 0.5)} ${num(x + w)} ${num(y)}Z`
  return path(d, `fill="${css(colour)}"`)
}

/** Grass over the whole width, with its feet between the two heights. */
function grass(brush: Brush, count: number, top: number, bottom: number): string {
  const colour = green(brush)
  let out = ''
  for (let i = 0; i < count; i++) {
    const y = top + ((bottom - top) * (i + 1)) / count
    const height = brush.random.between(14, 46)
    out += blade(brush, brush.random.between(-5, 205), y, height, vary(brush.random, colour, 10))
  }
  return out
}

function meadow(brush: Brush): string {
  const base = green(brush)
  const [definition, fill] = linearGradient(brush, [
    [0, shade(base, brush.random.between(4, 22))],
    [1, shade(base, -10)],
  ])
  return `${definition}<rect ${everything} fill="${fill}"/>${grass(brush, 90, 20, 215)}`
}

function sky(brush: Brush): string {
  const { random } = brush
  const blue = hsl(random.between(196, 220), random.between(35, 85), random.between(48, 72))
  const [definition, fill] = linearGradient(brush, [
    [0, shade(blue, -8)],
    [1, shade(blue, 16)],
  ])
  let out = `${definition}<rect ${everything} fill="${fill}"/>`
  for (let cloud = random.int(0, 3); cloud > 0; cloud--) {
    const [x, y, size] = [random.between(0, 200), random.between(5, 110), random.between(8, 22)]
    for (let puff = 0; puff < 14; puff++) {
      const at: [number, number] = [
        x + random.normal() * size * 1.5,
        y + random.normal() * size * 0.35,
      ]
      out += circle(...at, size * random.between(0.5, 1), 'fill="#fff" fill-opacity="0.22"')
    }
  }
  return random.chance(0.6) ? out + grass(brush, 40, random.between(165, 190), 215) : out
}

function soil(brush: Brush): string {
  const { random } = brush
  const brown = hsl(random.between(18, 38), random.between(18, 42), random.between(18, 38))
  const [definition, fill] = linearGradient(brush, [
    [0, shade(brown, 8)],
    [1, shade(brown, -7)],
  ])
  let out = `${definition}<rect ${everything} fill="${fill}"/>`
  for (let clod = 0; clod < 150; clod++) {
    const attributes = `fill="${css(vary(random, brown, 12))}" fill-opacity="0.8"`
    out += circle(random.between(0, 200), random.between(0, 200), random.between(1, 6), attributes)
  }
  return random.chance(0.4) ? out + grass(brush, 25, 120, 215) : out
}

/** A photo's blurred depth: a dark ground with discs of light. */
function bokeh(brush: Brush): string {
  const { random } = brush
  const base = hsl(random.between(60, 240), random.between(15, 50), random.between(10, 40))
  let out = `<rect ${everything} fill="${css(base)}"/>`
  for (let i = random.int(12, 26); i > 0; i--) {
    const light = hsl(
      base.h + random.between(-70, 70),
      random.between(25, 70),
      random.between(35, 75),
    )
    const [definition, fill] = radialGradient(brush, [
      [0, light, 0.35],
      [0.8, light, 0.3],
      [1, light, 0],
    ])
    const [x, y, r] = [random.between(0, 200), random.between(0, 200), random.between(10, 48)]
    out += definition + circle(x, y, r, `fill="${fill}"`)
  }
  return out
}

/** A room: a wall, and often a table's edge. */
function wall(brush: Brush): string {
  const { random } = brush
  const paint = hsl(random.between(0, 360), random.between(4, 30), random.between(20, 90))
  const [definition, fill] = linearGradient(
    brush,
    [
      [0, shade(paint, 6)],
      [1, shade(paint, -8)],
    ],
    [0, 0, 1, 1],
  )
  const table = css(hsl(random.between(15, 40), random.between(15, 50), random.between(20, 60)))
  const edge = num(random.between(140, 185))
  const board = `<rect x="-10" y="${edge}" width="220" height="80" fill="${table}"/>`
  return `${definition}<rect ${everything} fill="${fill}"/>${random.chance(0.5) ? board : ''}`
}

/** One of the grounds, by chance. */
export function background(brush: Brush): string {
  return brush.random.pick([meadow, meadow, bokeh, bokeh, sky, soil, wall])(brush)
}

/** `count` leaves and blades that cover parts of what is at (x, y) with radius r. */
export function occlusion(brush: Brush, count: number, x: number, y: number, r: number): string {
  const { random } = brush
  let out = ''
  for (let i = 0; i < count; i++) {
    const angle = random.between(0, 2 * Math.PI)
    const away = r * random.between(0.35, 1.1)
    const at = `translate(${num(x + away * Math.cos(angle))} ${num(y + away * Math.sin(angle))})`
    const turn = `rotate(${num(random.between(-70, 70))}) scale(${num(r / 40 + random.between(0, 0.4))})`
    const leaf = vary(random, green(brush), 8)
    const [w, h] = [random.between(5, 14), random.between(26, 60)]
    const d = `M0 ${num(h)}Q${num(w * 1.6)} 0 0 ${num(-h)}Q${num(-w * 1.6)} 0 0 ${num(h)}Z`
    const vein = `M0 ${num(h)}L0 ${num(-h * 0.8)}`
    out +=
      `<g transform="${at} ${turn}">${path(d, `fill="${css(leaf)}"`)}` +
      `${path(vein, `stroke="${css(shade(leaf, 9))}" stroke-width="0.8"`)}</g>`
  }
  return out
}
