// From text, or a config file's value, to a flag's value. Each problem is a sentence that says what
// was expected and what came; the caller gathers them all.
import { nearestName } from '../domain/nearest-name.ts'
import type { FileValue } from './config-file.ts'
import type { Flag } from './flag.ts'
import type { FlagValue } from './flag-values.ts'

export type Conversion = { readonly value: FlagValue } | { readonly problem: string }

/** What yargs or the environment gives: text, or what stood for it. */
export type Given = string | boolean | readonly unknown[] | undefined

type NumberLike = Extract<Flag, { kind: 'number' | 'integer' }>

/** `source` is how the user gave it: '--height', 'DDNN_HEIGHT'. */
export function convert(flag: Flag, given: Given, source: string): Conversion {
  if (given === false && flag.kind !== 'boolean') {
    return {
      problem: `Expected ${source} with a value (${flag.value}), got --no-${flag.name}, which turns off switches alone`,
    }
  }
  switch (flag.kind) {
    case 'boolean':
      return toBoolean(given, source)
    case 'number':
    case 'integer':
      return toNumber(flag, given, source)
    case 'string':
      return toText(flag, given, source)
    case 'list':
      return typeof given === 'string'
        ? toList(splitList(given), given, source)
        : toList(given, given, source)
  }
}

/** The same of a file, where a text is as it is written and a list is a list, or one text. */
export function convertFileValue(
  flag: Flag,
  { value, text }: FileValue,
  source: string,
): Conversion {
  const isScalar = typeof text === 'string'
  switch (flag.kind) {
    case 'boolean':
      return toBoolean(typeof value === 'boolean' || !isScalar ? value : text, source)
    case 'number':
    case 'integer':
      return toNumber(flag, isScalar ? text : value, source)
    case 'string':
      return toText(flag, isScalar ? text : value, source)
    case 'list':
      return toList(isScalar ? splitList(text) : (text ?? value), value, source)
  }
}

/** Of a switch that is on, in small letters. */
export const trueWords: readonly string[] = ['true', '1', 'yes', 'on']

function toBoolean(given: unknown, source: string): Conversion {
  if (typeof given === 'boolean') return { value: given }
  const text = typeof given === 'string' ? given.trim().toLowerCase() : ''
  if (trueWords.includes(text)) return { value: true }
  if (['false', '0', 'no', 'off'].includes(text)) return { value: false }
  return { problem: `Expected ${source} to be true or false, got ${show(given)}` }
}

function toNumber(flag: NumberLike, given: unknown, source: string): Conversion {
  const text = typeof given === 'number' ? String(given) : given
  const word = typeof text === 'string' ? flag.words?.[text.trim().toLowerCase()] : undefined
  if (word !== undefined) return { value: word }
  const value = typeof text === 'string' && text.trim() !== '' ? Number(text) : Number.NaN
  const fits =
    Number.isFinite(value) &&
    (flag.kind === 'number' || Number.isInteger(value)) &&
    (flag.min === undefined || value >= flag.min) &&
    (flag.max === undefined || value <= flag.max)
  if (fits) return { value }
  const advice = typeof text === 'string' ? adviceOn(text, flag) : ''
  return { problem: `Expected ${source} to be ${describeRange(flag)}, got ${show(given)}${advice}` }
}

/** '; write 0.8' for 0,8 and 80%, '; write 10000' for 10s, 10k and 10_000. */
function adviceOn(text: string, flag: NumberLike): string {
  const near = nearestName(text.trim().toLowerCase(), Object.keys(flag.words ?? {}))
  if (near !== undefined) return `, did you mean ${near}?`
  const written = withoutGroups(text.trim(), flag) ?? withoutUnit(text.trim(), flag.name)
  if (written !== undefined) return `; write ${written}`
  if (/^[-+]?\d+,\d+$/.test(text)) return `; write ${text.replace(',', '.')}`
  const percent = /^(\d+(?:\.\d+)?) ?%$/.exec(text)?.[1]
  return percent === undefined ? '' : `; write ${Number(percent) / 100} for ${percent} %`
}

