// Logistic regression for the learned criterion: a few slopes and one bias a class, drawn towards an offset that is
// right already. Newton's steps; pure and deterministic.
import { solveLinear } from './solve-linear.ts'

/** Rows of one exit; all lists have one entry a row. */
export interface LogisticRows {
  /** Log-odds that the regression begins at, and is drawn back to. */
  readonly offset: ArrayLike<number>
  /** Columns, each of mean 0 and deviation 1 or so. */
  readonly columns: readonly ArrayLike<number>[]
  /** Index of a class, from 0. */
  readonly group: ArrayLike<number>
  readonly groups: number
  /** 1 or 0. */
  readonly right: ArrayLike<number>
}

/** Log-odds = offset + bias + sum of slope x column + groups[group]. */
export interface LogisticFit {
  readonly bias: number
  readonly slopes: readonly number[]
  readonly groups: readonly number[]
}

const mostSteps = 30
/** A bias alone is not what a ranking overfits by: it is held just so that rows which are all right have a fit. */
const strengthOfBias = 1

/**
 * Least sum over `rows` of -log-likelihood + strength / 2 x (slopes^2 + groups^2). Convex, so there is one; a step that does
 * not go down is halved.
 */
export function fitLogistic(
  table: LogisticRows,
  rows: readonly number[],
  strength: number,
): LogisticFit {
  const { columns, groups } = table
  let fit: LogisticFit = {
    bias: 0,
    slopes: columns.map(() => 0),
    groups: Array.from({ length: groups }, () => 0),
  }
  let loss = lossOf(table, rows, fit, strength)
  for (let step = 0; step < mostSteps; step++) {
    const direction = newtonStep(table, rows, fit, strength)
    let [size, next] = [1, moved(fit, direction, 1)]
    let nextLoss = lossOf(table, rows, next, strength)
    while (!(nextLoss <= loss) && size > 1e-6) {
      size /= 2
      next = moved(fit, direction, size)
      nextLoss = lossOf(table, rows, next, strength)
    }
    const gained = loss - nextLoss
    if (!(gained >= 0)) break
    ;[fit, loss] = [next, nextLoss]
    if (gained <= 1e-9 * (1 + loss)) break
  }
  return fit
}

/** Log-odds of a row. */
export function scoreOf(table: LogisticRows, row: number, fit: LogisticFit): number {
  let score =
    (table.offset[row] as number) + fit.bias + (fit.groups[table.group[row] as number] ?? 0)
  for (const [j, column] of table.columns.entries()) {
    score += (fit.slopes[j] as number) * (column[row] as number)
  }
  return score
}

/** -log-likelihood of a row at these log-odds, nats. */
export function logLossOf(score: number, right: number): number {
  const signed = right === 1 ? score : -score
  return signed > 0 ? Math.log1p(Math.exp(-signed)) : Math.log1p(Math.exp(signed)) - signed
}

function lossOf(
  table: LogisticRows,
  rows: readonly number[],
  fit: LogisticFit,
  strength: number,
): number {
  let loss = 0
  for (const row of rows) loss += logLossOf(scoreOf(table, row, fit), table.right[row] as number)
  const squares = (values: readonly number[]) => values.reduce((sum, v) => sum + v * v, 0)
  const held = strength * (squares(fit.slopes) + squares(fit.groups))
  return loss + (held + strengthOfBias * fit.bias ** 2) / 2
}

/**
 * The Hessian is [A B^T; B D] with a diagonal D of the groups, whatever their number: these are eliminated first, which
 * leaves a system of 1 + slopes.
 */
function newtonStep(
  table: LogisticRows,
  rows: readonly number[],
  fit: LogisticFit,
  strength: number,
): LogisticFit {
  const width = 1 + table.columns.length
  const held = (j: number) => (j === 0 ? strengthOfBias : strength)
  const inner = [fit.bias, ...fit.slopes]
  const gradient = Float64Array.from(inner, (value, j) => held(j) * value)
  const hessian = inner.map((_, j) => new Float64Array(width).fill(0).fill(held(j), j, j + 1))
  const groupGradient = Float64Array.from(fit.groups, (value) => strength * value)
  const diagonal = new Float64Array(table.groups).fill(strength)
  const cross = Array.from({ length: table.groups }, () => new Float64Array(width))
  const x = new Float64Array(width).fill(1, 0, 1)
  for (const row of rows) {
    for (let j = 1; j < width; j++) x[j] = table.columns[j - 1]?.[row] as number
    const p = 1 / (1 + Math.exp(-scoreOf(table, row, fit)))
    const [error, weight] = [p - (table.right[row] as number), p * (1 - p)]
    const group = table.group[row] as number
    add(groupGradient, group, error)
    add(diagonal, group, weight)
    for (let j = 0; j < width; j++) {
      const xj = x[j] as number
      add(gradient, j, error * xj)
      add(cross[group] as Float64Array, j, weight * xj)
      for (let k = 0; k < width; k++)
        add(hessian[j] as Float64Array, k, weight * xj * (x[k] as number))
    }
  }
  for (const [group, d] of diagonal.entries()) {
    const b = cross[group] as Float64Array
    const g = groupGradient[group] as number
    for (let j = 0; j < width; j++) {
      const share = (b[j] as number) / d
      add(gradient, j, -share * g)
      for (let k = 0; k < width; k++) add(hessian[j] as Float64Array, k, -share * (b[k] as number))
    }
  }
  const [bias = 0, ...slopes] = solveLinear(hessian, gradient)
  const own = [bias, ...slopes]
  const groups = Array.from(diagonal, (d, group) => {
    const b = cross[group] as Float64Array
    return (
      own.reduce((rest, s, j) => rest - (b[j] as number) * s, groupGradient[group] as number) / d
    )
  })
  return { bias, slopes, groups }
}

function moved(fit: LogisticFit, step: LogisticFit, size: number): LogisticFit {
  const by = (values: readonly number[], steps: readonly number[]) =>
    values.map((value, i) => value - size * (steps[i] ?? 0))
  return {
    bias: fit.bias - size * step.bias,
    slopes: by(fit.slopes, step.slopes),
    groups: by(fit.groups, step.groups),
  }
}

function add(values: Float64Array, at: number, by: number): void {
  values[at] = (values[at] as number) + by
}
