// Writes a request into pieces that a socket takes together: the small things into one memory, large values
// as they are. A copy of an image would cost its bytes of new memory, and collecting that costs more than
// the copy.
import { crc32c } from '@node-rs/crc32'

/** Values of so many bytes or more are pieces of their own; smaller ones are copied. */
const pieceBytes = 16 * 1024

/** Whether a value becomes a piece of its own. */
export function isPiece(value: Uint8Array): boolean {
  return value.byteLength >= pieceBytes
}

/** All numbers are big-endian. */
export class PieceWriter {
  readonly #plain: Buffer
  readonly #pieces: Uint8Array[] = []
  #at = 0
  /** Where the piece begins that is being written. */
  #pieceAt = 0
  #sumAt = 0
  #sum = 0

  /** `plainBytes` is everything but the pieces of their own, exactly. */
  constructor(plainBytes: number) {
    this.#plain = Buffer.allocUnsafe(plainBytes)
  }

  int8(value: number): void {
    this.#at = this.#plain.writeInt8(value, this.#at)
  }

  int16(value: number): void {
    this.#at = this.#plain.writeInt16BE(value, this.#at)
  }

  int32(value: number): void {
    this.#at = this.#plain.writeInt32BE(value, this.#at)
  }

  int64(value: bigint): void {
    this.#at = this.#plain.writeBigInt64BE(value, this.#at)
  }

  /** Signed, zigzag, seven bits a byte. */
  varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    for (; rest >= 0x80; rest >>>= 7) this.#plain[this.#at++] = (rest & 0x7f) | 0x80
    this.#plain[this.#at++] = rest
  }

  /** UTF-8 without its length. */
  text(value: string): void {
    this.#at += this.#plain.write(value, this.#at, 'utf8')
  }

  /** Must stay as it is until the pieces have been sent, where it is a piece. */
  bytes(value: Uint8Array): void {
    if (!isPiece(value)) {
      this.#plain.set(value, this.#at)
      this.#at += value.byteLength
      return
    }
    this.#addToSum()
    this.#sum = crc32c(value, this.#sum)
    this.#endPiece()
    this.#pieces.push(value)
  }

  /** Leaves room for the checksum of what comes next; returns its place for `endSum`. */
  beginSum(): number {
    const place = this.#at
    this.#at += 4
    this.#sumAt = this.#at
    this.#sum = 0
    return place
  }

  /** Writes the CRC32C of all that came since `beginSum`. */
  endSum(place: number): void {
    this.#addToSum()
    this.#plain.writeUInt32BE(this.#sum, place)
  }

  #addToSum(): void {
    if (this.#at > this.#sumAt) {
      this.#sum = crc32c(this.#plain.subarray(this.#sumAt, this.#at), this.#sum)
    }
    this.#sumAt = this.#at
  }

  #endPiece(): void {
    if (this.#at > this.#pieceAt) {
      this.#pieces.push(this.#plain.subarray(this.#pieceAt, this.#at))
    }
    this.#pieceAt = this.#at
  }

  /** All of it, in order. */
  end(): readonly Uint8Array[] {
    this.#endPiece()
    return this.#pieces
  }
}
