// The curves of training runs as the document of `ddnn results --json`: the figures of its table.
import { bestOf } from '../../report/results/best-table.ts'
import type { Curve, Curves } from '../../report/results/history.ts'
import type { Run } from '../../report/results/read-run.ts'
import type { ResultsDocument } from './results.ts'

type CurvesDocument = ResultsDocument['runs'][number]['exits'][number]['training']

export function documentOf(runs: readonly Run[], written: readonly string[]): ResultsDocument {
  return {
    runs: runs.map(({ name, file, history: { exits, total } }) => ({
      name,
      file,
      exits: exits.map((exit) => ({
        name: exit.name,
        validation: curvesOf(exit.validation),
        training: curvesOf(exit.training),
      })),
      total:
        total === undefined
          ? null
          : { validation: curvesOf(total.validation), training: curvesOf(total.training) },
    })),
    written: [...written],
  }
}

function curvesOf({ accuracy, loss }: Curves): CurvesDocument {
  return {
    bestAccuracy: (accuracy && bestOf(accuracy, 'most')) ?? null,
    lastAccuracy: lastOf(accuracy),
    leastLoss: (loss && bestOf(loss, 'least')) ?? null,
    lastLoss: lastOf(loss),
  }
}

function lastOf(curve: Curve | undefined): number | null {
  const last = curve?.at(-1)
  return last === undefined || last === null || !Number.isFinite(last) ? null : last
}
