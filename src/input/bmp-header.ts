// What a bitmap (BMP) says of itself. Read here since sharp knows no bitmaps; of the decoders on npm, bmp-ts swaps the
// colours of palettes and of 16 bits and misreads runs, and fast-bmp takes one kind of header (tried against Pillow).

export interface BmpHeader {
  readonly width: number
  readonly height: number
  /** Bits of a pixel: 1, 2, 4, 8, 16, 24 or 32. */
  readonly depth: number
  /** The first row of the file is the top one; usually it is the bottom one. */
  readonly isTopDown: boolean
  /** Whether the pixels are runs of palette places. */
  readonly isRuns: boolean
  /** 0xrrggbb of every palette place; empty where pixels are colours. */
  readonly palette: Uint32Array
  /** Bits of red, green and blue in a pixel of 16 or 32 bits. */
  readonly masks: readonly [number, number, number]
  /** First byte of the pixels. */
  readonly pixelsAt: number
}

/** BITMAPFILEHEADER: 'BM', size, two reserved, place of the pixels. */
const fileHeaderBytes = 14
/** OS/2's header, whose sizes are of 16 bits and whose palette has three bytes a colour. */
const coreHeaderBytes = 12
const infoHeaderBytes = 40

const noCompression = 0
const runs8 = 1
const runs4 = 2
const bitFields = 3
const alphaBitFields = 6

const masks555 = [0x7c00, 0x03e0, 0x001f] as const
const masks888 = [0xff0000, 0x00ff00, 0x0000ff] as const

/** Whether these bytes start as a bitmap does: 'BM', and a header of a size that bitmaps have. */
export function isBmp(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x42 || bytes[1] !== 0x4d || bytes.length < fileHeaderBytes + 4) return false
  const size = viewOf(bytes).getUint32(fileHeaderBytes, true)
  return size >= coreHeaderBytes && size <= 256
}

/** Undefined for what no decoder would read either: cut short, or of a kind that nobody writes. */
export function readBmpHeader(bytes: Uint8Array): BmpHeader | undefined {
  const view = viewOf(bytes)
  const headerBytes = view.getUint32(fileHeaderBytes, true)
  const isCore = headerBytes < infoHeaderBytes
  const headerEnd = fileHeaderBytes + headerBytes
  // OS/2's second header may be cut after any field; those with sizes of 32 bits begin as Windows' does.
  if ((isCore && headerBytes !== coreHeaderBytes) || view.byteLength < headerEnd) return undefined
  const size = isCore ? readCoreSize(view) : readInfoSize(view)
  const { width, height, depth, compression } = size
  if (width < 1 || height === 0 || !isKnown(depth, compression)) return undefined
  const hasFields = compression === bitFields || compression === alphaBitFields
  const masks = hasFields ? readMasks(view) : depth === 16 ? masks555 : masks888
  if (masks === undefined) return undefined
  const isBehind = hasFields && headerBytes === infoHeaderBytes
  const paletteAt = headerEnd + (isBehind ? (compression === alphaBitFields ? 16 : 12) : 0)
  const palette =
    depth > 8 ? new Uint32Array(0) : readPalette(view, paletteAt, size, isCore ? 3 : 4)
  return {
    ...{ width, height: Math.abs(height), depth, palette, masks },
    isTopDown: height < 0,
    isRuns: compression === runs8 || compression === runs4,
    pixelsAt: view.getUint32(10, true),
  }
}

interface Size {
  readonly width: number
  /** Below 0 where the first row is the top one. */
  readonly height: number
  readonly depth: number
  readonly compression: number
  /** Colours of the palette; 0 for as many as the depth has. */
  readonly colours: number
}

function readCoreSize(view: DataView): Size {
  const word = (at: number) => view.getUint16(fileHeaderBytes + at, true)
  return {
    ...{ width: word(4), height: word(6), depth: word(10) },
    ...{ compression: noCompression, colours: 0 },
  }
}

function readInfoSize(view: DataView): Size {
  return {
    width: view.getInt32(fileHeaderBytes + 4, true),
    height: view.getInt32(fileHeaderBytes + 8, true),
    depth: view.getUint16(fileHeaderBytes + 14, true),
    compression: view.getUint32(fileHeaderBytes + 16, true),
    colours: view.getUint32(fileHeaderBytes + 32, true),
  }
}

function isKnown(depth: number, compression: number): boolean {
  if (compression === runs8) return depth === 8
  if (compression === runs4) return depth === 4
  if (compression === bitFields || compression === alphaBitFields)
    return depth === 16 || depth === 32
  return compression === noCompression && [1, 2, 4, 8, 16, 24, 32].includes(depth)
}

/** They stand behind the 40 bytes of the first header of Windows, and inside of the later ones. */
function readMasks(view: DataView): readonly [number, number, number] | undefined {
  const at = fileHeaderBytes + infoHeaderBytes
  if (view.byteLength < at + 12) return undefined
  return [view.getUint32(at, true), view.getUint32(at + 4, true), view.getUint32(at + 8, true)]
}

/** Blue, green, red, and a byte that means nothing but in OS/2's; places past its end are black. */
function readPalette(view: DataView, at: number, size: Size, entryBytes: 3 | 4): Uint32Array {
  const all = 1 << size.depth
  const palette = new Uint32Array(all)
  const count = size.colours === 0 ? all : Math.min(size.colours, all)
  for (let i = 0; i < count; i++) {
    const entry = at + i * entryBytes
    if (entry + 3 > view.byteLength) break
    palette[i] =
      (view.getUint8(entry + 2) << 16) | (view.getUint8(entry + 1) << 8) | view.getUint8(entry)
  }
  return palette
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
