// Parts of a specification that charts share: size, title, axes and legends.
import type { Axis, EncodeEntry, Legend, Mark, Signal, Spec, Title } from 'vega'
import { textWidth } from './text-width.ts'
import { margin } from './vega.ts'

/** Pixels. */
export interface ChartSize {
  readonly width: number
  readonly height: number
}

/** The plot gives way until all fits in the size. */
export function fitted({ width, height }: ChartSize): Spec {
  return {
    width: width - 2 * margin,
    height: height - 2 * margin,
    padding: 0,
    autosize: { type: 'fit', contains: 'padding' },
  }
}

const titleSize = 16
const subtitleSize = 12

/** Title and subtitle, broken into lines that are no wider than the chart. */
export function titleOf(
  { title, subtitle }: { readonly title: string; readonly subtitle?: string },
  { width }: ChartSize,
): Title {
  const room = width - 2 * margin
  return {
    text: wrap(title, (line) => textWidth(line, titleSize, true) <= room),
    ...(subtitle === undefined
      ? {}
      : { subtitle: wrap(subtitle, (line) => textWidth(line, subtitleSize) <= room) }),
  }
}

/** Lines of whole words; a word that does not fit alone is cut. */
export function wrap(text: string, fits: (line: string) => boolean): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (fits(longer)) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (!fits(line) && line.length > 1) line = `${[...line].slice(0, -2).join('')}\u2026`
  }
  return [...lines, line]
}

/** An x and a y axis over linear scales of these names. */
export function axesOf(
  { xLabel, yLabel }: { readonly xLabel: string; readonly yLabel: string },
  { isWholeX = false, isLogX = false, isLogY = false } = {},
): Axis[] {
  return [
    {
      orient: 'left',
      scale: 'y',
      title: yLabel,
      grid: true,
      tickCount: 6,
      ...(isLogY ? { format: '~g' } : {}),
      domain: false,
      ticks: false,
    },
    {
      orient: 'bottom',
      scale: 'x',
      title: xLabel,
      tickCount: 8,
      ...(isWholeX ? { tickMinStep: 1, format: 'd' } : {}),
      ...(isLogX ? { format: '~g' } : {}),
    },
  ]
}

const labelSize = 12
const labelLimit = 290
/** Symbol and gaps of an entry, pixels. */
const entryExtra = 44
/** Legends begin where the plot does: right of the y axis and its labels. */
const axisRoom = 64
const legendRoom = ({ width }: ChartSize) => width - 2 * margin - axisRoom

/** Texts that a legend's labels look up by place: names may be equal, long, or anything. */
export function legendNames(name: string, names: readonly string[], size: ChartSize): Signal {
  const room = Math.min(labelLimit, legendRoom(size) - entryExtra)
  return { name, value: names.map((text) => shorten(text, room)) }
}

/** Cuts the middle out, for what tells long names apart often stands at their ends. */
export function shorten(text: string, limit: number, fontSize = labelSize): string {
  if (textWidth(text, fontSize) <= limit) return text
  const letters = [...text]
  for (let kept = letters.length - 1; kept > 1; kept--) {
    const head = letters.slice(0, Math.ceil(kept / 2)).join('')
    const tail = letters.slice(letters.length - Math.floor(kept / 2)).join('')
    const short = `${head}\u2026${tail}`
    if (textWidth(short, fontSize) <= limit) return short
  }
  return '\u2026'
}

/** A legend above the plot over scales whose domain is places in `names`, in as many columns as fit. */
export function indexLegend(
  scales: Partial<Legend>,
  signal: string,
  names: readonly string[],
  size: ChartSize,
  symbolType: 'stroke' | 'square' | 'circle' = 'stroke',
): Legend {
  const widest = Math.max(...names.map((name) => Math.min(labelLimit, textWidth(name, labelSize))))
  const columns = Math.max(1, Math.floor(legendRoom(size) / (widest + entryExtra)))
  return {
    ...scales,
    orient: 'top',
    direction: 'horizontal',
    columns: Math.min(columns, names.length),
    symbolType,
    encode: { labels: { update: { text: { signal: `${signal}[datum.value]` } } } },
  }
}

/** Where a row of data stands. */
export const at = { x: { scale: 'x', field: 'x' }, y: { scale: 'y', field: 'y' } }

/** A line from low to high over each row of `intervals`. */
export function intervalRule(look: EncodeEntry): Mark {
  const ends = { y: { scale: 'y', field: 'low' }, y2: { scale: 'y', field: 'high' } }
  return {
    type: 'rule',
    from: { data: 'intervals' },
    encode: { update: { x: at.x, ...ends, ...look } },
  }
}
