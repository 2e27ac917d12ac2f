// Numbers of JSON text, one at a time and without a string each: a request of 89 x 89 x 32 holds
// 253,472 of them. Reading rounds once, to float32; writing gives few digits that read back the same.
import { FrameError } from '../../errors.ts'

const minus = 0x2d
const plus = 0x2b
const dot = 0x2e
const zero = 0x30

/** 10^0 to 10^22: the powers of ten that a double holds exactly. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

/**
 * End of the number that starts here, by JSON's grammar and with the NaN, Infinity and -Infinity that
 * Python's json writes; -1 where none starts.
 */
export function skipNumber(text: Uint8Array, start: number): number {
  let at = start
  if (text[at] === minus) at++
  const first = text[at]
  if (first === undefined) return -1
  if (!isDigit(first)) return skipWord(text, start, at)
  at++
  if (first !== zero) at = skipDigits(text, at)
  if (text[at] === dot) {
    const fraction = at + 1
    at = skipDigits(text, fraction)
    if (at === fraction) return -1
  }
  if (((text[at] ?? 0) | 0x20) === 0x65) {
    at++
    if (text[at] === plus || text[at] === minus) at++
    const exponent = at
    at = skipDigits(text, exponent)
    if (at === exponent) return -1
  }
  return at
}

/**
 * The float32 of a number that `skipNumber` accepted: Math.fround(Number(its text)), without the text
 * in all but rare cases. Up to 19 digits are summed in a double, which is off by less than 2^-50 of
 * the value; where that cannot change the float32, it is taken, else Number decides.
 */
export function parseFloat32(text: Uint8Array, start: number, end: number): number {
  let at = start
  const isNegative = text[at] === minus
  if (isNegative) at++
  let mantissa = 0
  let digits = 0
  let exponent = 0
  let isFraction = false
  for (; at < end; at++) {
    const byte = text[at] as number
    if (byte === dot) isFraction = true
    else if (isDigit(byte)) {
      if (digits === 19) return slowFloat32(text, start, end)
      mantissa = mantissa * 10 + (byte - zero)
      if (mantissa !== 0) digits++
      if (isFraction) exponent--
    } else break
  }
  if (at < end) {
    // What is left is an exponent, or a word such as NaN where there were no digits.
    if (((text[at] as number) | 0x20) !== 0x65 || at === start) {
      return slowFloat32(text, start, end)
    }
    exponent += exponentAt(text, at + 1, end)
  }
  if (mantissa === 0) return isNegative ? -0 : 0
  if (exponent < -22 || exponent > 22) return slowFloat32(text, start, end)
  const power = powersOfTen[Math.abs(exponent)] as number
  const value = exponent < 0 ? mantissa / power : mantissa * power
  const rounded = Math.fround(value)
  const isSure =
    digits <= 15 ||
    (Math.fround(value * (1 - 2 ** -50)) === rounded &&
      Math.fround(value * (1 + 2 ** -50)) === rounded)
  if (!isSure) return slowFloat32(text, start, end)
  return isNegative ? -rounded : rounded
}

/** Most bytes that `writeFloat32` writes. */
export const maxNumberBytes = 25

/**
 * Writes a float32 as JSON text that reads back as the same float32, and returns where it ends. 8 or
 * 9 digits are enough for each; a whole number gets '.0', so that Python reads a float.
 */
export function writeFloat32(value: number, target: Uint8Array, start: number): number {
  let at = start
  if (value < 0 || Object.is(value, -0)) target[at++] = minus
  const size = Math.abs(value)
  if (size === 0) return writeDigits(0, 1, target, at)
  if (!(size >= 1e-9 && size < 1e8)) return writeText(numberText(value), target, start)
  // As many decimals as give 8 digits in all; 9 where 8 read back as another float32.
  let decimals = 7 - Math.floor(Math.log10(size))
  let scaled = Math.round(size * (powersOfTen[decimals] as number))
  if (Math.fround(scaled / (powersOfTen[decimals] as number)) !== size) {
    decimals++
    scaled = Math.round(size * (powersOfTen[decimals] as number))
    if (Math.fround(scaled / (powersOfTen[decimals] as number)) !== size) {
      return writeText(numberText(value), target, start)
    }
  }
  while (decimals > 1 && scaled % 10 === 0) {
    scaled /= 10
    decimals--
  }
  if (decimals === 0) {
    scaled *= 10
    decimals = 1
  }
  return writeDigits(scaled, decimals, target, at)
}

/** Any number as Python's json writes it: 0.5, 3.0, -0.0, 1e+21, NaN, Infinity. */
export function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value)
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text
}

/** `scaled` / 10^`decimals` with at least one digit on both sides of the dot. */
function writeDigits(scaled: number, decimals: number, target: Uint8Array, start: number): number {
  let length = 1
  while (length < 17 && scaled >= (powersOfTen[length] as number)) length++
  const whole = Math.max(1, length - decimals)
  const end = start + whole + 1 + decimals
  let rest = scaled
  for (let at = end - 1; at >= start; at--) {
    if (at === start + whole) {
      target[at] = dot
      continue
    }
    const next = Math.floor(rest / 10)
    target[at] = zero + (rest - next * 10)
    rest = next
  }
  return end
}

function writeText(text: string, target: Uint8Array, start: number): number {
  for (let i = 0; i < text.length; i++) target[start + i] = text.charCodeAt(i)
  return start + text.length
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= 0x39
}

function skipDigits(text: Uint8Array, start: number): number {
  let at = start
  while (at < text.length && isDigit(text[at] as number)) at++
  return at
}

function skipWord(text: Uint8Array, start: number, at: number): number {
  const words = at === start ? ['NaN', 'Infinity'] : ['Infinity']
  const word = words.find((w) => sliceText(text, at, at + w.length) === w)
  return word === undefined ? -1 : at + word.length
}

function exponentAt(text: Uint8Array, start: number, end: number): number {
  let at = start
  const isNegative = text[at] === minus
  if (isNegative || text[at] === plus) at++
  let exponent = 0
  for (; at < end && exponent < 10_000; at++)
    exponent = exponent * 10 + ((text[at] as number) - zero)
  return isNegative ? -exponent : exponent
}

function slowFloat32(text: Uint8Array, start: number, end: number): number {
  return Math.fround(parseDouble(text, start, end))
}

/** The double of a number that `skipNumber` accepted. */
export function parseDouble(text: Uint8Array, start: number, end: number): number {
  // A number of a million digits is legal JSON and worth refusing.
  if (end - start > 1000) {
    throw new FrameError('DDNN_FRAME_MALFORMED', 'Expected numbers of at most 1000 characters')
  }
  return Number(sliceText(text, start, end))
}

function sliceText(text: Uint8Array, start: number, end: number): string {
  return Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('latin1', start, end)
}
