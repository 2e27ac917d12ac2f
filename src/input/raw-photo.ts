// Cameras' RAW files that are TIFF files as well (CR2, NEF, ARW, DNG, PEF): a TIFF reader sees the small preview in
// front and takes it for the photo.
import { tiffTags } from './tiff-tags.ts'

const newSubfileType = 254
const subDirectories = 330
const dngVersion = 50706

/** Whether the first picture of this TIFF file is but a preview, or a mark of RAW stands in its header. */
export function isRawPhoto(bytes: Uint8Array): boolean {
  // Canon's: 'CR' behind the place of the directory.
  if (bytes[2] === 42 && bytes[8] === 0x43 && bytes[9] === 0x52 && bytes[10] === 2) return true
  const tags = tiffTags(bytes)
  if (tags === undefined) return false
  return tags.has(dngVersion) || (tags.get(newSubfileType) === 1 && tags.has(subDirectories))
}
