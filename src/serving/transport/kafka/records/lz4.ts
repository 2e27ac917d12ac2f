// Codec 3: lz4 in its frame format, walked here block by block so that the limit holds before anything is
// unpacked; the blocks are unpacked by the `lz4-napi` package. All little-endian:
//   magic uint32 | flags | block size | [content size 8] | header checksum
//   | ( size uint32, highest bit = not packed | block | [block checksum 4] )* | 0 uint32 | [checksum 4]
// The checksums are left alone: the batch has one of its own.
import { uncompressSync } from 'lz4-napi'
import { unpackedBlockBytes } from './lz4-block.ts'
import { Blocks, damaged, mostBlocks, tooLarge, type Unpacked } from './unpacked.ts'

const magic = 0x184d2204
const isPlainBit = 0x80000000
/** Unpacked sizes of a block by the descriptor's number, from 4 on. */
const blockSizes = [65_536, 262_144, 1_048_576, 4_194_304]

/** Unpacks at most `maxBytes`. What was damaged loses its block and those after it. */
export function unpackLz4(packed: Buffer, maxBytes: number): Unpacked {
  const found = findBlocks(packed, mostBlocks(maxBytes))
  if (typeof found === 'string') return damaged('lz4', found)
  const total = found.blocks.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0)
  if (total > maxBytes) return tooLarge(maxBytes)
  const blocks = new Blocks(maxBytes)
  for (const { bytes, isPlain, unpackedBytes } of found.blocks) {
    try {
      const dictionary = found.isLinked ? blocks.tail() : undefined
      blocks.add(isPlain ? bytes : unpackBlock(bytes, unpackedBytes, dictionary))
    } catch (error) {
      return damaged('lz4', error instanceof Error ? error.message : 'none', blocks.join())
    }
  }
  return found.problem === undefined
    ? { bytes: blocks.join(), problem: undefined }
    : damaged('lz4', found.problem, blocks.join())
}

interface Block {
  readonly bytes: Buffer
  readonly isPlain: boolean
  readonly unpackedBytes: number
}

interface FoundBlocks {
  readonly blocks: readonly Block[]
  /** Whether a block may refer to what came before it. */
  readonly isLinked: boolean
  /** Why there are no more. */
  readonly problem: string | undefined
}

/** The blocks of a frame up to the first that cannot be one; a text where it is no frame. */
function findBlocks(packed: Buffer, most: number): FoundBlocks | string {
  if (packed.length < 7 || packed.readUInt32LE(0) !== magic) return 'no frame'
  const flags = packed.readUInt8(4)
  const blockSize = blockSizes[((packed.readUInt8(5) >> 4) & 0x07) - 4]
  if (flags >> 6 !== 1 || blockSize === undefined) return 'a frame of another version'
  if ((flags & 0x01) !== 0) return 'a frame that needs a dictionary'
  const isLinked = (flags & 0x20) === 0
  const checksumBytes = (flags & 0x10) === 0 ? 0 : 4
  const blocks: Block[] = []
  let at = (flags & 0x08) === 0 ? 7 : 15
  for (;;) {
    if (at + 4 > packed.length) return { blocks, isLinked, problem: 'a frame cut short' }
    const head = packed.readUInt32LE(at)
    if (head === 0) return { blocks, isLinked, problem: undefined }
    const size = (head & ~isPlainBit) >>> 0
    const from = at + 4
    at = from + size + checksumBytes
    const bytes = packed.subarray(from, from + size)
    const isPlain = (head & isPlainBit) !== 0
    const unpackedBytes = isPlain ? size : unpackedBlockBytes(bytes)
    if (at > packed.length || size > blockSize || (unpackedBytes ?? Infinity) > blockSize) {
      return { blocks, isLinked, problem: `a block of ${size} bytes that is none` }
    }
    if (blocks.length >= most) return { blocks, isLinked, problem: `more than ${most} blocks` }
    if (unpackedBytes !== 0) blocks.push({ bytes, isPlain, unpackedBytes: unpackedBytes ?? 0 })
  }
}

/** The package wants the size before the block. */
function unpackBlock(block: Buffer, size: number, dictionary: Buffer | undefined): Buffer {
  const sized = Buffer.allocUnsafe(4 + block.length)
  sized.writeUInt32LE(size)
  block.copy(sized, 4)
  return uncompressSync(sized, dictionary)
}
