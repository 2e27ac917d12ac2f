// The rose, from above.
import { css, hsl, num, path, radialGradient, shade, type Brush, type Colour } from './svg.ts'

/** Layer in layer of round petals, each darker and turned, down to a spiral. */
export function roses(brush: Brush): string {
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
