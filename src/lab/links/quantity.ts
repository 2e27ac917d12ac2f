// Times and rates as a user writes them: '20ms', '18mbit'. Read by --link and by files of link profiles. Pure.

const bitsOf: Readonly<Record<string, number>> = { kbit: 1e3, mbit: 1e6, gbit: 1e9 }

type Quantity =
  { readonly unit: 'ms'; readonly ms: number } | { readonly unit: 'rate'; readonly rate: number }

/**
 * A time in milliseconds, or a rate in bits a second: a number and ms, kbit, mbit or gbit (powers of ten).
 * Undefined where it is neither, and for a rate of 0: nothing would ever come through.
 */
export function parseQuantity(text: string): Quantity | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|kbit|mbit|gbit)$/.exec(text.trim().toLowerCase())
  if (match === null) return undefined
  const value = Number(match[1])
  const bits = bitsOf[match[2] ?? '']
  if (bits === undefined) return { unit: 'ms', ms: value }
  return value === 0 ? undefined : { unit: 'rate', rate: value * bits }
}
