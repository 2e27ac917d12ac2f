// What a client's own deadline leaves for the answer. A call that ends by its deadline has no answer at all, so tiers
// are told to be done a little earlier: then their fallback still arrives.
import type { InferParameters } from '../protocol.ts'

/** For the way back: a tenth of the time, at most this many milliseconds. */
const mostReserveMs = 100

/**
 * The parameters with the smaller of the deadline's budget and their own as `budget_ms`, in milliseconds. What is no
 * budget stays as it is, for whoever reads the parameters to refuse.
 * @param leftMs until the deadline; Infinity where there is none.
 * @param timeoutMs the budget of who names none.
 */
export function withDeadline(
  parameters: InferParameters,
  leftMs: number,
  timeoutMs: number,
): InferParameters {
  const { budget_ms: asked = timeoutMs } = parameters
  const untilThen = Math.max(1, Math.floor(leftMs - Math.min(mostReserveMs, leftMs / 10)))
  const isTooLong = typeof asked === 'number' && asked > untilThen && asked <= timeoutMs
  return isTooLong ? { ...parameters, budget_ms: untilThen } : parameters
}
