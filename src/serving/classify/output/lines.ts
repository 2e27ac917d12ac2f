// One line an image for a terminal, columns below one another: answer, probability, tier, exit, time, file.
import pc from 'picocolors'
import stringWidth from 'string-width'
import { visibleText } from '../../../domain/visible.ts'
import { describeMs, describePercent } from '../../../report/describe.ts'
import { nameOfClass, probabilityOf, type Answered } from '../classify.ts'
import { topOf } from './top.ts'

interface LinesOptions {
  readonly labels: readonly string[] | undefined
  /** Classes shown as bars below each line; none where undefined. */
  readonly top: number | undefined
  readonly hasColours: boolean
}

const barCells = 24

/** The lines of each image, with a line feed at the end. Columns grow with what they have held. */
export function createLines(options: LinesOptions): (answered: Answered) => string {
  const { labels, top, hasColours } = options
  const colours = pc.createColors(hasColours)
  const labelWidth = Math.max(8, ...(labels ?? []).map((label) => stringWidth(visibleText(label))))
  const column = createColumn(5)
  const truth = createColumn(0)
  return ({ name, verdict, truth: expected, ms }) => {
    const answer = visibleText(verdict.label ?? nameOfClass(verdict.class, labels))
    const isRight = expected === undefined ? undefined : expected === verdict.label
    const mark =
      isRight === undefined ? '' : isRight ? 'right' : `wrong, ${visibleText(expected ?? '')}`
    const paint = isRight === false ? colours.red : isRight === true ? colours.green : identity
    const where = `${visibleText(verdict.tier)}${verdict.fallback ? ', fallback' : ''}`
    const parts = [
      colours.bold(pad(answer, labelWidth)),
      describePercent(probabilityOf(verdict)).padStart(7),
      colours.cyan(column(where)),
      `exit ${verdict.exit}`,
      colours.dim(describeMs(ms).padStart(8)),
      ...(expected === undefined ? [] : [paint(truth(mark))]),
      visibleText(name),
    ]
    const line = `${parts.join('  ')}\n`
    return top === undefined ? line : line + bars(verdict.probabilities, top)
  }

  function bars(probabilities: readonly number[], count: number): string {
    return topOf(probabilities, count)
      .map(({ class: index, probability }) => {
        const filled = Math.round(Math.min(1, Math.max(0, probability)) * barCells)
        const bar = '\u2588'.repeat(filled) + colours.dim('\u2591'.repeat(barCells - filled))
        const label = pad(visibleText(nameOfClass(index, labels)), labelWidth)
        return `  ${label}  ${bar}  ${describePercent(probability).padStart(7)}\n`
      })
      .join('')
  }
}

function identity(text: string): string {
  return text
}

/** Pads to the widest text so far. */
function createColumn(least: number): (text: string) => string {
  let width = least
  return (text) => {
    width = Math.max(width, stringWidth(text))
    return pad(text, width)
  }
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}
