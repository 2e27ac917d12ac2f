// Charts as SVG: what a reader finds in them, and that no data breaks them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { colourOf, palette } from '../../src/report/plot/palette.ts'
import { keepIdsApart, renderFigure } from '../../src/report/plot/figure.ts'
import type { Chart, LineChart } from '../../src/report/plot/plot.ts'
import { renderChart } from '../../src/report/plot/render.ts'
import { shorten, wrap } from '../../src/report/plot/spec-parts.ts'
import { textWidth } from '../../src/report/plot/text-width.ts'
import { allKinds, bars, hostile, lines, matrix, reliability } from './charts.ts'

/** Every series by its own name. */
const plain: LineChart = { ...bars, kind: 'lines', series: [] }

type Attributes = Readonly<Record<string, string>>

interface Element {
  readonly tag: string
  readonly attributes: Attributes
  readonly text: string
}

/** All elements of well-formed XML, in order. */
function elementsOf(svg: string): readonly Element[] {
  assert.equal(XMLValidator.validate(svg), true, svg)
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
  })
  const walk = (nodes: readonly Record<string, unknown>[]): Element[] =>
    nodes.flatMap((node) => {
      const tag = Object.keys(node).find((key) => key !== ':@' && key !== '#text')
      if (tag === undefined) return []
      const children = node[tag] as Record<string, unknown>[]
      const text = children.map((child) => (child['#text'] as string | undefined) ?? '').join('')
      return [{ tag, attributes: (node[':@'] ?? {}) as Attributes, text }, ...walk(children)]
    })
  return walk(parser.parse(svg) as Record<string, unknown>[])
}

const textsOf = (svg: string) =>
  elementsOf(svg)
    .filter(({ tag }) => tag === 'text' || tag === 'tspan')
    .map(({ text }) => text)
    .filter((text) => text !== '')

/** Line marks: paths with a stroke and the chart's stroke width. */
const linesOf = (svg: string) =>
  elementsOf(svg).filter(
    ({ tag, attributes }) =>
      tag === 'path' && ['2', '1.25'].includes(attributes['stroke-width'] ?? ''),
  )

for (const chart of allKinds) {
  test(`a chart of kind ${chart.kind} has its title and axes, on white, and is the same each time`, () => {
    const svg = renderChart(chart)
    const [root, ground] = elementsOf(svg)
    assert.equal(root?.tag, 'svg')
    assert.equal(root.attributes['role'], 'img')
    assert.ok(root.attributes['aria-label']?.startsWith(chart.title))
    assert.equal(ground?.tag, 'rect')
    assert.equal(ground.attributes['fill'], '#ffffff')
    const texts = textsOf(svg)
    for (const expected of [chart.title, chart.xLabel, chart.yLabel]) {
      assert.ok(texts.includes(expected), `'${expected}' in ${texts.join('|')}`)
    }
    for (const other of allKinds) renderChart(other)
    assert.equal(renderChart(chart), svg)
  })
}

test('the legend names each exit once and the two strokes, apart from the lines', () => {
  const texts = textsOf(renderChart(lines))
  for (const word of ['edge', 'cloud', 'validation', 'training']) {
    assert.equal(texts.filter((text) => text === word).length, 1, word)
  }
})

test('the curves of one exit share a colour; training is dashed, validation is not', () => {
  // Three points are two steps; a line of the legend is one.
  const curves = linesOf(renderChart(lines)).filter(
    ({ attributes }) => attributes['d']?.split('L').length === 3,
  )
  assert.deepEqual(
    curves.map(({ attributes }) => [attributes['stroke'], attributes['stroke-dasharray']]),
    [
      [palette[0], '5,3'],
      [palette[0], '1,0'],
      [palette[1], '5,3'],
      [palette[1], '1,0'],
    ],
  )
})

test('a chart of one exit keeps the colour that it has among all', () => {
  const one: LineChart = {
    ...lines,
    series: lines.series.filter(({ colourGroup }) => colourGroup === 'cloud'),
    colourGroups: ['edge', 'cloud'],
  }
  const strokes = new Set(linesOf(renderChart(one)).map(({ attributes }) => attributes['stroke']))
  assert.ok(strokes.has(colourOf(1)))
  assert.ok(!strokes.has(colourOf(0)))
})

test('higher values stand higher, and a gap breaks the line', () => {
  const points = [
    [1, 0],
    [2, 1],
    [3, Number.NaN],
    [4, 1],
    [5, 2],
  ] as const
  const svg = renderChart({ ...lines, series: [{ name: 'one', points }] })
  const path = linesOf(svg).at(-1)?.attributes['d'] ?? ''
  const moves = path.split('M').filter((part) => part !== '')
  assert.equal(moves.length, 2, path)
  const [[, y0], [, y1]] = (moves[0] ?? '').split('L').map((at) => at.split(',').map(Number)) as [
    [number, number],
    [number, number],
  ]
  assert.ok(y1 < y0, 'SVG counts downwards')
})

