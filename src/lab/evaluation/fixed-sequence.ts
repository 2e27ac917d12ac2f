// Which thresholds keep a risk below a limit, proved on samples that did not choose them: Learn then Test.
import { binomialCdf } from '../../domain/binomial.ts'
import { tallyOf, type ExitColumns } from './exit-columns.ts'

/**
 * How many thresholds, from the start of the path, keep the risk at or below `limit`, at this confidence.
 *
 * The risk is the share of samples that the cascade gets wrong where the last exit is right. Each step of the
 * path is a null hypothesis, risk > limit; the harmed ones among n samples are Binomial(n, risk), so the
 * exact p-value is P(Binomial(n, limit) <= harmed). Steps are tested in their order, each at
 * 1 - confidence, until one is not rejected: fixed-sequence testing, which keeps the chance that any
 * accepted step breaks the limit at or below 1 - confidence, over as many steps as one likes (Angelopoulos
 * et al. 2021, "Learn then Test"; Bauer 1991). The path must not have seen `table`, and its first step must
 * let none leave.
 */
export function countProven(
  path: readonly (readonly number[])[],
  table: ExitColumns,
  limit: number,
  confidence: number,
): number {
  for (const [step, thresholds] of path.entries()) {
    // The first step lets none leave: its risk is 0 by definition, there is nothing to test.
    if (step === 0) continue
    const { harmed } = tallyOf(table, thresholds)
    if (binomialCdf(harmed, table.samples, limit) > 1 - confidence) return step
  }
  return path.length
}
