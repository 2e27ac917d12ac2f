// Cameras' RAW files that are TIFF files as well (CR2, NEF, ARW, DNG, PEF): a TIFF reader sees the small preview in
// front and takes it for the photo.

const entryBytes = 12
const newSubfileType = 254
const subDirectories = 330
const dngVersion = 50706

/** Whether the first picture of this TIFF file is but a preview, or a mark of RAW stands in its header. */
export function isRawPhoto(bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (file.length < 16) return false
  // Canon's: 'CR' behind the place of the directory.
  if (file.toString('latin1', 8, 10) === 'CR' && file[10] === 2) return true
  const isLittle = file[0] === 0x49
  const word = (at: number) => (isLittle ? file.readUInt16LE(at) : file.readUInt16BE(at))
  const long = (at: number) => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at))
  const directory = long(4)
  if (directory + 2 > file.length) return false
  const tags = new Map<number, number>()
  for (let i = 0, count = word(directory); i < count; i++) {
    const at = directory + 2 + i * entryBytes
    if (at + entryBytes > file.length) return false
    tags.set(word(at), long(at + 8))
  }
  return tags.has(dngVersion) || (tags.get(newSubfileType) === 1 && tags.has(subDirectories))
}
