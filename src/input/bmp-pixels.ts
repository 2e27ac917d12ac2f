// The pixels of a bitmap (BMP), picked from the file as it lies: nothing is decoded that is not taken, so that the
// largest one costs as much as a small one. Runs alone are unpacked first, to a byte a pixel.
import type { BmpHeader } from './bmp-header.ts'
import type { PickedSize, Places } from './pick-pixels.ts'

/** 0xrrggbb of the pixel in a row, counted from the top, and a column. */
type ColourAt = (row: number, column: number) => number

/**
 * uint8 `[height, width, 3]`, RGB, of the pixels at `places`; alpha is dropped, as Pillow's `convert('RGB')` does.
 * Undefined where the file ends before its pixels do.
 */
export function pickBmp(
  bytes: Uint8Array,
  header: BmpHeader,
  { rows, columns }: Places,
  { height, width }: PickedSize,
): Uint8Array | undefined {
  const colourAt = header.isRuns ? ofRuns(bytes, header) : ofRows(bytes, header)
  if (colourAt === undefined) return undefined
  const target = new Uint8Array(height * width * 3)
  let to = 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = colourAt(rows[y] ?? 0, columns[x] ?? 0)
      target[to++] = colour >>> 16
      target[to++] = colour >>> 8
      target[to++] = colour
    }
  }
  return target
}

/** Rows of whole pixels, each filled up to four bytes. */
function ofRows(bytes: Uint8Array, header: BmpHeader): ColourAt | undefined {
  const { width, height, depth, isTopDown, pixelsAt } = header
  const used = Math.ceil((width * depth) / 8)
  const rowBytes = Math.ceil(used / 4) * 4
  if (bytes.length < pixelsAt + (height - 1) * rowBytes + used) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const colour = depth <= 8 ? ofPlaces(view, header) : ofColours(view, header)
  return (row, column) => colour(pixelsAt + (isTopDown ? row : height - 1 - row) * rowBytes, column)
}

/** From a row's first byte and a column. */
type ColourIn = (line: number, column: number) => number

function ofPlaces(view: DataView, { depth, palette }: BmpHeader): ColourIn {
  const inByte = 8 / depth
  const mask = (1 << depth) - 1
  return (line, column) => {
    const byte = view.getUint8(line + Math.floor(column / inByte))
    const place = (byte >> (8 - depth * ((column % inByte) + 1))) & mask
    return palette[place] ?? 0
  }
}

function ofColours(view: DataView, { depth, masks }: BmpHeader): ColourIn {
  if (depth === 24) {
    return (line, column) => {
      const at = line + column * 3
      return (view.getUint8(at + 2) << 16) | view.getUint16(at, true)
    }
  }
  const [red, green, blue] = masks.map(channelOf) as [Channel, Channel, Channel]
  const bytes = depth / 8
  return (line, column) => {
    const at = line + column * bytes
    const pixel = bytes === 2 ? view.getUint16(at, true) : view.getUint32(at, true)
    return (red(pixel) << 16) | (green(pixel) << 8) | blue(pixel)
  }
}

type Channel = (pixel: number) => number

/** The bits of a mask, stretched to 0..255 and floored, as Pillow does. */
function channelOf(mask: number): Channel {
  if (mask === 0) return () => 0
  const shift = 31 - Math.clz32(mask & -mask)
  const most = mask >>> shift
  if (most === 255) return (pixel) => (pixel >>> shift) & 255
  return (pixel) => Math.floor((((pixel & mask) >>> shift) * 255) / most)
}

/** Unpacked to a palette place a pixel, in the order of the file; what is passed over is place 0. */
function ofRuns(bytes: Uint8Array, header: BmpHeader): ColourAt | undefined {
  const { width, height, palette, isTopDown } = header
  const places = unpackRuns(bytes, header)
  if (places === undefined) return undefined
  return (row, column) =>
    palette[places[(isTopDown ? row : height - 1 - row) * width + column] ?? 0] ?? 0
}

/**
 *   n v          n pixels of v (4 bits: its two halves in turn)
 *   0 0          the row ends
 *   0 1          the picture ends
 *   0 2 dx dy    passes over so many columns and rows
 *   0 n v...     n pixels as they are, filled up to an even number of bytes
 *
 * Undefined where the file ends before the picture does.
 */
function unpackRuns(
  bytes: Uint8Array,
  { width, height, depth, pixelsAt }: BmpHeader,
): Uint8Array | undefined {
  const places = new Uint8Array(width * height)
  const isHalves = depth === 4
  let at = pixelsAt
  let row = 0
  let column = 0
  const put = (place: number) => {
    if (column < width && row < height) places[row * width + column] = place
    column++
  }
  while (row < height) {
    const [count, value] = [bytes[at], bytes[at + 1]]
    if (count === undefined || value === undefined)
      return row === height - 1 && column >= width ? places : undefined
    at += 2
    if (count > 0) {
      for (let i = 0; i < count; i++) put(isHalves ? halfOf(value, i) : value)
    } else if (value === 0) {
      row++
      column = 0
    } else if (value === 1) return places
    else if (value === 2) {
      column += bytes[at] ?? 0
      row += bytes[at + 1] ?? 0
      at += 2
    } else {
      const length = isHalves ? Math.ceil(value / 2) : value
      if (at + length > bytes.length) return undefined
      for (let i = 0; i < value; i++) {
        put(isHalves ? halfOf(bytes[at + (i >> 1)] ?? 0, i) : (bytes[at + i] ?? 0))
      }
      at += length + (length % 2)
    }
  }
  return places
}

/** The upper half of a byte, then the lower one. */
function halfOf(byte: number, index: number): number {
  return index % 2 === 0 ? byte >> 4 : byte & 15
}
