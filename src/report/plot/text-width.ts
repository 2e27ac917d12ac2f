// How wide a text may be, without a DOM or canvas, so that a chart's layout leaves it its place.

/** Those of readers' machines first would give other PNG files on each; Arimo is the one we bring. */
export const fontFamily = 'Arimo, Arial, Helvetica, Liberation Sans, sans-serif'

/**
 * Advance widths of U+0020 to U+007E, thousandths of the font size: DejaVu Sans, which is what sans-serif means on
 * many a Linux, and the widest of its kind. Arial and its like are a seventh narrower and leave a little room.
 */
const widths = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
  636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
  575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
  611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
  278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
]

/** Chinese, Japanese, Korean and emoji are square. */
const firstWide = 0x1100

const boldFactor = 1.1

/** Pixels at this font size. */
export function textWidth(text: string, fontSize: number, isBold = false): number {
  let sum = 0
  for (const char of text) {
    const code = char.codePointAt(0) as number
    sum += widths[code - 0x20] ?? (code >= firstWide && !isPunctuation(code) ? 1000 : 680)
  }
  return (sum / 1000) * fontSize * (isBold ? boldFactor : 1)
}

function isPunctuation(code: number): boolean {
  return code >= 0x2000 && code < 0x2100
}
