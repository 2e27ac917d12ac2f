// A block of lines at the bottom of a terminal, drawn over itself in one write. The cursor rests below it and is never
// hidden, so that nothing is to be mended however the process ends.
import { sizeOf, type TerminalStream } from './stream.ts'

interface Block {
  /** Shows these lines in place of those before; none is wider than the terminal. */
  draw(lines: readonly DrawnLine[]): void
  /** Takes them away. */
  erase(): void
}

interface DrawnLine {
  /** With its colours. */
  readonly text: string
  /** Columns. */
  readonly width: number
}

/** Terminals that know it show what stands between all at once. */
const atOnce = (text: string) => `\u001b[?2026h${text}\u001b[?2026l`
const eraseToEnd = '\u001b[J'
const eraseLineEnd = '\u001b[K'

export function createBlock(stream: TerminalStream): Block {
  let shown: readonly DrawnLine[] = []
  /** From below the block to its first line. A terminal that became narrower has broken its lines anew. */
  const toFirst = () => {
    const { columns } = sizeOf(stream)
    const rows = shown.reduce((sum, { width }) => sum + Math.max(1, Math.ceil(width / columns)), 0)
    return rows === 0 ? '\r' : `\r\u001b[${rows}A`
  }
  return {
    draw(lines) {
      // The last row is the cursor's.
      const fitting = lines.slice(0, Math.max(1, sizeOf(stream).rows - 1))
      const text = fitting.map((line) => `${line.text}${eraseLineEnd}\n`).join('')
      stream.write(atOnce(`${toFirst()}${text}${eraseToEnd}`))
      shown = fitting
    },
    erase() {
      if (shown.length > 0) stream.write(atOnce(`${toFirst()}${eraseToEnd}`))
      shown = []
    },
  }
}
