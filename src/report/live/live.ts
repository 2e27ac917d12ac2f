// How something goes on, for people: on a terminal a block that is drawn anew at most five times a second, elsewhere a
// line every now and then. Both end with one plain line.
import { hasColours } from '../../domain/has-colours.ts'
import { standBelow, writeAbove } from '../../telemetry/above.ts'
import { createBlock } from './block.ts'
import { flow, painted, widthOf, type Span } from './spans.ts'
import { isDrawable, sizeOf, type TerminalStream } from './stream.ts'

export interface LiveOptions {
  readonly stream: TerminalStream
  /** What the block shows on so many columns: paragraphs of pieces that flow. */
  readonly draw: (columns: number) => readonly (readonly (readonly Span[])[])[]
  /** The same in one sentence, without a line feed. */
  readonly line: () => string
  /** Between two lines where the stream is no terminal, milliseconds. */
  readonly intervalMs?: number | undefined
  readonly now?: (() => number) | undefined
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

export interface Live {
  /** Something changed that it shows. */
  changed(): void
  /** A line that stays. */
  note(text: string): void
  /** Leaves the last line, or nothing where none is wanted. Idempotent. */
  close(last?: 'line' | 'nothing'): void
}

/** Between two drawings, milliseconds. */
const frameMs = 200
/** What goes by time alone, rate and time left, is drawn anew so often. */
const tickMs = 1000
const lineMs = 10_000

export function createLive(options: LiveOptions): Live {
  return isDrawable(options.stream, options.env) ? createDrawn(options) : createLines(options)
}

function createDrawn({
  stream,
  draw,
  line,
  now = () => performance.now(),
  env,
}: LiveOptions): Live {
  const block = createBlock(stream)
  const isColoured = hasColours(stream, env)
  let drawnAt = -Infinity
  let timer: NodeJS.Timeout | undefined
  let isOpen = true
  const show = () => {
    clearTimeout(timer)
    timer = setTimeout(show, tickMs).unref()
    drawnAt = now()
    // The last column stays free: a terminal may go on to the next line with it.
    const columns = Math.max(1, sizeOf(stream).columns - 1)
    const lines = draw(columns).flatMap((pieces) => flow(pieces, columns))
    block.draw(lines.map((spans) => ({ text: painted(spans, isColoured), width: widthOf(spans) })))
  }
  const rise = standBelow({ hide: () => block.erase(), show })
  stream.on('resize', show)
  return {
    changed() {
      if (isOpen && now() - drawnAt >= frameMs) show()
    },
    note: (text) => writeAbove(() => stream.write(`${text}\n`)),
    close(last = 'line') {
      if (!isOpen) return
      isOpen = false
      clearTimeout(timer)
      stream.off('resize', show)
      rise()
      block.erase()
      if (last === 'line') stream.write(`${line()}\n`)
    },
  }
}

function createLines({
  stream,
  line,
  intervalMs = lineMs,
  now = () => performance.now(),
}: LiveOptions): Live {
  let writtenAt = now()
  let written = ''
  let isOpen = true
  const write = () => {
    writtenAt = now()
    written = line()
    stream.write(`${written}\n`)
  }
  return {
    changed() {
      if (isOpen && now() - writtenAt >= intervalMs) write()
    },
    note: (text) => void stream.write(`${text}\n`),
    close(last = 'line') {
      if (isOpen && last === 'line' && line() !== written) write()
      isOpen = false
    },
  }
}
