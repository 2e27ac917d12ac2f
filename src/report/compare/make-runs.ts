// Files that were read -> runs that compare: exits by one order, truths, and what each row answers. Pure.
import { classesOf } from './class-names.ts'
import { commonOrder, depthOf, exitsOf } from './exit-names.ts'
import type { CsvRow, Run, RunCsv, RunRow, Truth } from './run-row.ts'
import { truthOf, type KnownLabels } from './truth.ts'

interface MakeOptions {
  /** As many as files, each another. */
  readonly names: readonly string[]
  /** Names of classes, where they are given. */
  readonly labels?: readonly string[] | undefined
  /** Labels of the images in the order of the original's rows, where its folder is given. */
  readonly folder?: KnownLabels | undefined
}

export function makeRuns(csvs: readonly RunCsv[], options: MakeOptions): readonly Run[] {
  const { names, labels, folder } = options
  const exits = exitsOf(csvs)
  const order = commonOrder(exits)
  const places = new Map(order.map((name, i) => [name, i]))
  const alone = csvs.map((csv) => truthOf(csv, labels, []))
  const classes = classesOf(csvs, alone, labels)
  return csvs.map((csv, i) => {
    const others = alone.flatMap((truth, j) =>
      truth.kind === 'index' && i !== j
        ? [{ labels: truth.expected, from: `'${names[j]}'` } satisfies KnownLabels]
        : [],
    )
    const truth = truthOf(csv, labels, [...(folder === undefined ? [] : [folder]), ...others])
    const { byRow = [], beyond = new Set<string>() } = exits[i] ?? {}
    return {
      name: names[i] ?? csv.path,
      path: csv.path,
      writer: csv.writer,
      exits: order,
      truth,
      classes: classes[i] ?? new Map<number, string>(),
      notes: [...csv.notes, ...beyondNote(beyond)],
      rows: csv.rows.map((row, place) => {
        const exit = byRow[place]
        return rowOf(row, place, truth, {
          exit: exit === undefined ? -1 : (places.get(exit) ?? -1),
          isBeyond: exit !== undefined && beyond.has(exit),
        })
      }),
    }
  })
}

function rowOf(
  row: CsvRow,
  place: number,
  truth: Truth,
  { exit, isBeyond }: { readonly exit: number; readonly isBeyond: boolean },
): RunRow {
  const expected = truth.expected[place]
  const prediction = isBeyond ? undefined : row.hops[depthOf(row)]?.prediction
  const isKnown = expected !== undefined && prediction !== undefined && truth.kind !== 'one-hot'
  return {
    place,
    test: row.test,
    file: row.file,
    expected,
    prediction,
    isRight: isKnown ? prediction === expected : undefined,
    exit,
    confidence: row.confidence,
    latencyMs: row.latencyMs,
    isFallback: row.isFallback,
    error: row.error,
    hops: row.hops,
  }
}

function beyondNote(beyond: ReadonlySet<string>): readonly string[] {
  if (beyond.size === 0) return []
  const names = [...beyond].join(', ')
  return [
    `${names}: the CSV has columns for three hops, so what a tier behind the third predicted is not in it; accuracy is of the other rows.`,
  ]
}
