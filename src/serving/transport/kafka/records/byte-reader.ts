// A cursor over the bytes of records: every step is checked against the end, no claimed length is
// believed before its bytes are there.
import { FrameError } from '../../../../errors.ts'

/** Thrown as one value: hostile bytes must not buy a stack trace for each record. */
const pastEnd = new FrameError(
  'DDNN_FRAME_MALFORMED',
  'Expected a record of the length it claims, got fewer bytes',
)
const longVarint = new FrameError(
  'DDNN_FRAME_MALFORMED',
  'Expected a varint of at most 5 bytes (10 for a time), got more',
)
const badLength = new FrameError(
  'DDNN_FRAME_MALFORMED',
  'Expected a length of -1 (null) or more, got less',
)

/** Reads from `bytes`, from `position` up to `end` and never past it. Owns nothing. */
export class ByteReader {
  readonly #bytes: Buffer
  position: number
  end: number

  constructor(bytes: Buffer, position = 0, end = bytes.length) {
    this.#bytes = bytes
    this.position = position
    this.end = end
  }

  /** @throws DDNN_FRAME_MALFORMED past the end, as all of these do. */
  byte(): number {
    if (this.position >= this.end) throw pastEnd
    return this.#bytes[this.position++] ?? 0
  }

  /** Signed, zigzag, at most 32 bits. */
  varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      if (shift === 28 && byte > 0x0f) throw longVarint
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw longVarint
  }

  /** Signed, zigzag, at most 64 bits; above 2^53 it is rounded, as a number is. */
  varlong(): number {
    let value = 0
    let scale = 1
    for (let index = 0; index < 10; index++) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      scale *= 128
    }
    throw longVarint
  }

  /** A view of the bytes that a varint of length stands before; null for the length -1. */
  view(): Buffer | null {
    const length = this.varint()
    if (length === -1) return null
    const from = this.#skip(length)
    return this.#bytes.subarray(from, this.position)
  }

  /** As `view`, but text in UTF-8. */
  text(): string | null {
    const length = this.varint()
    if (length === -1) return null
    const from = this.#skip(length)
    return this.#bytes.toString('utf8', from, this.position)
  }

  #skip(length: number): number {
    if (length < 0) throw badLength
    const from = this.position
    if (length > this.end - from) throw pastEnd
    this.position = from + length
    return from
  }
}
