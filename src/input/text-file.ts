// Text as people's programs write it: UTF-8, with or without a mark, and UTF-16 with one (Windows' PowerShell and
// Notepad). Other encodings would be guessed at, and a wrong guess is a wrong label, so they are refused.
import { ConfigError } from '../errors.ts'
import { kindOf } from './file-kind.ts'

const asUtf8 = 'Save it as UTF-8: the encoding that editors offer under "Save as"'

/**
 * The text of a file's bytes, without its mark, with line breaks of every kind as '\n', and without the zeros that
 * some programs fill files up with. `what` names the file.
 * @throws DDNN_CONFIG_INVALID for bytes that are no such text.
 */
export function decodeText(bytes: Uint8Array, what: string): string {
  return textOf(bytes, what)
    .replace(/\0+$/, '')
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
}

function textOf(bytes: Uint8Array, what: string): string {
  const [a, b, c, d] = bytes
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe)) {
    throw noText(what, 'UTF-32')
  }
  if (a === 0xff && b === 0xfe) return decoded('utf-16le', bytes, what)
  if (a === 0xfe && b === 0xff) return decoded('utf-16be', bytes, what)
  const { image, name } = kindOf(bytes)
  if (image !== undefined && image !== 'svg') throw notText(what, name)
  if (isHalfZeros(bytes)) throw noText(what, 'UTF-16 without a mark at its beginning')
  const text = decoded('utf-8', bytes, what)
  const isBinary = /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text.replace(/\0+$/, ''))
  if (isBinary) throw notText(what, name === 'a text' ? 'bytes that are no text' : name)
  return text
}

function decoded(
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be',
  bytes: Uint8Array,
  what: string,
): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    const { name, image } = kindOf(bytes)
    const isNamed = image !== undefined || !/text|unknown/.test(name)
    if (isNamed) throw notText(what, name)
    throw noText(
      what,
      encoding === 'utf-8' ? `another encoding (${lineOf(bytes)})` : 'a cut UTF-16',
    )
  }
}

/** Where the first byte is that UTF-8 does not have: 'line 3'. */
function lineOf(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const lines = Buffer.from(bytes).toString('latin1').split('\n')
  const at = lines.findIndex((line) => {
    try {
      decoder.decode(Buffer.from(line, 'latin1'))
      return false
    } catch {
      return true
    }
  })
  return `line ${at + 1}`
}

/** Whether every other byte is a zero, as those of UTF-16 are where letters are Latin. */
function isHalfZeros(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 512)
  const zeros = (from: number) => start.filter((byte, i) => i % 2 === from && byte === 0).length
  const half = Math.floor(start.length / 2)
  const [even, odd] = [zeros(0), zeros(1)]
  return half > 2 && Math.abs(even - odd) > half / 2 && Math.min(even, odd) < half / 4
}

function noText(what: string, got: string): ConfigError {
  return new ConfigError('DDNN_CONFIG_INVALID', `Expected ${what} to be UTF-8 text, got ${got}`, {
    hint: asUtf8,
  })
}

function notText(what: string, got: string): ConfigError {
  return new ConfigError('DDNN_CONFIG_INVALID', `Expected ${what} to be text, got ${got}`, {
    hint: 'Pass a text file with one label a line',
  })
}
