// Quantiles of what was measured.

export function at(values, quantile) {
  return values.toSorted((a, b) => a - b)[Math.floor(quantile * (values.length - 1))]
}

export function median(values) {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}
