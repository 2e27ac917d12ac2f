// How a photo is to be held, as EXIF writes it: one number of a small TIFF file inside the photo.

/** 1 to 8: EXIF's tag 0x0112. From 5 on rows and columns change places. */
export type Turn = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

const orientationTag = 0x0112
const entryBytes = 12

/** Types of a whole number, to their bytes: BYTE, SHORT, LONG. Cameras write SHORT. */
const wholeBytes: Readonly<Partial<Record<number, 1 | 2 | 4>>> = { 1: 1, 3: 2, 4: 4 }

/** Whether this value turns anything; all others mean that the picture is upright as it is stored. */
export function toTurn(value: number | undefined): Turn {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= 8
    ? (value as Turn)
    : 1
}

/**
 * The turn of an EXIF block, from its TIFF header on ('II' or 'MM'); 1 where it says none, or nothing that can be
 * read. Never throws: a photo with a broken EXIF block is a photo.
 */
export function turnOfExif(block: Uint8Array): Turn {
  const file = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
  const order = file.toString('latin1', 0, 2)
  if (file.length < 8 || (order !== 'II' && order !== 'MM')) return 1
  const isLittle = order === 'II'
  const read = (at: number, bytes: 1 | 2 | 4) =>
    isLittle ? file.readUIntLE(at, bytes) : file.readUIntBE(at, bytes)
  const directory = read(4, 4)
  if (directory + 2 > file.length) return 1
  const count = read(directory, 2)
  for (let i = 0; i < count; i++) {
    const at = directory + 2 + i * entryBytes
    if (at + entryBytes > file.length) return 1
    if (read(at, 2) !== orientationTag) continue
    const bytes = wholeBytes[read(at + 2, 2)]
    return bytes === undefined ? 1 : toTurn(read(at + 8, bytes))
  }
  return 1
}
