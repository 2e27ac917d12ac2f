// Where progress is shown: process.stderr, or a stream of a test.

export interface TerminalStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/**
 * Whether lines can be drawn over: not in a pipe, not on a terminal that was never told its size (`script` without
 * one), and not where another process writes to the same terminal and shows ours among its own (`ddnn demo --kafka`).
 */
export function isDrawable(
  { isTTY, columns }: TerminalStream,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const isTerminal = isTTY === true && columns !== 0
  return isTerminal && env['TERM'] !== 'dumb' && env['DDNN_SUPERVISED'] === undefined
}

/** Columns and rows; the usual ones where a terminal knows none, or has lost them. */
export function sizeOf({ columns = 0, rows = 0 }: TerminalStream) {
  return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 }
}
