// How an exit is to go by those before it: the weights, at least 0, and the bias with the least negative log-likelihood
// (Zero Time Waste, arXiv 2106.05409, equation 3). Pure and deterministic.
import { Matrix, solve } from 'ml-matrix'
import type { ExitMemory } from '../../domain/exit-memory.ts'
import type { RecalledSample } from './recalled.ts'

type Recalled = Pick<RecalledSample, 'logs' | 'label'>

/**
 * The negative log-likelihood is convex in weights and bias (a log-sum-exp of linear terms, less a linear one). Each
 * step takes the curvature of the weights as it is and for the bias a bound of it, twice its diagonal (Gershgorin), so
 * that a thousand classes cost no thousand squared; weights that would fall below 0 stay there. A prior, normal around
 * the exit alone, holds against as many images as `prior` says: on 147 images of five classes, a bias that stood against
 * one image only was worse on the others.
 * @param samples all of as many exits and classes; at least one.
 * @param alone the exit's weight, were it to go by itself alone: 1 / its temperature.
 * @returns a weight for each of their exits.
 */
export function fitMemory(
  samples: readonly Recalled[],
  alone: number,
): Pick<ExitMemory, 'weights' | 'bias'> {
  const { length: exits } = samples[0]?.logs ?? []
  const { length: classes } = samples[0]?.logs[0] ?? []
  const start = {
    weights: Array.from({ length: exits }, (_, e) => (e === exits - 1 ? alone : 0)),
    bias: new Array<number>(classes).fill(0),
  }
  let at: Point = start
  let slope = slopeAt(samples, at, start)
  for (let step = 0; step < mostSteps; step++) {
    const next = stepFrom(samples, at, slope, start)
    if (next === undefined) break
    const gained = slope.loss - next.slope.loss
    ;({ at, slope } = next)
    if (gained < 1e-8) break
  }
  return { weights: at.weights.map(rounded), bias: at.bias.map(rounded) }
}

const mostSteps = 100
const prior = { weights: 1, bias: 10 } as const

interface Point {
  readonly weights: readonly number[]
  readonly bias: readonly number[]
}

/** The loss with its derivatives, in means over the samples. */
interface Slope {
  readonly loss: number
  /** By weight, then by class. */
  readonly weights: Float64Array
  readonly bias: Float64Array
  /** Second derivatives: [weight][weight], [weight][class], and the bound's diagonal [class]. */
  readonly curve: readonly Float64Array[]
  readonly mixed: readonly Float64Array[]
  readonly diagonal: Float64Array
}

function slopeAt(samples: readonly Recalled[], at: Point, start: Point): Slope {
  const { weights, bias } = at
  const [exits, classes] = [weights.length, bias.length]
  const row = () => new Float64Array(classes)
  const found = {
    weights: new Float64Array(exits),
    bias: row(),
    curve: weights.map(() => new Float64Array(exits)),
    mixed: weights.map(row),
    diagonal: row(),
  }
  let loss = 0
  const p = row()
  for (const { logs, label } of samples) {
    loss -= logLikelihood(p, logs, label, at)
    addDerivatives(found, p, logs, label)
  }
  const n = samples.length
  for (const column of [found.weights, found.bias, found.diagonal, ...found.curve, ...found.mixed])
    for (let i = 0; i < column.length; i++) column[i] = (column[i] as number) / n
  return { ...found, loss: loss / n + addPrior(found, at, start, n) }
}

/** Leaves the probabilities in `p`. */
function logLikelihood(
  p: Float64Array,
  logs: readonly Float32Array[],
  label: number,
  { weights, bias }: Point,
): number {
  let max = -Infinity
  for (let c = 0; c < p.length; c++) {
    let sum = bias[c] as number
    for (const [e, weight] of weights.entries()) sum += weight * (logs[e]?.[c] as number)
    p[c] = sum
    max = Math.max(max, sum)
  }
  const own = (p[label] as number) - max
  let total = 0
  for (let c = 0; c < p.length; c++) total += p[c] = Math.exp((p[c] as number) - max)
  for (let c = 0; c < p.length; c++) p[c] = (p[c] as number) / total
  return own - Math.log(total)
}

