// From text, or a config file's value, to a flag's value. Each problem is a sentence that says what
// was expected and what came; the caller gathers them all.
import type { Flag } from './flag.ts'
import type { FlagValue } from './flag-values.ts'

export type Conversion = { readonly value: FlagValue } | { readonly problem: string }

/** `source` is how the user gave it: '--height', 'DDNN_HEIGHT'. */
export function convert(flag: Flag, given: unknown, source: string): Conversion {
  switch (flag.kind) {
    case 'boolean':
      return toBoolean(given, source)
    case 'number':
    case 'integer':
      return toNumber(flag, given, source)
    case 'string':
      return toText(flag, given, source)
    case 'list':
      return toList(given, source)
  }
}

function toBoolean(given: unknown, source: string): Conversion {
  if (typeof given === 'boolean') return { value: given }
  const text = typeof given === 'string' ? given.trim().toLowerCase() : undefined
  if (text === 'true' || text === '1' || text === 'yes') return { value: true }
  if (text === 'false' || text === '0' || text === 'no') return { value: false }
  return { problem: `Expected ${source} to be true or false, got ${show(given)}` }
}

function toNumber(
  flag: Extract<Flag, { kind: 'number' | 'integer' }>,
  given: unknown,
  source: string,
): Conversion {
  const text = typeof given === 'number' ? String(given) : given
  const value = typeof text === 'string' && text.trim() !== '' ? Number(text) : Number.NaN
  const fits =
    Number.isFinite(value) &&
    (flag.kind === 'number' || Number.isInteger(value)) &&
    (flag.min === undefined || value >= flag.min) &&
    (flag.max === undefined || value <= flag.max)
  if (fits) return { value }
  return { problem: `Expected ${source} to be ${describeRange(flag)}, got ${show(given)}` }
}

function describeRange(flag: Extract<Flag, { kind: 'number' | 'integer' }>): string {
  const kind = flag.kind === 'integer' ? 'a whole number' : 'a number'
  if (flag.min !== undefined && flag.max !== undefined) {
    return `${kind} from ${flag.min} to ${flag.max}`
  }
  return flag.min === undefined ? kind : `${kind} not below ${flag.min}`
}

function toText(
  flag: Extract<Flag, { kind: 'string' }>,
  given: unknown,
  source: string,
): Conversion {
  const isText = typeof given === 'string' || typeof given === 'number'
  const value = isText ? String(given) : ''
  if (value === '') {
    return { problem: `Expected ${source} to have a value (${flag.value ?? 'TEXT'}), got none` }
  }
  if (flag.choices !== undefined && !flag.choices.includes(value)) {
    const got = flag.secret === true ? '***' : `'${value}'`
    return { problem: `Expected ${source} to be one of ${flag.choices.join(', ')}, got ${got}` }
  }
  return { value }
}

/** A list in the environment is separated by spaces or commas; in a config file it is a list. */
function toList(given: unknown, source: string): Conversion {
  const items: unknown[] = Array.isArray(given)
    ? given
    : typeof given === 'string'
      ? given.split(/[\s,]+/).filter((item) => item !== '')
      : [given]
  if (items.length > 0 && items.every((item) => typeof item === 'string' && item !== '')) {
    return { value: items as string[] }
  }
  return { problem: `Expected ${source} to be one or more values, got ${show(given)}` }
}

function show(given: unknown): string {
  if (given === undefined || given === '' || given === true) return 'none'
  return typeof given === 'string' ? `'${given}'` : JSON.stringify(given)
}