test('a single epoch is seen as dots, hollow ones for training', () => {
  const one = lines.series.map((series) => ({ ...series, points: series.points.slice(0, 1) }))
  const dots = elementsOf(renderChart({ ...lines, series: one })).filter(
    ({ attributes }) => attributes['stroke-width'] === '1.5',
  )
  assert.deepEqual(
    dots.map(({ attributes }) => attributes['fill']),
    ['#ffffff', palette[0], '#ffffff', palette[1]],
  )
})

test('on a logarithmic axis each decade is as high as the next, and what has no logarithm is a gap', () => {
  const points = [1, 10, 100, 0, 1000, 1].map((y, x) => [x, y] as const)
  const svg = renderChart({ ...lines, isLogY: true, series: [{ name: 'one', points }] })
  const moves = (linesOf(svg).at(-1)?.attributes['d'] ?? '').split('M').slice(1)
  assert.equal(moves.length, 2)
  const heights = (moves[0] ?? '').split('L').map((at) => Number(at.split(',')[1]))
  const [first = 0, second = 0, third = 0] = heights
  assert.ok(Math.abs(first - second - (second - third)) < 0.1, heights.join(' '))
  assert.ok(textsOf(svg).includes('1000'))
})

test('bars lie where that is asked for, whatever the names are', () => {
  // The names' axis stands on the left, its title turned.
  const turned = (chart: Chart) =>
    elementsOf(renderChart(chart)).some(
      ({ text, attributes }) =>
        text === bars.xLabel && attributes['transform']?.includes('rotate(-90)') === true,
    )
  assert.deepEqual(
    [true, false].map((isLying) => turned({ ...bars, isLying })),
    [true, false],
  )
  assert.equal(turned(bars), false)
})

test('a range cuts lines off, and charts of one page keep their clips apart', () => {
  const cut = renderChart({ ...lines, yRange: [60, 70] })
  assert.match(cut, /<clipPath id="clip\d+"/)
  assert.doesNotMatch(renderChart(lines), /clipPath/)
  const ids = [
    ...renderFigure(
      [
        { ...lines, yRange: [60, 70] },
        { ...lines, yRange: [61, 70] },
      ],
      2,
    ).matchAll(/\bid="([^"]+)"/g),
  ].map(([, id]) => id)
  assert.equal(ids.length, 2)
  assert.equal(new Set(ids).size, 2)
  assert.equal(keepIdsApart('<text>url(#clip1)</text>', 'x'), '<text>url(#clip1)</text>')
})

test('names with markup are text, whatever chart they stand in', () => {
  const charts: readonly Chart[] = [
    {
      ...lines,
      title: hostile,
      series: lines.series.map((one, i) => ({ ...one, colourGroup: `${hostile}${i}` })),
    },
    { ...bars, subtitle: hostile, categories: [hostile, `${hostile}2`] },
    { ...reliability, series: reliability.series.map((one) => ({ ...one, name: hostile })) },
    { ...matrix, rows: [hostile, hostile], columns: [hostile, hostile], xLabel: hostile },
  ]
  for (const chart of charts) {
    const svg = renderChart(chart)
    const tags = new Set(elementsOf(svg).map(({ tag }) => tag))
    assert.ok(!tags.has('script') && !tags.has('b'), [...tags].join())
    assert.ok(
      textsOf(svg).some((text) => text.includes('alert(')),
      'the name is there',
    )
  }
})

test('equal names, and names that objects have, stay apart', () => {
  for (const name of ['same', 'constructor', '__proto__', '']) {
    const series = [1, 2].map((y) => ({
      name,
      colourGroup: `${name}${y}`,
      points: [1, 2, 3].map((x) => [x, x * y] as const),
    }))
    const curves = linesOf(renderChart({ ...plain, series })).filter(
      ({ attributes }) => attributes['d']?.split('L').length === 3,
    )
    assert.equal(new Set(curves.map(({ attributes }) => attributes['stroke'])).size, 2, name)
    const svg = renderChart({ ...plain, series })
    assert.equal(textsOf(svg).filter((text) => text === name).length, name === '' ? 0 : 2)
  }
})

