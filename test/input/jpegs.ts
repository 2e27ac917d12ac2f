// JPEGs that are hard on a decoder: large ones, and small ones that cost a pass a scan.
import sharp from 'sharp'

export interface LargeJpegOptions {
  readonly progressive?: boolean
  readonly chromaSubsampling?: '4:2:0' | '4:4:4'
}

/** A plain one, small as a file. */
export function largeJpeg(
  width: number,
  height: number,
  options: LargeJpegOptions = {},
): Promise<Buffer> {
  const create = { width, height, channels: 3, background: '#c04020' } as const
  return sharp({ create }).jpeg(options).toBuffer()
}

/**
 * A valid progressive JPEG, grey, with `scans` scans behind its first one: each says of one coefficient
 * that one more bit of it is 0 in all blocks, in some 200 bytes for 25 megapixels.
 */
export function manyScans(side: number, scans: number): Buffer {
  const blocks = Math.ceil(side / 8) ** 2
  const counts = [1, ...new Array<number>(15).fill(0)]
  const size = [side >> 8, side & 255]
  const runs = bitsOf(endOfBlockRuns(blocks))
  const parts = [
    [0xff, 0xd8],
    segment(0xdb, [0, ...new Array<number>(64).fill(1)]),
    segment(0xc2, [8, ...size, ...size, 1, 1, 0x11, 0]),
    segment(0xc4, [0x00, ...counts, 0]), // DC: the code 0 says no difference
    segment(0xc4, [0x10, ...counts, 0xe0]), // AC: the code 0 and 14 bits say how many blocks are over
    segment(0xda, [1, 1, 0, 0, 0, 0]),
    bitsOf('0'.repeat(blocks)),
  ]
  for (let scan = 0; scan < scans; scan++) {
    const coefficient = 1 + (scan % 63)
    const bit = 13 - Math.floor(scan / 63)
    const approximation = bit === 13 ? 13 : ((bit + 1) << 4) | bit
    parts.push(segment(0xda, [1, 1, 0, coefficient, coefficient, approximation]), runs)
  }
  return Buffer.concat([...parts, [0xff, 0xd9]].map((part) => Buffer.from(part)))
}

function endOfBlockRuns(blocks: number): string {
  let bits = ''
  for (let left = blocks; left > 0;) {
    const run = Math.min(32767, Math.max(16384, left))
    bits += '0' + (run - 16384).toString(2).padStart(14, '0')
    left -= run
  }
  return bits
}

function segment(marker: number, body: readonly number[]): number[] {
  return [0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255, ...body]
}

function bitsOf(bits: string): number[] {
  const bytes: number[] = []
  for (let at = 0; at < bits.length; at += 8) {
    const byte = Number.parseInt(bits.slice(at, at + 8).padEnd(8, '1'), 2)
    bytes.push(byte, ...(byte === 0xff ? [0] : []))
  }
  return bytes
}
