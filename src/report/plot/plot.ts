// What a chart and a report page are: plain data, drawn by render.ts and page.ts. Commands describe what
// they found; nothing here knows of training or calibration.

export interface LineSeries {
  readonly name: string
  /** [x, y], in the order they are joined; a NaN or null y leaves a gap. */
  readonly points: readonly (readonly [number, number | null])[]
  readonly isDashed?: boolean
  /** Dots at the points, as for a few measured ones. */
  readonly hasDots?: boolean
  /** Series of one group share a colour: the training and the validation curve of one exit. */
  readonly colourGroup?: string
}

interface ChartBase {
  readonly title: string
  readonly subtitle?: string
  readonly xLabel: string
  readonly yLabel: string
}

/** Curves over numbers: accuracy over epochs, risk over coverage. */
export interface LineChart extends ChartBase {
  readonly kind: 'lines'
  readonly series: readonly LineSeries[]
  /**
   * [least, most] of the axis; fitted to the data where undefined. Lines are cut at its ends, and those of y
   * move out to round numbers.
   */
  readonly xRange?: readonly [number, number]
  readonly yRange?: readonly [number, number]
  /** A logarithmic y axis: values that are not above 0 leave a gap. */
  readonly isLogY?: boolean
  /**
   * What solid and dashed lines are: { solid: 'validation', dashed: 'training' }. The legend then names each
   * colour group once and the two strokes, in place of every series.
   */
  readonly strokes?: { readonly solid: string; readonly dashed: string }
  /** All groups of the report in order, so that a chart of a few of them keeps their colours. */
  readonly colourGroups?: readonly string[]
  /** Dotted upright lines with a word: the epoch whose weights were kept. */
  readonly verticals?: readonly { readonly x: number; readonly label: string }[]
}

/** Bars over categories, groups side by side: exits a tier, bytes by codec. */
export interface BarChart extends ChartBase {
  readonly kind: 'bars'
  readonly categories: readonly string[]
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[]
  readonly isStacked?: boolean
  /** Bars from left to right; undefined where the names of the categories decide. */
  readonly isLying?: boolean
}

/** Accuracy over confidence in bins, with the diagonal of perfect calibration. */
export interface ReliabilityChart extends ChartBase {
  readonly kind: 'reliability'
  readonly series: readonly {
    readonly name: string
    /** Mean confidence and accuracy of each bin, 0 to 1, and its samples; bins without any are left out. */
    readonly bins: readonly {
      readonly confidence: number
      readonly accuracy: number
      readonly count: number
    }[]
  }[]
}

/** Counts of truth (rows) against prediction (columns). */
export interface MatrixChart extends ChartBase {
  readonly kind: 'matrix'
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  /** [row][column]. */
  readonly values: readonly (readonly number[])[]
}

export type Chart = LineChart | BarChart | ReliabilityChart | MatrixChart

/** A table of text cells; numbers are formatted by who makes it. */
export interface ReportTable {
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A link to a file beside the page. */
export interface ReportLink {
  readonly text: string
  /** Relative to the page; never a URL with a scheme. */
  readonly href: string
}

/** An SVG that is not ours: shown as an image, so that nothing in it can run or clash. */
interface ReportImage {
  readonly svg: string
  readonly label: string
}

export interface ReportSection {
  readonly title: string
  /** Paragraphs of plain text, above the rest. */
  readonly text?: readonly string[]
  readonly table?: ReportTable
  readonly charts?: readonly Chart[]
  readonly images?: readonly ReportImage[]
  readonly links?: readonly ReportLink[]
}

/** One self-contained HTML page. */
export interface ReportPage {
  readonly title: string
  /** Name and value, at the top: command, date, samples, family. */
  readonly facts: readonly (readonly [string, string])[]
  readonly sections: readonly ReportSection[]
}
