// A point in time as --since and --until take it.

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** What Date.parse reads beside this ('1', 'may') is nobody's point in time. */
const isoForm = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/

/**
 * Milliseconds since 1970: of '90s', '15m', '2h', '1.5d' before `nowMs`, or of an ISO date or time. A date
 * alone is its first moment in UTC, a time without a zone is local. Undefined for what is neither.
 */
export function parseMoment(text: string, nowMs: number): number | undefined {
  const given = text.trim()
  const ago = /^(\d{1,9}(?:\.\d+)?)\s*([smhd])$/.exec(given)
  if (ago !== null) return nowMs - Number(ago[1]) * (unitMs[ago[2] ?? ''] ?? 0)
  const ms = isoForm.test(given) ? Date.parse(given) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
