// The settings that are not beaten: none costs as little and gives more. Pure.

/**
 * Those of which no other costs no more and gives more, nor costs less and gives as much; of equals the first. What has
 * no cost (NaN) is never among them.
 */
export function frontOf<T>(
  all: readonly T[],
  costOf: (one: T) => number,
  gainOf: (one: T) => number,
): ReadonlySet<T> {
  const sorted = all
    .filter((one) => Number.isFinite(costOf(one)) && Number.isFinite(gainOf(one)))
    .sort((a, b) => costOf(a) - costOf(b) || gainOf(b) - gainOf(a))
  const front = new Set<T>()
  let most = -Infinity
  for (const one of sorted) {
    if (gainOf(one) <= most) continue
    most = gainOf(one)
    front.add(one)
  }
  return front
}
