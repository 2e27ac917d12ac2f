// What a TIFF file says of its first picture, by numbers of fields: whether it is a preview (raw-photo.ts), whether it lies
// in tiles (image-plan.ts). Files of 64 bits (BigTIFF) too.

/** The bytes that a field's number, type and count take, and the whole field. */
const forms = {
  42: { directoryAt: 4, countBytes: 2, valueAt: 8, fieldBytes: 12 },
  43: { directoryAt: 8, countBytes: 8, valueAt: 12, fieldBytes: 20 },
} as const

const tileWidth = 322

/** Whether these bytes begin as a TIFF file does. */
export function isTiff(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes
  return (
    (a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0) ||
    (a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43))
  )
}

/**
 * Number of each field -> the first 32 bits of its value, or of the place where that lies. Undefined of what is no TIFF
 * file, and where the fields are not all there. Never throws.
 */
export function tiffTags(bytes: Uint8Array): ReadonlyMap<number, number> | undefined {
  if (!isTiff(bytes)) return undefined
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isLittle = file[0] === 0x49
  const form = forms[file[isLittle ? 2 : 3] === 43 ? 43 : 42]
  const read = (at: number, size: 2 | 4) =>
    isLittle ? file.readUIntLE(at, size) : file.readUIntBE(at, size)
  // What lies behind 4 GB is in no file that is read.
  const low = (at: number) => read(isLittle ? at : at + 4, 4)
  const isBig = form === forms[43]
  if (file.length < 16) return undefined
  const directory = isBig ? low(form.directoryAt) : read(form.directoryAt, 4)
  const first = directory + form.countBytes
  if (first > file.length) return undefined
  const count = isBig ? low(directory) : read(directory, 2)
  if (first + count * form.fieldBytes > file.length) return undefined
  const tags = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    const at = first + i * form.fieldBytes
    tags.set(read(at, 2), read(at + form.valueAt, 4))
  }
  return tags
}

/** Whether its first picture lies in tiles, not in strips. Where nobody can tell, it does. */
export function isTiled(bytes: Uint8Array): boolean {
  return tiffTags(bytes)?.has(tileWidth) ?? true
}
