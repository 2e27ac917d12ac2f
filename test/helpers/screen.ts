// Where progress is shown: a real terminal (xterm, without a window), or a file that keeps what was written.
import { Writable } from 'node:stream'
import xterm from '@xterm/headless'

/** No terminal: a pipe or a file. */
export class Pipe extends Writable {
  readonly isTTY = false
  text = ''

  constructor() {
    super({ decodeStrings: false })
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk
    done()
  }
}

/** A terminal as `process.stderr` is one. */
export class Screen extends Writable {
  readonly isTTY = true
  /** All that was written, escapes too. */
  text = ''
  readonly #terminal: xterm.Terminal

  constructor(columns = 80, rows = 24) {
    super({ decodeStrings: false })
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  }

  /** Of a terminal that was never told its size: what it says of it is 0. */
  isSizeKnown = true

  get columns(): number {
    return this.isSizeKnown ? this.#terminal.cols : 0
  }

  get rows(): number {
    return this.isSizeKnown ? this.#terminal.rows : 0
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk
    // A terminal's driver begins a line at its first column.
    this.#terminal.write(chunk.replaceAll('\n', '\r\n'), done)
  }

  /** As a user who draws the window's edge: lines are broken anew, then the process is told. */
  async resize(columns: number): Promise<void> {
    await this.settled()
    this.#terminal.resize(columns, this.#terminal.rows)
    this.emit('resize')
  }

  /** The lines that can be seen, from above to the last that is not empty; what scrolled away too. */
  async lines(): Promise<readonly string[]> {
    await this.settled()
    const { active } = this.#terminal.buffer
    const lines = Array.from({ length: active.length }, (_, i) =>
      (active.getLine(i)?.translateToString(true) ?? '').trimEnd(),
    )
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1)
  }

  /** Where the cursor is: the line, from 0, and the column. */
  async cursor(): Promise<readonly [number, number]> {
    await this.settled()
    const { active } = this.#terminal.buffer
    return [active.baseY + active.cursorY, active.cursorX]
  }

  private settled(): Promise<void> {
    return new Promise((resolve) => this.write('', () => resolve()))
  }
}
