// A cell of a CSV that nobody's text can turn into something else: file names, tiers, ids and errors are
// anyone's, and a spreadsheet runs what looks like a formula.
import { visibleText } from '../domain/visible.ts'

/** Beginnings of a formula, in their wide forms too. A tab or carriage return is spelt out before. */
const formula = /^[=+\-@\uff1d\uff0b\uff0d\uff20]/

const number = /^[+-]?(?:Infinity|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i

/**
 * Text as it stands in a cell, quotes aside: one line, control characters spelt out, an apostrophe before
 * what a spreadsheet would take for a formula. Numbers, negative ones too, and all other text stay as they are.
 */
export function csvCell(text: string): string {
  const shown = visibleText(text)
  return isFormula(shown) ? `'${shown}` : shown
}

/** The text of such a cell, without the apostrophe; what was spelt out stays so. */
export function textOfCell(cell: string): string {
  const text = cell.slice(1)
  return cell.startsWith("'") && isFormula(text) ? text : cell
}

function isFormula(text: string): boolean {
  return formula.test(text) && !number.test(text)
}
