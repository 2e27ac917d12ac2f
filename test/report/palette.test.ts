// The colours of charts and pages, by numbers: seen on both grounds, and apart by every kind of colour vision.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  colourOf,
  colourVariables,
  cssColourOf,
  themed,
  type Paint,
} from '../../src/report/plot/palette.ts'

/** Linear red, green and blue, 0 to 1, of '#0072b2' (IEC 61966-2-1). */
function linear(hex: string): readonly number[] {
  return [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
}

const dot = (row: readonly number[], values: readonly number[]) =>
  row.reduce((sum, own, i) => sum + own * (values[i] ?? 0), 0)

/** WCAG 2's contrast of two colours. */
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [a, b]
    .map((hex) => dot([0.2126, 0.7152, 0.0722], linear(hex)))
    .sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

/** Machado, Oliveira and Fernandes 2009, severity 1. */
const visions = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
} as const

/** CIE 1976 L*a*b* of linear colours, D65. */
function lab(colour: readonly number[]): readonly number[] {
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)
  const x = f(dot([0.4124, 0.3576, 0.1805], colour) / 0.9505)
  const y = f(dot([0.2126, 0.7152, 0.0722], colour))
  const z = f(dot([0.0193, 0.1192, 0.9505], colour) / 1.089)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

function distance(a: string, b: string, vision: keyof typeof visions): number {
  const [one, other] = [a, b].map((hex) =>
    lab(visions[vision].map((row) => Math.min(1, Math.max(0, dot(row, linear(hex)))))),
  ) as [readonly number[], readonly number[]]
  return Math.hypot(...one.map((value, i) => value - (other[i] ?? 0)))
}

/** A theme's colours by name, as a page has them. */
function coloursOf(theme: 'light' | 'dark'): ReadonlyMap<string, string> {
  return new Map(
    [...colourVariables(theme).matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(
      ([, name = '', hex = '']) => [name, hex] as const,
    ),
  )
}

const marks = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'right', 'wrong']

for (const theme of ['light', 'dark'] as const) {
  const colours = coloursOf(theme)
  const of = (name: string) => colours.get(name) ?? assert.fail(name)

  test(`every ${theme} colour of a mark is 3:1 against its paper, and of text 4.5:1`, () => {
    for (const name of marks) assert.ok(contrast(of(name), of('paper')) >= 3, name)
    for (const name of ['ink', 'soft-ink', 'right', 'wrong']) {
      assert.ok(contrast(of(name), of('paper')) >= 4.5, name)
    }
  })

  test(`four exits, right and wrong are apart for everybody, ${theme}`, () => {
    const core = ['c0', 'c1', 'c2', 'c3', 'right', 'wrong']
    for (const vision of Object.keys(visions) as (keyof typeof visions)[]) {
      for (const [i, a] of core.entries()) {
        for (const b of core.slice(i + 1)) {
          const apart = distance(of(a), of(b), vision)
          assert.ok(apart >= 15, `${a} and ${b} for ${vision}: ${apart.toFixed(1)}`)
        }
      }
    }
  })

  test(`ink is read on the fullest cell of a matrix, ${theme}`, () => {
    const [shade, paper] = [of('shade'), of('paper')]
    const mixed = [1, 3, 5].map((at) => {
      const [own, ground] = [shade, paper].map((hex) => parseInt(hex.slice(at, at + 2), 16)) as [
        number,
        number,
      ]
      return Math.round(0.72 * own + 0.28 * ground)
        .toString(16)
        .padStart(2, '0')
    })
    assert.ok(contrast(of('ink'), `#${mixed.join('')}`) >= 4.5)
  })
}

test('no two things of a chart share a colour, or a drawing could not follow the theme', () => {
  const light = [...coloursOf('light').values()]
  assert.equal(new Set(light).size, light.length)
})

test('a drawing in a page has the colours of its theme, and its texts as they were', () => {
  const paints: readonly Paint[] = [0, 7, 8, 'right', 'ink']
  for (const paint of paints) {
    assert.equal(
      themed(`<path fill="${colourOf(paint)}"/>`),
      `<path fill="${cssColourOf(paint)}"/>`,
    )
  }
  assert.equal(cssColourOf(8), cssColourOf(0))
  const text = '<text fill="none"> fill="#222222"</text><path fill="#123456"/>'
  assert.equal(themed(text), text)
})
