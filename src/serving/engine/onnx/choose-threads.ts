// How many threads a forward pass gets, where nobody said it: measured on the submodel itself, alone and
// in a batch, since it depends on the layers as much as on the machine. More threads are taken only where
// they pay, as other processes want the processors too.
import { sizeOf } from '../../../domain/tensor.ts'
import type { LoadedModel } from '../host/runtime.ts'

/** A submodel that runs with so many threads. */
export interface Candidate {
  readonly threads: number
  readonly model: LoadedModel
}

/** Best times of one pass, milliseconds. */
interface PassTimes {
  readonly threads: number
  readonly aloneMs: number
  readonly batchMs: number
}

export interface ThreadChoice {
  readonly taken: Candidate
  /** For the log; undefined where there was nothing to choose. */
  readonly note: string | undefined
}

/** How much faster twice the threads must be, as a geometric mean of both batches, to be kept. */
const leastSpeedup = 1.25

/** For all measuring of one submodel; a pass that takes longer than its share is measured once. */
const budgetMs = 150

/**
 * Measures 1, 2, 4, ... threads up to `most`, and stops where they no longer pay. Owns all candidates but
 * the one that it returns.
 */
export async function chooseThreads(
  open: (threads: number) => Promise<Candidate>,
  most: number,
  largestBatch: number,
): Promise<ThreadChoice> {
  let taken = await open(1)
  const seen: PassTimes[] = []
  const doublings = Math.floor(Math.log2(most))
  let batch = 1
  try {
    for (let k = 0; k < doublings; k++) {
      const next = await open(taken.threads * 2)
      try {
        if (k === 0) batch = await batchFor(taken, largestBatch, budgetMs / doublings)
        const [before, after] = await compare(taken, next, batch, budgetMs / doublings)
        if (k === 0) seen.push(before)
        seen.push(after)
        if (!pays(before, after)) {
          next.model.dispose()
          break
        }
        taken.model.dispose()
        taken = next
      } catch (thrown) {
        next.model.dispose()
        throw thrown
      }
    }
  } catch (thrown) {
    taken.model.dispose()
    throw thrown
  }
  return { taken, note: describe(taken.threads, seen, batch) }
}

/** Whether twice the threads are worth their processors. */
export function pays(before: PassTimes, after: PassTimes): boolean {
  const speedup = (before.aloneMs / after.aloneMs) * (before.batchMs / after.batchMs)
  return Math.sqrt(speedup) >= leastSpeedup
}

/** The largest batch that can be measured a few times: with eight samples threads share as with more. */
async function batchFor(candidate: Candidate, largest: number, budget: number): Promise<number> {
  const alone = Math.min(await timeOf(candidate, 1), await timeOf(candidate, 1))
  const passes = 6
  return Math.max(1, Math.min(largest, Math.floor(budget / passes / alone)))
}

/** Best of a few passes of each, in turn, so that what disturbs one disturbs the other. */
async function compare(
  first: Candidate,
  second: Candidate,
  batch: number,
  budget: number,
): Promise<readonly [PassTimes, PassTimes]> {
  const best = [first, second].map(({ threads }) => ({
    threads,
    aloneMs: Infinity,
    batchMs: Infinity,
  }))
  const endAt = performance.now() + budget
  do {
    for (const [i, candidate] of [first, second].entries()) {
      const times = best[i] as { aloneMs: number; batchMs: number }
      times.aloneMs = Math.min(times.aloneMs, await timeOf(candidate, 1))
      times.batchMs = Math.min(times.batchMs, await timeOf(candidate, batch))
    }
  } while (performance.now() < endAt)
  return best as unknown as readonly [PassTimes, PassTimes]
}

async function timeOf({ model }: Candidate, count: number): Promise<number> {
  const input = new Float32Array(count * sizeOf(model.shapes.input)).fill(0.5)
  const startedAt = performance.now()
  await model.run(input, count)
  return performance.now() - startedAt
}

/** '2 threads (1: 4.1 / 61 ms, 2: 2.3 / 34 ms at batch 1 / 32)'. */
function describe(threads: number, seen: readonly PassTimes[], batch: number): string | undefined {
  if (seen.length === 0) return undefined
  const times = seen.map((s) => `${s.threads}: ${short(s.aloneMs)} / ${short(s.batchMs)} ms`)
  const plural = threads === 1 ? 'thread' : 'threads'
  return `${threads} ${plural} (${times.join(', ')} at batch 1 / ${batch})`
}

function short(ms: number): string {
  return ms.toPrecision(2).includes('e') ? ms.toFixed(0) : ms.toPrecision(2)
}
