// Epochs over pooled features: each head learns, the network's own classifier only answers, and the epoch with
// the best exits is kept.
import type { Recipe } from '../../../model/networks/recipe.ts'
import type { Evaluated } from '../exit-logits.ts'
import { ExitMeter, type ExitMeans } from '../objective.ts'
import { createRandom, shuffled } from '../../../domain/random.ts'
import { warmupCosine } from '../schedule.ts'
import type { Heads } from './heads.ts'

/** Images as the heads see them. */
export interface HeadSet {
  readonly labels: readonly number[]
  /** Which of the training sets each is of. */
  readonly sets: readonly number[]
  /** Of each exit: standardised features of a head, or logits of the own classifier. `[images, width]`. */
  readonly inputs: readonly Float32Array[]
}

interface FitHeadsOptions {
  readonly classes: number
  readonly epochs: number
  readonly batchSize: number
  readonly seed: number
  readonly recipe: Recipe
  /** Exits that heads answer at; at the last one the network's own classifier may. */
  readonly headCount: number
  readonly signal: AbortSignal | undefined
}

export interface HeadEpoch {
  /** From 1. */
  readonly epoch: number
  readonly training: ExitMeans
  readonly evaluated: readonly Evaluated[]
  readonly seconds: number
}

/**
 * Gives each epoch as it ends; ends early when the signal aborts.
 * @throws {DivergedError} before an update of numbers that are none.
 */
export async function* fitHeads(
  heads: Heads,
  training: HeadSet,
  validation: HeadSet,
  { classes, epochs, batchSize, seed, recipe, headCount, signal }: FitHeadsOptions,
): AsyncGenerator<HeadEpoch, void, undefined> {
  const count = training.labels.length
  const batches = Math.max(1, Math.floor(count / batchSize))
  const all = Array.from({ length: count }, (_, i) => i)
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const startedAt = performance.now()
    const order = shuffled(all, createRandom(seed, epoch))
    const meter = new ExitMeter(training.inputs.length)
    for (let batch = 0; batch < batches; batch++) {
      if (signal?.aborted === true) return
      const images = order.slice(batch * batchSize, (batch + 1) * batchSize)
      const inputs = training.inputs.map((input) => rowsOf(input, count, images))
      const labels = images.map((image) => training.labels[image] as number)
      const progress = ((epoch - 1) * batches + batch) / (epochs * batches)
      const learningRate = recipe.learningRate * warmupCosine(progress, recipe.warmup)
      const place = { epoch, step: batch + 1, learningRate, isFirst: epoch === 1 && batch === 0 }
      const given = headCount === 0 ? [] : heads.step(inputs.slice(0, headCount), labels, place)
      addAll(meter, [...given, ...inputs.slice(headCount)], labels, classes)
    }
    const logits = logitsOf(heads, validation, headCount)
    const seconds = (performance.now() - startedAt) / 1000
    yield {
      epoch,
      training: meter.read(),
      evaluated: evaluatedOf(validation, logits, classes),
      seconds,
    }
    // Lets signals and timers through.
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

function logitsOf(heads: Heads, { inputs }: HeadSet, headCount: number): readonly Float32Array[] {
  const given = headCount === 0 ? [] : heads.predict(inputs.slice(0, headCount))
  return [...given, ...inputs.slice(headCount)]
}

/** Rows of `[count, width]`, after one another. */
function rowsOf(values: Float32Array, count: number, rows: readonly number[]): Float32Array {
  const width = values.length / count
  const picked = new Float32Array(rows.length * width)
  for (const [i, row] of rows.entries()) {
    picked.set(values.subarray(row * width, (row + 1) * width), i * width)
  }
  return picked
}

function addAll(
  meter: ExitMeter,
  logits: readonly Float32Array[],
  labels: readonly number[],
  classes: number,
): void {
  for (const [i, label] of labels.entries()) {
    const rows = logits.map((values) => values.subarray(i * classes, (i + 1) * classes))
    meter.add(rows, label)
  }
}

function evaluatedOf(
  { labels, sets }: HeadSet,
  logits: readonly Float32Array[],
  classes: number,
): readonly Evaluated[] {
  return labels.map((label, i) => ({
    set: sets[i] as number,
    label,
    logits: logits.map((values) => values.slice(i * classes, (i + 1) * classes)),
  }))
}
