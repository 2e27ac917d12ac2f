// log n!, of a table that grows to the largest n asked for. Pure to its callers.

let table = Float64Array.of(0, 0)

/** @param n a whole number of at least 0 */
export function logFactorial(n: number): number {
  if (n >= table.length) {
    const grown = new Float64Array(Math.max(n + 1, 2 * table.length))
    grown.set(table)
    for (let i = table.length; i < grown.length; i++) {
      grown[i] = (grown[i - 1] as number) + Math.log(i)
    }
    table = grown
  }
  return table[n] as number
}

/** log of the chance that Binomial(n, p) is k; p above 0 and below 1. */
export function logBinomial(k: number, n: number, p: number): number {
  const ways = logFactorial(n) - logFactorial(k) - logFactorial(n - k)
  return ways + k * Math.log(p) + (n - k) * Math.log1p(-p)
}
