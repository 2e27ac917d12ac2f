// The goal of a plan as a user types it: 'mean<=80ms', 'p95<=120'. Pure.

export interface LatencyGoal {
  readonly figure: 'mean' | 'p95'
  readonly ms: number
}

/** Undefined where the text is no goal. */
export function parseLatencyGoal(text: string): LatencyGoal | undefined {
  const match = /^\s*(mean|p95)\s*<=?\s*(\d+(?:\.\d+)?)\s*(ms|s)?\s*$/i.exec(text)
  if (match === null) return undefined
  const ms = Number(match[2]) * (match[3]?.toLowerCase() === 's' ? 1000 : 1)
  if (ms === 0) return undefined
  return { figure: match[1]?.toLowerCase() === 'p95' ? 'p95' : 'mean', ms }
}

/** 'mean <= 80 ms' */
export function describeLatencyGoal({ figure, ms }: LatencyGoal): string {
  return `${figure} <= ${ms} ms`
}
