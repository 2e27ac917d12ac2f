// One scene: ground, flowers of the kind that counts, strangers, leaves before them, light.
import { background, occlusion } from './backgrounds.ts'
import { blooms } from './blooms.ts'
import type { Chance } from './chance.ts'
import { css, hsl, linearGradient, num, path, vary, type Brush } from './svg.ts'

/** Where one bloom stands on the canvas of 200 x 200. */
interface Place {
  readonly x: number
  readonly y: number
  readonly radius: number
}

/**
 * The SVG elements of a picture on a canvas of 200 x 200. `stream` gives the chance of each part by name, so
 * that a change to one part leaves the others as they were.
 */
export function compose(
  label: string,
  difficulty: number,
  stream: (part: string) => Chance,
): string {
  let ids = 0
  const id = (): string => `g${String(ids++)}`
  const brush = (part: string): Brush => ({ random: stream(part), id })

  const places = arrange(stream('places'), difficulty)
  const [main] = places
  let out = background(brush('background'))
  // Small and distant first, the largest last and in front.
  places.forEach((place, i) => {
    out = i === 0 ? out : out + flower(label, brush(`bloom ${String(i)}`), place)
  })
  out += strangers(label, brush('strangers'), main, difficulty)
  out += flower(label, brush('bloom 0'), main)
  const cover = brush('cover')
  out += occlusion(
    cover,
    Math.round(difficulty * cover.random.between(1, 4.5)),
    main.x,
    main.y,
    main.radius,
  )
  return out + light(brush('light'))
}

/** Places for one to five blooms, the first the largest. */
function arrange(random: Chance, difficulty: number): [Place, ...Place[]] {
  const shrink = 1 - difficulty * random.between(0.1, 0.62)
  const count = random.pick([1, 1, 1, 2, 2, 3, 3, 4, 5])
  const radius = (count === 1 ? random.between(50, 84) : random.between(36, 58)) * shrink
  const reach = 28 + 30 * difficulty
  const main = {
    x: 100 + random.between(-reach, reach),
    y: 92 + random.between(-reach, reach),
    radius,
  }
  const places: [Place, ...Place[]] = [main]
  for (let i = 1; i < count; i++) {
    places.push({
      x: random.between(5, 195),
      y: random.between(15, 175),
      radius: radius * random.between(0.55, 0.9),
    })
  }
  return places
}

/** Flowers of another kind, smaller than the one that gives the label: from difficulty 0.6 on. */
function strangers(label: string, brush: Brush, main: Place, difficulty: number): string {
  const { random } = brush
  const others = Object.keys(blooms)
    .sort()
    .filter((other) => other !== label)
  const wanted = random.next()
  const count = random.int(1, 2)
  if (wanted > (difficulty - 0.6) * 2) return ''
  let out = ''
  for (let i = 0; i < count; i++) {
    const kind = others[random.int(0, others.length - 1)] ?? label
    const angle = random.between(0, 2 * Math.PI)
    const away = main.radius * random.between(1.3, 1.9)
    const x = main.x + away * Math.cos(angle)
    const y = main.y + away * Math.sin(angle)
    out += flower(kind, brush, { x, y, radius: main.radius * random.between(0.5, 0.75) })
  }
  return out
}

/** A stem with leaves, and the bloom on it: turned, and seen a little from the side. */
function flower(kind: string, brush: Brush, { x, y, radius }: Place): string {
  const { random } = brush
  const draw = blooms[kind]
  if (draw === undefined) return ''
  const upright = kind === 'tulips'
  const turn = upright ? random.between(-22, 22) : random.between(0, 360)
  const lean = random.between(-28, 28)
  const flat = upright ? 1 : random.between(0.68, 1)
  const scale = radius / 100
  const at =
    `translate(${num(x)} ${num(y)}) rotate(${num(upright ? 0 : lean)})` +
    ` scale(${scale.toFixed(3)} ${(scale * flat).toFixed(3)}) rotate(${num(turn)})`
  return stem(kind, brush, { x, y, radius }) + `<g transform="${at}">${draw(brush)}</g>`
}

function stem(kind: string, brush: Brush, { x, y, radius }: Place): string {
  const { random } = brush
  const green = hsl(random.between(85, 130), random.between(35, 60), random.between(26, 40))
  const foot = x + random.between(-30, 30)
  const bend = x + random.between(-14, 14)
  const middle = (y + 210) / 2
  const width = radius * (kind === 'sunflowers' ? 0.14 : 0.09)
  const line = `fill="none" stroke="${css(green)}" stroke-width="${num(width)}"`
  let out = path(`M${num(x)} ${num(y)}Q${num(bend)} ${num(middle)} ${num(foot)} 215`, line)
  for (let leaf = random.int(1, 3); leaf > 0; leaf--) {
    const sign = random.chance(0.5) ? 1 : -1
    const [definition, fill] = linearGradient(brush, [
      [0, vary(random, green, 8)],
      [1, vary(random, green, 8)],
    ])
    const long = radius * random.between(0.7, 1.5)
    const [w, up] = kind === 'tulips' ? [long * 0.14, -8 * sign] : [long * 0.28, -55 * sign]
    const d = `M0 0Q${num(w)} ${num(-long * 0.5)} 0 ${num(-long)}Q${num(-w)} ${num(-long * 0.5)} 0 0Z`
    const height = random.between(middle, 205)
    const place = `translate(${num((bend + foot) / 2)} ${num(height)}) rotate(${num(-up + random.between(-15, 15))})`
    out += definition + path(d, `fill="${fill}" transform="${place}"`)
  }
  return out
}

/** Light from one side, shadow on the other. */
function light(brush: Brush): string {
  const { random } = brush
  const angle = random.between(0, 2 * Math.PI)
  const [dx, dy] = [Math.cos(angle) / 2, Math.sin(angle) / 2]
  const [definition, fill] = linearGradient(
    brush,
    [
      [0, hsl(50, 60, 92), random.between(0.05, 0.3)],
      [0.5, hsl(50, 60, 92), 0],
      [1, hsl(230, 40, 6), random.between(0.05, 0.4)],
    ],
    [0.5 - dx, 0.5 - dy, 0.5 + dx, 0.5 + dy],
  )
  return `${definition}<rect x="-10" y="-10" width="220" height="220" fill="${fill}"/>`
}
