// Logistic regression for the learned criterion: a few slopes and one bias a group, drawn towards an offset that is
// right already. Newton's steps; pure and deterministic.
import { Matrix, solve } from 'ml-matrix'

/** Rows of one exit; all lists have one entry a row. */
export interface LogisticRows {
  /** Log-odds that the regression begins at, and is drawn back to. */
  readonly offset: ArrayLike<number>
  /** Columns, each of mean 0 and deviation 1 or so. */
  readonly columns: readonly ArrayLike<number>[]
  /** Index of a group, from 0. */
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
 * Least sum over `rows` of -log-likelihood + strength / 2 x (slopes^2 + groups^2). Convex, so there is one, wherever it is
 * sought from; a step that does not go down is halved.
 */
export function fitLogistic(
  table: LogisticRows,
  rows: readonly number[],
  strength: number,
  from: LogisticFit = nothingLearned(table),
): LogisticFit {
  let fit = from
  let here = lookAround(table, rows, fit, strength)
  for (let step = 0; step < mostSteps; step++) {
    const direction = newtonStep(here)
    let size = 1
    let next = moved(fit, direction, size)
    let there = lookAround(table, rows, next, strength)
    while (!(there.loss <= here.loss) && size > 1e-6) {
      size /= 2
      next = moved(fit, direction, size)
      there = lookAround(table, rows, next, strength)
    }
    const gained = here.loss - there.loss
    if (!(gained >= 0)) break
    ;[fit, here] = [next, there]
    if (gained <= 1e-8 * (1 + here.loss)) break
  }
  return fit
}

function nothingLearned({ columns, groups }: LogisticRows): LogisticFit {
  return { bias: 0, slopes: columns.map(() => 0), groups: new Array<number>(groups).fill(0) }
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

/** The loss at a fit, with its first and second derivatives; `inner` is the bias and the slopes. */
interface Surroundings {
  readonly loss: number
  readonly gradient: Float64Array
  /** [inner][inner], row after row. */
  readonly hessian: Float64Array
  readonly groupGradient: Float64Array
  /** Of the groups by themselves: no two of them meet in a row. */
  readonly diagonal: Float64Array
  /** [group][inner]. */
  readonly cross: Float64Array
}

function lookAround(
  { columns, groups, offset, group, right }: LogisticRows,
  rows: readonly number[],
  fit: LogisticFit,
  strength: number,
): Surroundings {
  const inner = [fit.bias, ...fit.slopes]
  const width = inner.length
  const held = (j: number) => (j === 0 ? strengthOfBias : strength)
  const gradient = Float64Array.from(inner, (value, j) => held(j) * value)
  const hessian = new Float64Array(width * width)
  for (let j = 0; j < width; j++) hessian[j * width + j] = held(j)
  const groupGradient = Float64Array.from(fit.groups, (value) => strength * value)
  const diagonal = new Float64Array(groups).fill(strength)
  const cross = new Float64Array(groups * width)
  let loss = (strengthOfBias * fit.bias ** 2 + strength * squares(fit)) / 2
  const x = new Float64Array(width).fill(1)
  for (const row of rows) {
    const own = group[row] as number
    let score = (offset[row] as number) + fit.bias + (fit.groups[own] as number)
    for (let j = 1; j < width; j++) {
      x[j] = (columns[j - 1] as ArrayLike<number>)[row] as number
      score += (inner[j] as number) * x[j]!
    }
    const isRight = right[row] as number
    loss += logLossOf(score, isRight)
    const p = 1 / (1 + Math.exp(-score))
    const [error, weight] = [p - isRight, p * (1 - p)]
    groupGradient[own]! += error
    diagonal[own]! += weight
    for (let j = 0; j < width; j++) {
      const weighted = weight * x[j]!
      gradient[j]! += error * x[j]!
      cross[own * width + j]! += weighted
      for (let k = 0; k < width; k++) hessian[j * width + k]! += weighted * x[k]!
    }
  }
  return { loss, gradient, hessian, groupGradient, diagonal, cross }
}

/**
 * The whole Hessian is [hessian cross^T; cross diagonal]: the groups, whatever their number, are eliminated first, which leaves
 * a system of 1 + slopes.
 */
function newtonStep({ gradient, hessian, ...of }: Surroundings): LogisticFit {
  const { groupGradient, diagonal, cross } = of
  const width = gradient.length
  const rest = gradient.slice()
  const reduced = hessian.slice()
  for (const [group, d] of diagonal.entries()) {
    const b = cross.subarray(group * width, (group + 1) * width)
    for (let j = 0; j < width; j++) {
      const share = b[j]! / d
      rest[j]! -= share * groupGradient[group]!
      for (let k = 0; k < width; k++) reduced[j * width + k]! -= share * b[k]!
    }
  }
  const matrix = Matrix.from1DArray(width, width, reduced)
  const inner = solve(matrix, Matrix.columnVector(rest)).to1DArray()
  const [bias = 0, ...slopes] = inner
  const groups = Array.from(diagonal, (d, group) => {
    let left = groupGradient[group]!
    for (const [j, s] of inner.entries()) left -= cross[group * width + j]! * s
    return left / d
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

function squares({ slopes, groups }: LogisticFit): number {
  return [...slopes, ...groups].reduce((sum, value) => sum + value * value, 0)
}
