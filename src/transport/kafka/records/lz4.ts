// Codec 3: lz4 in its frame format, walked here block by block so that the limit holds; each block is
// unpacked by the `lz4-napi` package. All little-endian:
//   magic uint32 | flags | block size | [content size 8] | [dictionary id 4] | header checksum
//   | ( size uint32, highest bit = not packed | block | [block checksum 4] )* | 0 uint32 | [checksum 4]
// The checksums are left alone: the batch has one of its own.
import { uncompressSync } from 'lz4-napi'
import { Blocks, damaged, tooLarge, type Unpacked } from './unpacked.ts'

const magic = 0x184d2204
const isPlainBit = 0x80000000
/** Unpacked sizes of a block by the descriptor's number, from 4 on. */
const blockSizes = [65_536, 262_144, 1_048_576, 4_194_304]
/** A byte of lz4 gives at most 255. */
const mostExpansion = 255

/** Unpacks at most `maxBytes`. What was damaged loses its block and those after it. */
export function unpackLz4(packed: Buffer, maxBytes: number): Unpacked {
  const blocks = new Blocks(maxBytes)
  const broken = (why: string) => damaged('lz4', why, blocks.join())
  if (packed.length < 7 || packed.readUInt32LE(0) !== magic) return broken('no frame')
  const flags = packed.readUInt8(4)
  const blockSize = blockSizes[((packed.readUInt8(5) >> 4) & 0x07) - 4]
  if (flags >> 6 !== 1 || blockSize === undefined) return broken('a frame of another version')
  if ((flags & 0x01) !== 0) return broken('a frame that needs a dictionary')
  const isLinked = (flags & 0x20) === 0
  const checksumBytes = (flags & 0x10) === 0 ? 0 : 4
  let at = (flags & 0x08) === 0 ? 7 : 15

  for (;;) {
    // librdkafka and Java end with a zero; some leave it out.
    if (at === packed.length) return { bytes: blocks.join(), problem: undefined }
    if (at + 4 > packed.length) return broken('a block cut short')
    const head = packed.readUInt32LE(at)
    if (head === 0) return { bytes: blocks.join(), problem: undefined }
    const size = (head & ~isPlainBit) >>> 0
    const from = at + 4
    at = from + size + checksumBytes
    if (size > blockSize || at > packed.length) return broken(`a block of ${size} bytes`)
    const block = packed.subarray(from, from + size)
    if ((head & isPlainBit) !== 0) {
      if (!blocks.add(block)) return tooLarge(maxBytes)
      continue
    }
    const most = Math.min(blockSize, size * mostExpansion + 64)
    try {
      const dictionary = isLinked ? blocks.tail() : undefined
      if (!blocks.add(unpackBlock(block, Math.min(most, blocks.room), dictionary))) {
        return tooLarge(maxBytes)
      }
    } catch (error) {
      if (blocks.room < most && isTooSmall(error)) return tooLarge(maxBytes)
      return broken(error instanceof Error ? error.message : 'none')
    }
  }
}

/** The package wants the size before the block and takes it as the most that may come out. */
function unpackBlock(block: Buffer, most: number, dictionary: Buffer | undefined): Buffer {
  const sized = Buffer.allocUnsafe(4 + block.length)
  sized.writeUInt32LE(most)
  block.copy(sized, 4)
  return uncompressSync(sized, dictionary)
}

const isTooSmall = (error: unknown) => error instanceof Error && error.message.includes('too small')
