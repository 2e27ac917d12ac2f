// The dandelion, in flower or in seed.
import { golden, ring, seeds } from './petals.ts'
import { circle, css, hsl, num, path, radialGradient, shade, type Brush } from './svg.ts'

/** A yellow head in two pictures of three, else the seed ball; radius 100. */
export function dandelion(brush: Brush): string {
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
