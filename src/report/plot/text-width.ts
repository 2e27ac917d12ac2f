// How wide a text will be, without a DOM or canvas, so that a chart's layout leaves it its place. Widths of
// Arial, Helvetica, Liberation Sans and Arimo, which are alike; charts name these fonts.

/** Those of readers' machines first would give other PNG files on each; Arimo is the one we bring. */
export const fontFamily = 'Arimo, Arial, Helvetica, Liberation Sans, sans-serif'

/** Advance widths of U+0020 to U+007E, thousandths of the font size (Adobe's Helvetica metrics). */
const widths = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
  556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
  611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
  667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
  222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
]

/** Chinese, Japanese, Korean and emoji are square. */
const firstWide = 0x1100

const boldFactor = 1.08

/** Pixels at this font size. */
export function textWidth(text: string, fontSize: number, isBold = false): number {
  let sum = 0
  for (const char of text) {
    const code = char.codePointAt(0) as number
    sum += widths[code - 0x20] ?? (code >= firstWide && !isPunctuation(code) ? 1000 : 600)
  }
  return (sum / 1000) * fontSize * (isBold ? boldFactor : 1)
}

function isPunctuation(code: number): boolean {
  return code >= 0x2000 && code < 0x2100
}
