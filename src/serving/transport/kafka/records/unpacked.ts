// What a codec gives back: the bytes that it could unpack, never more than its limit, and what ended it.
import type { ErrorCode } from '../../../../errors.ts'

/** Why unpacking ended before the end. */
interface UnpackProblem {
  readonly code: ErrorCode
  readonly reason: string
}

export interface Unpacked {
  /** All of it, or where there is a problem what came before; empty where it was too large. */
  readonly bytes: Buffer
  readonly problem: UnpackProblem | undefined
}

/** The answer for bytes that are not what their codec says. */
export function damaged(codec: string, why: string, bytes: Buffer = Buffer.alloc(0)): Unpacked {
  const reason = `Expected whole ${codec} data, got ${why}`
  return { bytes, problem: { code: 'DDNN_FRAME_MALFORMED', reason } }
}

/** The answer for bytes that would be more than `maxBytes`. */
export function tooLarge(maxBytes: number): Unpacked {
  const reason = `Expected a batch of at most ${maxBytes} bytes when unpacked, got a larger one`
  return { bytes: Buffer.alloc(0), problem: { code: 'DDNN_FRAME_TOO_LARGE', reason } }
}

/** Blocks that a batch may come in: producers write 32 kB or more each, and one costs more than its bytes. */
export function mostBlocks(maxBytes: number): number {
  return 1024 + maxBytes / 1024
}

/** Blocks of one batch in their order, up to a limit. For a moment of `join` they are there twice. */
export class Blocks {
  readonly #blocks: Uint8Array[] = []
  readonly #maxBytes: number
  #size = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes that may still come. */
  get room(): number {
    return this.#maxBytes - this.#size
  }

  /** False, and nothing kept any more, where the block is too much. The block is kept, not copied. */
  add(block: Uint8Array): boolean {
    if (block.length > this.room || this.#blocks.length >= mostBlocks(this.#maxBytes)) {
      this.#blocks.length = 0
      return false
    }
    this.#size += block.length
    this.#blocks.push(block)
    return true
  }

  /** The last 64 kB at most: what the next block may refer to. */
  tail(): Buffer {
    const last: Uint8Array[] = []
    let size = 0
    for (let index = this.#blocks.length - 1; index >= 0 && size < 65_536; index--) {
      const block = this.#blocks[index]
      if (block === undefined) break
      last.unshift(block)
      size += block.length
    }
    return Buffer.concat(last).subarray(-65_536)
  }

  join(): Buffer {
    const [only] = this.#blocks
    if (only !== undefined && this.#blocks.length === 1) {
      return Buffer.from(only.buffer, only.byteOffset, only.length)
    }
    return Buffer.concat(this.#blocks, this.#size)
  }
}