function addDerivatives(
  sums: Omit<Slope, 'loss'>,
  p: Float64Array,
  logs: readonly Float32Array[],
  label: number,
): void {
  const means = logs.map((own) => meanBy(p, own))
  for (const [e, own] of logs.entries()) {
    sums.weights[e] = (sums.weights[e] as number) + (means[e] as number) - (own[label] as number)
    const [curve, mixed] = [sums.curve[e] as Float64Array, sums.mixed[e] as Float64Array]
    for (let c = 0; c < p.length; c++) {
      const spread = (p[c] as number) * ((own[c] as number) - (means[e] as number))
      mixed[c] = (mixed[c] as number) + spread
      for (let f = 0; f <= e; f++)
        curve[f] = (curve[f] as number) + spread * (logs[f]?.[c] as number)
    }
  }
  for (let c = 0; c < p.length; c++) {
    const own = p[c] as number
    sums.bias[c] = (sums.bias[c] as number) + own - Number(c === label)
    sums.diagonal[c] = (sums.diagonal[c] as number) + 2 * own * (1 - own)
  }
}

/** The prior's share of the loss; its derivatives are added. */
function addPrior(
  sums: Omit<Slope, 'loss'>,
  { weights, bias }: Point,
  start: Point,
  n: number,
): number {
  let loss = 0
  let by = prior.weights / n
  for (const [e, weight] of weights.entries()) {
    const off = weight - (start.weights[e] as number)
    loss += (by * off * off) / 2
    sums.weights[e] = (sums.weights[e] as number) + by * off
    const curve = sums.curve[e] as Float64Array
    curve[e] = (curve[e] as number) + by
  }
  by = prior.bias / n
  for (const [c, value] of bias.entries()) {
    loss += (by * value * value) / 2
    sums.bias[c] = (sums.bias[c] as number) + by * value
    sums.diagonal[c] = (sums.diagonal[c] as number) + by
  }
  return loss
}

/** Undefined where no step lowers the loss: the end. */
function stepFrom(
  samples: readonly Recalled[],
  at: Point,
  slope: Slope,
  start: Point,
): { readonly at: Point; readonly slope: Slope } | undefined {
  const way = directionOf(at, slope)
  for (let share = 1; share > 1e-4; share /= 2) {
    const weights = at.weights.map((weight, e) =>
      Math.max(0, weight - share * (way.weights[e] ?? 0)),
    )
    const bias = at.bias.map((value, c) => value - share * (way.bias[c] ?? 0))
    const next = slopeAt(samples, { weights, bias }, start)
    if (next.loss < slope.loss) return { at: { weights, bias }, slope: next }
  }
  return undefined
}

/** Solves curvature x way = slope: the bias is put out by its diagonal, the weights that are left are solved. */
function directionOf(
  { weights }: Point,
  slope: Slope,
): { readonly weights: readonly number[]; readonly bias: readonly number[] } {
  const { mixed, diagonal } = slope
  // At 0 and pushed below: no part of the step.
  const free = [...weights.keys()].filter(
    (e) => (weights[e] as number) > 0 || (slope.weights[e] as number) < 0,
  )
  const over = (a: Float64Array, b: Float64Array) =>
    a.reduce((sum, value, c) => sum + (value * (b[c] as number)) / (diagonal[c] as number), 0)
  const matrix = free.map((e) =>
    free.map((f) => {
      const own = slope.curve[Math.max(e, f)]?.[Math.min(e, f)] as number
      return own - over(mixed[e] as Float64Array, mixed[f] as Float64Array)
    }),
  )
  const right = free.map(
    (e) => (slope.weights[e] as number) - over(mixed[e] as Float64Array, slope.bias),
  )
  // Definite: the prior holds each weight.
  const solved = free.length === 0 ? [] : solve(matrix, Matrix.columnVector(right)).to1DArray()
  const way = weights.map((_, e) => solved[free.indexOf(e)] ?? 0)
  const bias = Array.from(slope.bias, (value, c) => {
    const known = way.reduce((sum, step, e) => sum + step * (mixed[e]?.[c] as number), 0)
    return (value - known) / (diagonal[c] as number)
  })
  return { weights: way, bias }
}

function meanBy(p: Float64Array, own: Float32Array): number {
  let mean = 0
  for (let c = 0; c < p.length; c++) mean += (p[c] as number) * (own[c] as number)
  return mean
}

/** What is written is what was measured. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
