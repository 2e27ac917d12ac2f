// What a chart is: plain data, drawn by render.ts. Commands describe what they found; nothing here knows of
// training or calibration.
import type { Paint } from './palette.ts'

export interface LineSeries {
  readonly name: string
  /** [x, y], in the order they are joined; a NaN or null y leaves a gap. */
  readonly points: readonly (readonly [number, number | null])[]
  readonly isDashed?: boolean
  /** Dots at the points, as for a few measured ones. */
  readonly hasDots?: boolean
  /** Series of one group share a colour: the training and the validation curve of one exit. */
  readonly colourGroup?: string
  /** In place of the colour of its place among the groups: an exit's, say, where exits are some of the lines. */
  readonly paint?: Paint
}

/** Ends of a measure's 95 % interval: [low, high]. */
export type Interval = readonly [number, number]

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
  /** The same of the x axis: times that spread over powers of ten. Every x is above 0. */
  readonly isLogX?: boolean
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

interface BarSeries {
  readonly name: string
  /** By category. */
  readonly values: readonly number[]
  /** Of the whole series; that of its place where undefined. */
  readonly paint?: Paint
  /** By category: each exit's bar in its own colour. */
  readonly paints?: readonly Paint[]
  /** By category, drawn over bars that are not stacked. */
  readonly intervals?: readonly (Interval | undefined)[]
}

/** Bars over categories, groups side by side: exits a tier, bytes by codec. */
export interface BarChart extends ChartBase {
  readonly kind: 'bars'
  readonly categories: readonly string[]
  readonly series: readonly BarSeries[]
  readonly isStacked?: boolean
  /** Bars from left to right; undefined where the names of the categories decide. */
  readonly isLying?: boolean
}

/** Groups of points over two numbers: what each setting costs, and what it reaches. */
export interface PointChart extends ChartBase {
  readonly kind: 'points'
  readonly groups: readonly PointGroup[]
}

export interface PointGroup {
  readonly name: string
  readonly points: readonly {
    readonly x: number
    readonly y: number
    /** Of y. */
    readonly interval?: Interval
  }[]
  readonly paint: Paint
  readonly shape?: 'circle' | 'square' | 'diamond' | 'triangle-up' | 'cross'
  /** Many points are small and pale; a few, such as the chosen one, are not. */
  readonly isMany?: boolean
  /** Joined by a line of steps, in the order of x: a front. */
  readonly isJoined?: boolean
}

/**
 * Accuracy over confidence in bins, with the diagonal of perfect calibration. One series alone shows each bin's count
 * and, where it has them, intervals.
 */
export interface ReliabilityChart extends ChartBase {
  readonly kind: 'reliability'
  readonly series: readonly {
    readonly name: string
    readonly paint?: Paint
    /** Mean confidence and accuracy of each bin, 0 to 1, and its samples; bins without any are left out. */
    readonly bins: readonly {
      readonly confidence: number
      readonly accuracy: number
      readonly count: number
      /** Of the accuracy. */
      readonly interval?: Interval
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

export type Chart = LineChart | BarChart | PointChart | ReliabilityChart | MatrixChart
