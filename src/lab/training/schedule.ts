// The learning rate over a run.

/** Share of the peak at `progress` (0 to 1): a linear warm-up over the first tenth, then a half cosine. */
export function warmupCosine(progress: number, warmup = 0.1): number {
  const p = Math.min(1, Math.max(0, progress))
  if (p < warmup) return Math.max(0.01, p / warmup)
  return 0.5 * (1 + Math.cos((Math.PI * (p - warmup)) / (1 - warmup)))
}
