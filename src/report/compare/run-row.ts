// What `ddnn report` knows of a run: the rows of its CSV as numbers, and what they answer. Plain data.

/** What one hop of a row wrote: Edge_*, Fog_* or Cloud_*. */
export interface HopCells {
  /** Index of a class; undefined where the hop took no part, or gave none. */
  readonly prediction: number | undefined
  readonly computeMs: number | undefined
  /** From its receipt to its reply, its front's time included. */
  readonly totalMs: number | undefined
}

/** A row as it stands in the file. */
export interface CsvRow {
  /** Running number of the sample, as written; empty where the file has no such column. */
  readonly test: string
  readonly expectedText: string
  readonly latencyMs: number | undefined
  /** As many as the file has columns for, up to three. */
  readonly hops: readonly HopCells[]
  /** LABEL/NAME, a record, or a tier's correlation id; empty where the file names none. */
  readonly file: string
  /** Name of the tier that answered; empty where the file does not say. */
  readonly exit: string
  readonly confidence: number | undefined
  readonly isFallback: boolean
  /** Code and message; empty where there is an answer. */
  readonly error: string
}

/** Which program wrote a file: ddnn with or without its own columns, a tier of it, or the Python original. */
export type Writer = 'ddnn' | 'ddnn-original' | 'tier' | 'python'

/** A file that was read. */
export interface RunCsv {
  readonly path: string
  readonly writer: Writer
  readonly rows: readonly CsvRow[]
  /** What a reader should know of how it was read: rows that were left out. */
  readonly notes: readonly string[]
}

/** A row with what it means. */
export interface RunRow {
  /** Place in the file, from 0. */
  readonly place: number
  readonly test: string
  readonly file: string
  /** Index of the true label; undefined where the file does not tell it. */
  readonly expected: number | undefined
  /** The answer: what the deepest hop that has a prediction says; undefined without an answer. */
  readonly prediction: number | undefined
  /** Undefined without an answer or a truth. */
  readonly isRight: boolean | undefined
  /** Place of the exit that answered in `Run.exits`; -1 without an answer. */
  readonly exit: number
  readonly confidence: number | undefined
  readonly latencyMs: number | undefined
  readonly isFallback: boolean
  readonly error: string
  readonly hops: readonly HopCells[]
}

/** How far `Expected_result` can be trusted. */
export interface Truth {
  /**
   * `index`: the file tells each label. `recovered`: it does not, but something else does. `one-hot`: it tells the first
   * class from all others alone. `none`: it tells nothing.
   */
  readonly kind: 'index' | 'recovered' | 'one-hot' | 'none'
  /** By row; undefined where unknown. */
  readonly expected: readonly (number | undefined)[]
  /** What it is and where it comes from, for people; undefined where there is nothing to explain. */
  readonly note: string | undefined
  /** Of `one-hot`: whether a row's label is the first class. */
  readonly isFirst?: readonly boolean[]
}

export interface Run {
  /** Short, another one for each run. */
  readonly name: string
  readonly path: string
  readonly writer: Writer
  /** Names of all exits of all runs, nearest to the device first: the same list in each run. */
  readonly exits: readonly string[]
  readonly rows: readonly RunRow[]
  readonly truth: Truth
  /** Names of classes by index, as far as they are known. */
  readonly classes: ReadonlyMap<number, string>
  readonly notes: readonly string[]
}
