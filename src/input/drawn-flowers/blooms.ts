// The five flowers, each drawn round (0, 0) with radius 100, seen from the front; tulips from the side.
import {
  circle,
  css,
  hsl,
  linearGradient,
  num,
  path,
  petalPath,
  radialGradient,
  shade,
  vary,
  type Brush,
  type Colour,
} from './svg.ts'

/** Draws one bloom as SVG elements. */
export type Bloom = (brush: Brush) => string

const golden = Math.PI * (3 - Math.sqrt(5))

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
function ring(brush: Brush, { count, from, to, width, tip, colour, wild }: Ring): string {
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
function seeds(brush: Brush, radius: number, count: number, dot: number, colour: Colour): string {
  let out = ''
  for (let i = 0; i < count; i++) {
    const r = radius * Math.sqrt((i + 0.5) / count)
    const [x, y] = [r * Math.cos(i * golden), r * Math.sin(i * golden)]
    out += circle(x, y, dot, `fill="${css(vary(brush.random, colour, 9))}"`)
  }
  return out
}

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

function dandelion(brush: Brush): string {
  return brush.random.chance(0.62) ? dandelionHead(brush) : dandelionClock(brush)
}

/** The yellow head: hundreds of narrow straps, longer outside. */
function dandelionHead(brush: Brush): string {
  const { random } = brush
  const yellow = hsl(random.between(47, 54), 98, random.between(50, 56))
  let out = circle(0, 0, 66, `fill="${css(shade(yellow, -14))}"`)
  const layers = 7
  for (let layer = 0; layer < layers; layer++) {
    const to = 100 - (layer / layers) * 82
    const count = Math.round(58 - layer * 6)
    const colour = shade(yellow, layer < 2 ? layer * 2 : 4 - layer * 1.5)
    out += ring(brush, { count, from: 0, to, width: 4.6, tip: 0.9, colour, wild: 0.9 })
  }
  return out + seeds(brush, 15, 26, 2, hsl(yellow.h - 6, 95, 44))
}

/** The seed ball: parachutes on a globe, translucent. */
function dandelionClock(brush: Brush): string {
  const { random } = brush
  const [definition, fill] = radialGradient(brush, [
    [0, hsl(60, 10, 92), 0.55],
    [0.8, hsl(60, 8, 95), 0.4],
    [1, hsl(60, 8, 97), 0.08],
  ])
  let out = definition + circle(0, 0, 98, `fill="${fill}"`)
  const count = random.int(75, 110)
  for (let i = 0; i < count; i++) {
    // Points spread evenly over the half globe that faces us.
    const z = (i + 0.5) / count
    const r = 84 * Math.sqrt(1 - z * z) * random.between(0.94, 1.03)
    const [cos, sin] = [Math.cos(i * golden), Math.sin(i * golden)]
    const [x, y] = [r * cos, r * sin]
    let d = `M0 0L${num(x)} ${num(y)}`
    for (let ray = 0; ray < 9; ray++) {
      const a = (ray / 9) * 2 * Math.PI + i
      const lean = 7 * (r / 84)
      const [dx, dy] = [cos * lean + 9 * Math.cos(a), sin * lean + 9 * Math.sin(a)]
      d += `M${num(x)} ${num(y)}l${num(dx)} ${num(dy)}`
    }
    out += path(d, `fill="none" stroke="hsl(50,12%,97%)" stroke-opacity="0.75" stroke-width="0.9"`)
    out += circle(x * 0.3, y * 0.3, 1.6, 'fill="hsl(28,40%,32%)"')
  }
  return out + circle(0, 0, 10, 'fill="hsl(75,30%,38%)"')
}

/** Layer in layer of round petals, each darker and turned, down to a spiral. */
function roses(brush: Brush): string {
  const { random } = brush
  const colour = random.pick([
    hsl(random.between(350, 362), 82, random.between(36, 46)),
    hsl(random.between(345, 358), 75, random.between(40, 50)),
    hsl(random.between(328, 345), 70, random.between(62, 74)),
    hsl(random.between(338, 352), 68, random.between(72, 82)),
    hsl(random.between(15, 28), 85, random.between(66, 76)),
    hsl(random.between(40, 48), 75, random.between(78, 88)),
  ])
  const layers = random.int(5, 6)
  let turn = random.between(0, 360)
  let out = ''
  for (let layer = 0; layer < layers; layer++) {
    const depth = layer / layers
    const radius = 98 * Math.pow(1 - depth, 0.85) + 6
    const count = Math.max(3, Math.round(5 - depth * 3))
    turn += 37 + random.between(-12, 12)
    const inner = shade(colour, -depth * 13)
    const [definition, fill] = radialGradient(brush, [
      [0, shade(inner, -16)],
      [0.65, shade(inner, -3)],
      [0.92, shade(inner, 7)],
      [1, shade(inner, 12)],
    ])
    out += definition
    for (let i = 0; i < count; i++) {
      const angle = turn + (360 / count) * i + random.between(-8, 8)
      const w = radius * Math.sin(Math.PI / count) * random.between(1.15, 1.35)
      const edge = radius * random.between(0.93, 1.02)
      const d =
        `M0 0C${num(w * 0.7)} ${num(-edge * 0.1)} ${num(w * 1.25)} ${num(-edge * 0.72)} ${num(w * 0.62)} ${num(-edge * 0.93)}` +
        `Q${num(w * 0.25)} ${num(-edge * 1.06)} 0 ${num(-edge * random.between(0.95, 1.02))}` +
        `Q${num(-w * 0.3)} ${num(-edge * 1.04)} ${num(-w * 0.66)} ${num(-edge * 0.9)}` +
        `C${num(-w * 1.25)} ${num(-edge * 0.68)} ${num(-w * 0.7)} ${num(-edge * 0.1)} 0 0Z`
      const outline = `stroke="${css(shade(inner, -24))}" stroke-width="1.6" stroke-opacity="0.8"`
      out += path(d, `fill="${fill}" ${outline} transform="rotate(${num(angle)})"`)
    }
  }
  return out + spiral(shade(colour, -28), random.between(0, 6))
}

function spiral(colour: Colour, start: number): string {
  let d = ''
  for (let i = 0; i <= 44; i++) {
    const [r, a] = [1 + i * 0.42, start + i * 0.32]
    d += `${i === 0 ? 'M' : 'L'}${num(r * Math.cos(a))} ${num(r * Math.sin(a))}`
  }
  return path(d, `fill="none" stroke="${css(colour)}" stroke-width="2.4" stroke-linecap="round"`)
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

/** A cup from the side: two petals behind, two at the sides, one in front. */
function tulips(brush: Brush): string {
  const { random } = brush
  const colour = random.pick([
    hsl(random.between(350, 365), 85, random.between(45, 52)),
    hsl(random.between(325, 345), 75, random.between(58, 72)),
    hsl(random.between(46, 54), 95, random.between(52, 60)),
    hsl(random.between(275, 300), 50, random.between(38, 55)),
    hsl(random.between(14, 26), 92, random.between(52, 58)),
    hsl(random.between(20, 60), 25, random.between(88, 94)),
  ])
  const open = random.between(0.85, 1.25)
  const w = (x: number): string => num(x * open)
  const [inside, insideFill] = linearGradient(brush, [
    [0, shade(colour, -4)],
    [1, shade(colour, -24)],
  ])
  const [outside, outsideFill] = linearGradient(brush, [
    [0, shade(colour, 12)],
    [0.55, colour],
    [1, random.chance(0.3) ? hsl(58, 70, 60) : shade(colour, -12)],
  ])
  const line = `stroke="${css(shade(colour, -26))}" stroke-width="1.6"`
  const behind = `fill="${insideFill}" ${line}`
  const front = `fill="${outsideFill}" ${line}`
  const side = (sign: number): string => {
    const x = (v: number): string => w(v * sign)
    return `M0 88C${x(62)} 84 ${x(78)} 20 ${x(56)} -84C${x(34)} -62 ${x(14)} -30 ${x(4)} 10Z`
  }
  return (
    inside +
    outside +
    path(
      `M${w(-8)} 40C${w(-50)} 0 ${w(-40)} -60 ${w(-22)} -92C${w(6)} -60 ${w(14)} -10 ${w(8)} 40Z`,
      behind,
    ) +
    path(
      `M${w(8)} 40C${w(50)} 0 ${w(42)} -60 ${w(24)} -94C${w(-6)} -60 ${w(-14)} -10 ${w(-8)} 40Z`,
      behind,
    ) +
    path(side(-1), front) +
    path(side(1), front) +
    path(`M0 90C${w(-46)} 78 ${w(-44)} 0 ${w(0)} -78C${w(44)} 0 ${w(46)} 78 0 90Z`, front) +
    path(`M0 70Q${w(-4)} 0 0 -56`, `fill="none" ${line} stroke-opacity="0.45"`) +
    path(`M${w(-14)} 62Q${w(-22)} 8 ${w(-8)} -40`, `fill="none" ${line} stroke-opacity="0.25"`) +
    path(`M${w(14)} 62Q${w(22)} 8 ${w(8)} -40`, `fill="none" ${line} stroke-opacity="0.25"`)
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
