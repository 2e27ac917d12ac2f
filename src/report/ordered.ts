// Outcomes come as answers come; reports are told in sample order. An outcome waits here for those
// before it, which are at most the other samples in flight.
import type { Outcome } from '../domain/outcome.ts'
import type { Report } from './report.ts'

/** Outcomes held before `add` makes its callers wait: one slow sample must not fill the memory. */
export const maxHeld = 4096

/**
 * Wraps a report so that `add` may be called in any order and at the same time, each index once, from
 * 0 on. `add` resolves when the outcome is held or told; an error of the report rejects the call that
 * met it and all later ones. `close` tells what is still held, passing over samples that never came
 * (an interrupt cut them off), and closes the report whatever happened. Indices in `skipped` never come.
 */
export function createOrdered(report: Report, skipped: ReadonlySet<number> = new Set()): Report {
  const held = new Map<number, Outcome>()
  const after = (index: number): number => {
    let following = index + 1
    while (skipped.has(following)) following++
    return following
  }
  let next = after(-1)
  let telling: Promise<void> | undefined
  let failure: { readonly thrown: unknown } | undefined
  let waiting: (() => void)[] = []

  const wakeAll = () => {
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
  }

  const throwFailure = () => {
    if (failure !== undefined) throw failure.thrown
  }

  /** `outcomes` follow one another. */
  const tell = async (outcomes: readonly Outcome[]) => {
    const [first] = outcomes
    if (first === undefined) return
    if (outcomes.length > 1 && report.addAll !== undefined) await report.addAll(outcomes)
    else for (const outcome of outcomes) await report.add(outcome)
    for (const { index } of outcomes) {
      held.delete(index)
      next = after(index)
    }
    if (held.size <= maxHeld) wakeAll()
  }

  /** Those that are next, up to the first one that is missing. */
  const ready = (): readonly Outcome[] => {
    const outcomes: Outcome[] = []
    for (let at = next; ; at = after(at)) {
      const outcome = held.get(at)
      if (outcome === undefined) return outcomes
      outcomes.push(outcome)
    }
  }

  const tellReady = async () => {
    try {
      for (;;) {
        const outcomes = ready()
        if (outcomes.length === 0) return
        await tell(outcomes)
      }
    } catch (thrown) {
      failure = { thrown }
      wakeAll()
      throw thrown
    } finally {
      telling = undefined
    }
  }

  return {
    async add(outcome) {
      throwFailure()
      if (outcome.index < next || held.has(outcome.index)) {
        throw new Error(`Expected each sample once, got ${outcome.index} again`)
      }
      held.set(outcome.index, outcome)
      // While one call tells, `next` is held; so whoever brings `next` finds nobody telling.
      if (outcome.index === next) {
        telling = tellReady()
        return telling
      }
      while (held.size > maxHeld && failure === undefined) {
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      throwFailure()
    },

    async close() {
      try {
        await telling
        throwFailure()
        const rest = [...held.values()].sort((a, b) => a.index - b.index)
        await tell(rest)
      } finally {
        wakeAll()
        await report.close()
      }
    },
  }
}
