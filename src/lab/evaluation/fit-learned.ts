// Fits the learned criterion of an exit: softmax's log-odds, corrected as far as other samples bear it out. Pure; the same
// samples in the same order give the same weights.
import { isEveryFinite } from '../../domain/finite.ts'
import {
  learnedConfidence,
  learnedFeatures,
  type Learned,
  type LearnedFeatures,
} from '../../domain/learned.ts'
import {
  fitLogistic,
  logLossOf,
  scoreOf,
  type LogisticFit,
  type LogisticRows,
} from './ridge-logistic.ts'

/** One sample at one exit: what it goes by as logits, and whether its largest is the truth. */
interface LearnedSample {
  readonly logits: ArrayLike<number>
  readonly temperature: number
  readonly isRight: boolean
}

interface LearnedFit {
  readonly learned: Learned
  /** Of the L2 penalty, as folds that did not fit chose it. */
  readonly strength: number
  /** P(right) of each sample by weights that it did not fit; NaN of samples that are no numbers. */
  readonly outOfFold: Float64Array
}

/** From softmax as it is to hardly held: few samples bear little out. */
const strengths = [3000, 300, 100, 30, 10] as const
const folds = 5
/** Nothing is gained by more for a dozen weights. */
const mostSamples = 8000

const slopes = [
  'odds',
  'margin',
  'entropy',
  'energy',
] as const satisfies readonly (keyof LearnedFeatures & keyof Learned)[]

/**
 * Samples come in an order that has nothing to do with their labels: every fifth is a fold. Those whose values are not all
 * finite take no part.
 */
export function fitLearned(samples: readonly LearnedSample[], classes: number): LearnedFit {
  const used: number[] = []
  for (const [i, { logits }] of samples.entries()) {
    if (used.length === mostSamples) break
    if (isUsable(logits)) used.push(i)
  }
  const features = used.map((i) => {
    const { logits, temperature } = samples[i] as LearnedSample
    return learnedFeatures(logits, temperature)
  })
  const scaled = scaledColumns(features)
  const table: LogisticRows = {
    offset: features.map(({ odds }) => odds),
    columns: scaled.columns,
    group: features.map(({ predicted }) => predicted),
    groups: classes,
    right: used.map((i) => Number(samples[i]?.isRight === true)),
  }
  const { strength, scores } = chooseStrength(table, used.length)
  const whole = fitLogistic(table, Array.from(used.keys()), strength)
  const learned = weightsOf(whole, scaled)
  // What came after the last that fitted was seen by none of them.
  const outOfFold = Float64Array.from(samples, ({ logits, temperature }) =>
    isUsable(logits) ? learnedConfidence(logits, temperature, learned) : Number.NaN,
  )
  for (const [row, i] of used.entries()) outOfFold[i] = 1 / (1 + Math.exp(-(scores[row] as number)))
  return { learned, strength, outOfFold }
}

function isUsable(logits: ArrayLike<number>): boolean {
  return logits.length > 1 && isEveryFinite(logits)
}

/** The strength of least loss on the folds that did not fit, and the log-odds that it gave them. */
function chooseStrength(table: LogisticRows, rows: number) {
  const all = Array.from({ length: rows }, (_, row) => row)
  const parts = Array.from({ length: folds }, (_, fold) =>
    all.filter((row) => row % folds !== fold),
  )
  // From the strongest on, each from where the one before ended: that is near.
  const found: (LogisticFit | undefined)[] = []
  const tried = strengths.map((strength) => {
    const scores = new Float64Array(rows)
    let loss = 0
    for (const [fold, part] of parts.entries()) {
      const fit = fitLogistic(table, part, strength, found[fold])
      found[fold] = fit
      for (let row = fold; row < rows; row += folds) {
        scores[row] = scoreOf(table, row, fit)
        loss += logLossOf(scores[row] as number, table.right[row] as number)
      }
    }
    return { strength, scores, loss }
  })
  // Of equals the stronger: nearer to softmax.
  return tried.reduce((best, one) => (one.loss < best.loss ? one : best))
}

interface Scaled {
  readonly columns: readonly Float64Array[]
  readonly means: readonly number[]
  readonly deviations: readonly number[]
}

function scaledColumns(features: readonly LearnedFeatures[]): Scaled {
  const raw = slopes.map((name) => Float64Array.from(features, (one) => one[name]))
  const count = Math.max(1, features.length)
  const means = raw.map((column) => column.reduce((sum, value) => sum + value, 0) / count)
  const deviations = raw.map((column, j) => {
    const mean = means[j] ?? 0
    return Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count) || 1
  })
  const columns = raw.map((column, j) =>
    column.map((value) => (value - (means[j] ?? 0)) / (deviations[j] ?? 1)),
  )
  return { columns, means, deviations }
}

/** Of features as they are, five decimals: what is written is what was measured. */
function weightsOf(fit: LogisticFit, { means, deviations }: Scaled): Learned {
  const own = fit.slopes.map((slope, j) => slope / (deviations[j] ?? 1))
  const bias = own.reduce((rest, slope, j) => rest - slope * (means[j] ?? 0), fit.bias)
  const [odds = 0, margin = 0, entropy = 0, energy = 0] = own
  const classes = fit.groups.map(rounded)
  return {
    bias: rounded(bias),
    odds: rounded(1 + odds),
    margin: rounded(margin),
    entropy: rounded(entropy),
    energy: rounded(energy),
    ...(classes.some((value) => value !== 0) ? { classes } : {}),
  }
}

function rounded(value: number): number {
  // No -0 in manifests.
  return Math.round(value * 1e5) / 1e5 + 0
}
