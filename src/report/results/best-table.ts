// Best and last values of each exit, as a table for the page and the terminal.
import { describePercent } from '../describe.ts'
import type { ReportTable } from '../page/page.ts'
import type { Curve, Curves } from './history.ts'
import type { Run } from './read-run.ts'

interface Best {
  readonly value: number
  /** From 1. */
  readonly epoch: number
}

/** Of equals the first: the run could have ended there. */
export function bestOf(curve: Curve, direction: 'most' | 'least'): Best | undefined {
  let best: Best | undefined
  for (const [i, value] of curve.entries()) {
    if (value === null || !Number.isFinite(value)) continue
    const isBetter =
      best === undefined || (direction === 'most' ? value > best.value : value < best.value)
    if (isBetter) best = { value, epoch: i + 1 }
  }
  return best
}

/** A row an exit and run, and one for all exits together where the file has their loss. */
export function bestTable(runs: readonly Run[]): ReportTable {
  const hasRuns = runs.length > 1
  const rows = runs.flatMap(({ name, history }) => {
    const total =
      history.total === undefined ? [] : [{ name: 'all exits, weighted', ...history.total }]
    return [...history.exits, ...total].flatMap((exit) =>
      (['validation', 'training'] as const).flatMap((share) => {
        const curves = exit[share]
        if (curves.loss === undefined && curves.accuracy === undefined) return []
        const place = history.exits.findIndex((one) => one.name === exit.name)
        const cells = [...(hasRuns ? [name] : []), exit.name, share, ...cellsOf(curves)]
        return [{ cells, key: hasRuns || place === -1 ? undefined : place }]
      }),
    )
  })
  return {
    header: [
      ...(hasRuns ? ['Run'] : []),
      ...['Exit', 'Images', 'Best accuracy', 'at epoch', 'Last', 'Least loss', 'at epoch', 'Last'],
    ],
    rows: rows.map(({ cells }) => cells),
    // Of several runs the colours are the runs'.
    keys: rows.map(({ key }) => key),
  }
}

function cellsOf({ accuracy, loss }: Curves): readonly string[] {
  return [
    ...valuesOf(accuracy, 'most', (share) => describePercent(share)),
    ...valuesOf(loss, 'least', (value) => value.toPrecision(4)),
  ]
}

function valuesOf(
  curve: Curve | undefined,
  direction: 'most' | 'least',
  describe: (value: number) => string,
): readonly string[] {
  const best = curve && bestOf(curve, direction)
  const last = curve?.at(-1)
  return [
    best === undefined ? '-' : describe(best.value),
    best === undefined ? '-' : String(best.epoch),
    last === null || last === undefined || !Number.isFinite(last) ? '-' : describe(last),
  ]
}
