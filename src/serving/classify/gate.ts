// Frames of a video that hardly differ from the last one that was asked are not asked again.

/** Sides of the small grey version that is compared, cells: noise of single pixels is averaged away. */
const side = 32

/** ITU-R BT.601: what grey is of red, green and blue. */
const luma = [0.299, 0.587, 0.114] as const

interface Gate {
  /** Whether the frame, RGB, `[height, width, 3]`, is to be asked; then it is what later ones are held against. */
  passes(frame: Uint8Array): boolean
  /** Lets the next frame through, whatever it shows: the last one got no answer. */
  open(): void
}

/** @param minChange mean absolute difference of grey from which on a frame is another one, 0 to 1. */
export function createGate(minChange: number, height: number, width: number): Gate {
  let last: Float32Array | undefined
  return {
    passes(frame) {
      const grey = greyOf(frame, height, width)
      if (last !== undefined && differenceOf(grey, last) < minChange) return false
      last = grey
      return true
    },
    open() {
      last = undefined
    },
  }
}

/** Mean brightness of each cell, 0 to 1. */
function greyOf(frame: Uint8Array, height: number, width: number): Float32Array {
  const rows = Math.min(side, height)
  const columns = Math.min(side, width)
  const sums = new Float32Array(rows * columns)
  const counts = new Uint32Array(rows * columns)
  const [red, green, blue] = luma
  let at = 0
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns
    for (let x = 0; x < width; x++) {
      const cell = row + Math.floor((x * columns) / width)
      const r = frame[at] as number
      const g = frame[at + 1] as number
      const b = frame[at + 2] as number
      sums[cell] = (sums[cell] as number) + red * r + green * g + blue * b
      counts[cell] = (counts[cell] as number) + 1
      at += 3
    }
  }
  return sums.map((sum, cell) => sum / (counts[cell] as number) / 255)
}

function differenceOf(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number))
  return sum / a.length
}
