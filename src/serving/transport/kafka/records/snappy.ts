// Codec 2: snappy, by the `snappy` package; as one raw block, or in the frame of snappy-java ("xerial"):
//   0x82 "SNAPPY" 0x00 | version int32 | compatible int32 | ( length int32 | raw block )*
// Every raw block begins with its unpacked size, so that its limit is known before anything is unpacked.
import { uncompressSync } from 'snappy'
import { Blocks, damaged, tooLarge, type Unpacked } from './unpacked.ts'

const javaMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const javaHeadBytes = 16
/** Three bytes give at most 64: a block that claims more than this a byte is lying. */
const mostExpansion = 22

/** Unpacks at most `maxBytes`. What was damaged loses its block (32 kB in Java) and those after it. */
export function unpackSnappy(packed: Buffer, maxBytes: number): Unpacked {
  const isFramed = packed.subarray(0, javaMagic.length).equals(javaMagic)
  const blocks = new Blocks(maxBytes)
  let at = isFramed ? javaHeadBytes : 0
  while (at < packed.length) {
    let length = packed.length - at
    if (isFramed) {
      if (length < 4) return damaged('snappy', 'a block cut short', blocks.join())
      length = packed.readInt32BE(at)
      at += 4
      if (length < 0 || length > packed.length - at) {
        return damaged('snappy', `a block of ${length} bytes`, blocks.join())
      }
    }
    const block = packed.subarray(at, at + length)
    at += length
    const claimed = unpackedSize(block)
    if (claimed === undefined || claimed > length * mostExpansion) {
      return damaged('snappy', 'a block that does not tell its size', blocks.join())
    }
    if (claimed > blocks.room) return tooLarge(maxBytes)
    if (claimed === 0) continue
    try {
      const isKept = blocks.add(uncompressSync(block, { asBuffer: true }) as Buffer)
      if (!isKept) return tooLarge(maxBytes)
    } catch (error) {
      return damaged('snappy', error instanceof Error ? error.message : 'none', blocks.join())
    }
  }
  return { bytes: blocks.join(), problem: undefined }
}

/** The varint (at most 5 bytes) that a raw block begins with. */
function unpackedSize(block: Buffer): number | undefined {
  let size = 0
  for (let index = 0; index < 5; index++) {
    const byte = block[index]
    if (byte === undefined) return undefined
    size += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return size
  }
  return undefined
}
