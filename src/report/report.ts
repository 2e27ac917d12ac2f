// The seam of the reports: told of every outcome in sample order, then closed.
import type { Outcome } from '../domain/outcome.ts'

export interface Report {
  /** Called in sample order, one call at a time. @throws DDNN_OUTPUT_FAILED */
  add(outcome: Outcome): Promise<void>
  /**
   * Several outcomes that follow one another, where that costs less than one by one. May be called in place of
   * `add`, never beside it. @throws as `add`
   */
  addAll?(outcomes: readonly Outcome[]): Promise<void>
  /** Called once, also after an interrupt: what was added is then safe on disk. */
  close(): Promise<void>
}