/** 1_000, and 1,000 where no fraction can be meant. */
function withoutGroups(text: string, { kind }: NumberLike): string | undefined {
  const mark = /^\d{1,3}(?:_\d{3})+$/.test(text) ? '_' : ','
  const isGrouped = mark === '_' || (kind === 'integer' && /^\d{1,3}(?:,\d{3})+$/.test(text))
  return isGrouped ? text.replaceAll(mark, '') : undefined
}

/** In the unit that a flag's name ends with; k, M and G of any other. */
function withoutUnit(text: string, name: string): string | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text)
  const [, number = '', unit = ''] = match ?? []
  const own = Object.keys(units).find((end) => name.endsWith(end))
  const factor = (own === undefined ? multiples : units[own])?.[unit.toLowerCase()]
  return match === null || factor === undefined
    ? undefined
    : String(Number((Number(number) * factor).toPrecision(12)))
}

const multiples: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9 }

/** By the end of a flag's name, units in lower case. */
const units: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  '-ms': { ms: 1, s: 1e3, sec: 1e3, m: 6e4, min: 6e4, h: 36e5 },
  '-minutes': { s: 1 / 60, sec: 1 / 60, m: 1, min: 1, h: 60 },
  '-bytes': {
    ...{ b: 1, k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9 },
    ...{ kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 },
  },
}

function describeRange(flag: NumberLike): string {
  const kind = flag.kind === 'integer' ? 'a whole number' : 'a number'
  const words = Object.keys(flag.words ?? {})
  const or = words.length === 0 ? '' : `, ${words.join(' or ')}`
  if (flag.min !== undefined && flag.max !== undefined) {
    return `${kind} from ${flag.min} to ${flag.max}${or}`
  }
  return flag.min === undefined ? `${kind}${or}` : `${kind} not below ${flag.min}${or}`
}

function toText(
  flag: Extract<Flag, { kind: 'string' }>,
  given: unknown,
  source: string,
): Conversion {
  const value = typeof given === 'string' ? given : ''
  if (value === '') {
    const got = flag.secret === true && typeof given === 'object' ? 'a list or a map' : show(given)
    return { problem: `Expected ${source} to have a value (${flag.value ?? 'TEXT'}), got ${got}` }
  }
  if (flag.choices !== undefined && !flag.choices.includes(value)) {
    const got = flag.secret === true ? '***' : `'${value}'`
    const near = flag.secret === true ? undefined : nearestName(value.toLowerCase(), flag.choices)
    const meant = near === undefined ? '' : `, did you mean ${near}?`
    return {
      problem: `Expected ${source} to be one of ${flag.choices.join(', ')}, got ${got}${meant}`,
    }
  }
  return { value }
}

/**
 * A list as one text, in the environment or a file: a JSON array, which holds any text; else separated by commas, or
 * by spaces where there is no comma.
 */
function splitList(text: string): readonly unknown[] {
  if (text.trimStart().startsWith('[')) {
    try {
      const items = JSON.parse(text) as readonly unknown[]
      return items.map((item): unknown => (typeof item === 'number' ? String(item) : item))
    } catch {
      // A pattern may begin with a bracket; what begins with a quoted word as well was meant to be JSON.
      if (/^\s*\[\s*"/.test(text)) return []
    }
  }
  const items = text.split(text.includes(',') ? ',' : /\s+/)
  return items.map((item) => item.trim()).filter((item) => item !== '')
}

function toList(items: unknown, given: unknown, source: string): Conversion {
  const isList = Array.isArray(items) && items.length > 0
  if (isList && items.every((item) => typeof item === 'string' && item !== '')) {
    return { value: items as string[] }
  }
  return {
    problem: `Expected ${source} to be one or more values, as a,b or ["a b","c"], got ${show(given)}`,
  }
}

function show(given: unknown): string {
  const isNone = given === undefined || given === '' || given === true
  if (isNone || (Array.isArray(given) && given.length === 0)) return 'none'
  return typeof given === 'string' ? `'${given}'` : JSON.stringify(given)
}
