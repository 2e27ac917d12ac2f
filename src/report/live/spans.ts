// Text of a terminal in pieces of one colour: how wide it is, how it is broken into lines, and last its colours, so that
// escapes are never cut. Pure.
import pc from 'picocolors'
import stringWidth from 'string-width'
import { visibleText } from '../../domain/visible.ts'

type Painter = Extract<keyof ReturnType<typeof pc.createColors>, string>

/** The colours of exits by their place, the nearest that a terminal has to those of the pages; the others say what they mean. */
const exitPaints = ['blueBright', 'yellow', 'magentaBright', 'magenta', 'white', 'cyan'] as const
const named = {
  right: 'green',
  wrong: 'red',
  warning: 'yellow',
  soft: 'dim',
  strong: 'bold',
} as const

/** An exit's place, or what it says. */
export type Paint = number | keyof typeof named

export interface Span {
  readonly text: string
  readonly paint?: Paint | undefined
}

/** Between two pieces on a line. */
const gap = '  '

/** Text of others becomes harmless here. */
export function span(text: string, paint?: Paint): Span {
  return { text: visibleText(text), paint }
}

export function widthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + stringWidth(text), 0)
}

/** Pieces behind each other, on a new line where one does not fit; one that is wider than a line is cut. */
export function flow(pieces: readonly (readonly Span[])[], columns: number): readonly Span[][] {
  const lines: Span[][] = []
  let width = 0
  for (const piece of pieces) {
    const own = widthOf(piece)
    const last = lines.at(-1)
    if (last === undefined || width + gap.length + own > columns) {
      lines.push(cut(piece, columns))
      width = own
    } else {
      last.push({ text: gap }, ...piece)
      width += gap.length + own
    }
  }
  return lines
}

function cut(spans: readonly Span[], columns: number): Span[] {
  let left = columns
  return spans.flatMap(({ text, paint }) => {
    let kept = ''
    for (const character of text) {
      const width = stringWidth(character)
      if (width > left) break
      kept += character
      left -= width
    }
    return kept === '' ? [] : [{ text: kept, paint }]
  })
}

export function painted(spans: readonly Span[], hasColours: boolean): string {
  const colours = pc.createColors(hasColours)
  return spans
    .map(({ text, paint }) => (paint === undefined ? text : colours[painterOf(paint)](text)))
    .join('')
}

function painterOf(paint: Paint): Exclude<Painter, 'isColorSupported'> {
  if (typeof paint !== 'number') return named[paint]
  return exitPaints[Math.max(0, paint) % exitPaints.length] ?? 'cyan'
}
