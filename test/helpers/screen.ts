// Where progress is shown: a terminal wide enough for any bar, or a file; it keeps what was written.
import { Writable } from 'node:stream'

export class Screen extends Writable {
  readonly isTTY: boolean
  readonly columns = 160
  text = ''

  constructor(isTTY: boolean) {
    super({ decodeStrings: false })
    this.isTTY = isTTY
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk
    done()
  }

  /** cli-progress asks for these of a terminal. */
  cursorTo(): boolean {
    return true
  }
  clearLine(): boolean {
    return true
  }
  moveCursor(): boolean {
    return true
  }
}
