// The likeliest classes.

interface ClassProbability {
  readonly class: number
  readonly probability: number
}

/** At most `count`, the likeliest first, the lower class of equals. */
export function topOf(
  probabilities: readonly number[],
  count = probabilities.length,
): readonly ClassProbability[] {
  return probabilities
    .map((probability, index) => ({ class: index, probability }))
    .sort((a, b) => b.probability - a.probability || a.class - b.class)
    .slice(0, count)
}
