// Which thresholds keep a risk below a limit, proved on samples that did not choose them: Learn then Test.
import { pValueOf, type GroupCount, type LossKind } from './exit-risks.ts'

/**
 * How many steps, from the start of a path, keep the loss of all their groups at or below `limit`, at this confidence.
 *
 * Each step of the path is a null hypothesis, "one of its losses is above the limit", with an exact p-value (exit-risks.ts). Steps are
 * tested in their order, each at 1 - confidence, until one is not rejected: fixed-sequence testing, which keeps the chance
 * that any accepted step breaks the limit at or below 1 - confidence, over as many steps as one likes (Angelopoulos et al.
 * 2021, "Learn then Test"; Bauer 1991). The samples that are counted must not have made the path. A step that lets none
 * leave claims nothing, and is accepted.
 */
export function countProven(
  path: Iterable<readonly GroupCount[]>,
  limit: number,
  confidence: number,
  kind: LossKind = 'harmed',
): number {
  let steps = 0
  for (const groups of path) {
    if (pValueOf(groups, limit, confidence, kind) > 1 - confidence) break
    steps++
  }
  return steps
}
