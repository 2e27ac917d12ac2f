// Whether the tiles of a TIFF file are all there: of one that is cut short the decoder leaves the missing ones black, and
// says nothing. Strips it tells of itself.

const tileOffsets = 324
const tileByteCounts = 325
const entryBytes = 12

/** Types of the fields: SHORT and LONG. */
const sizes: Readonly<Partial<Record<number, 2 | 4>>> = { 3: 2, 4: 4 }

/** Of the first picture; false of what has no tiles, and of BigTIFF, whose fields are of 64 bits. */
export function isCutInTiles(bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isLittle = file[0] === 0x49
  const read = (at: number, size: 2 | 4) =>
    isLittle ? file.readUIntLE(at, size) : file.readUIntBE(at, size)
  if (file.length < 8 || read(2, 2) !== 42) return false
  const directory = read(4, 4)
  if (directory + 2 > file.length) return false
  const fields = new Map<number, readonly number[]>()
  for (let i = 0, count = read(directory, 2); i < count; i++) {
    const at = directory + 2 + i * entryBytes
    if (at + entryBytes > file.length) return false
    const tag = read(at, 2)
    const size = sizes[read(at + 2, 2)]
    if ((tag !== tileOffsets && tag !== tileByteCounts) || size === undefined) continue
    const length = read(at + 4, 4)
    const from = length * size <= 4 ? at + 8 : read(at + 8, 4)
    if (from + length * size > file.length) return true
    fields.set(
      tag,
      Array.from({ length }, (_, k) => read(from + k * size, size)),
    )
  }
  const counts = fields.get(tileByteCounts) ?? []
  return (fields.get(tileOffsets) ?? []).some((at, i) => at + (counts[i] ?? 0) > file.length)
}