test('a reliability chart has the diagonal, no empty bins, and larger dots for more samples', () => {
  const svg = renderChart(reliability)
  assert.ok(textsOf(svg).includes('perfect calibration'))
  const dots = elementsOf(svg).filter(({ attributes }) => attributes['stroke-width'] === '0.75')
  assert.equal(dots.length, 3)
  const radius = ({ attributes }: Element) => Number(/^M([\d.]+)/.exec(attributes['d'] ?? '')?.[1])
  const [few, many, all] = dots.map(radius) as [number, number, number]
  assert.ok(few < many && many < all, `${few} ${many} ${all}`)
})

test('a matrix shows its counts; one of a hundred classes shows shades and every name', () => {
  const texts = textsOf(renderChart(matrix))
  for (const count of ['8', '2', '0', '5']) assert.ok(texts.includes(count), count)
  const names = Array.from({ length: 100 }, (_, i) => `class ${i}`)
  const values = names.map((_, i) => names.map((__, j) => (i === j ? 7 : 0)))
  const large = renderChart({ ...matrix, rows: names, columns: names, values })
  const shown = textsOf(large)
  for (const name of names) assert.equal(shown.filter((text) => text === name).length, 2, name)
  assert.ok(!shown.includes('7'))
  assert.ok(large.length < 200_000, `${large.length} bytes`)
})

test('bars lie down where names are long, and stacked ones reach the sum', () => {
  const long = Array.from({ length: 12 }, (_, i) => `a rather long name of a class ${i}`)
  const svg = renderChart({
    ...bars,
    categories: long,
    series: [{ name: 'x', values: long.map((_, i) => i) }],
  })
  for (const name of long) assert.ok(textsOf(svg).includes(name))
  const axis = textsOf(renderChart({ ...bars, isStacked: true })).filter((text) =>
    /^\d+$/.test(text),
  )
  assert.ok(axis.includes('100'), axis.join())
  assert.ok(!textsOf(renderChart(bars)).includes('100'))
})

const sizeOf = (chart: Chart) => {
  const svg = renderChart(chart)
  const [root] = elementsOf(svg)
  return { width: Number(root?.attributes['width']), height: Number(root?.attributes['height']) }
}

test('a chart has the size that was asked for, however long its names', () => {
  const name = 'a very long name of a run, in a folder of many words, on a machine of some kind'
  const series = [1, 2, 3].map((y) => ({
    name: `${name} ${y}`,
    points: [
      [1, y],
      [2, 3 * y],
    ] as const,
  }))
  const chart: Chart = { ...plain, title: `${name} ${name}`, series }
  assert.deepEqual(sizeOf(chart), { width: 640, height: 420 })
  const [root] = elementsOf(renderChart(chart, { width: 500, height: 400 }))
  assert.deepEqual([root?.attributes['width'], root?.attributes['height']], ['500', '400'])
})

test('nothing, and values that are no numbers, still give a chart', () => {
  for (const chart of [
    { ...lines, series: [] },
    { ...lines, series: [{ name: 'none', points: [] }] },
    {
      ...lines,
      series: [
        {
          name: 'none',
          points: [
            [1, null],
            [2, Infinity],
          ],
        },
      ],
    },
    { ...bars, series: [{ name: 'x', values: [Number.NaN] }] },
    { ...bars, categories: [], series: [] },
    { ...reliability, series: [] },
    { ...matrix, rows: [], columns: [], values: [] },
    { ...matrix, values: [[Number.NaN, 0]] },
  ] as const satisfies readonly Chart[]) {
    const svg = renderChart(chart)
    assert.ok(textsOf(svg).includes(chart.title))
    assert.doesNotMatch(svg, /NaN|Infinity|undefined/)
  }
})

test('a figure holds its charts side by side, as high as the highest', () => {
  const svg = renderFigure([lines, matrix, bars], 2)
  const [root, , ...rest] = elementsOf(svg)
  const inner = rest.filter(({ tag }) => tag === 'svg').map(({ attributes }) => attributes)
  assert.deepEqual(
    inner.map(({ x, y }) => [x, y]),
    [
      ['0', '0'],
      ['640', '0'],
      ['0', String(Math.max(420, Number(inner[1]?.['height'])))],
    ],
  )
  assert.equal(Number(root?.attributes['width']), 640 + Number(inner[1]?.['width']))
})

test('long words are cut in lines, long names in their middle', () => {
  const fits = (line: string) => line.length <= 10
  assert.deepEqual(wrap('one two three four', fits), ['one two', 'three four'])
  assert.ok(wrap('internationalisation', fits).every(fits))
  const short = shorten('run-2026-11-23-a', 60)
  assert.ok(textWidth(short, 12) <= 60)
  assert.match(short, /^run.*\u2026.*a$/)
  assert.equal(shorten('run', 60), 'run')
})
