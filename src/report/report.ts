// The seam of the reports: told of every outcome in sample order, then closed.
import type { Outcome } from '../domain/outcome.ts'

export interface Report {
  /** Called in sample order, one call at a time. @throws DDNN_OUTPUT_FAILED */
  add(outcome: Outcome): Promise<void>
  /** Called once, also after an interrupt: what was added is then safe on disk. */
  close(): Promise<void>
}
