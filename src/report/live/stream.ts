// Where progress is shown: process.stderr, or a stream of a test.

export interface TerminalStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/**
 * Whether lines can be drawn over: not in a pipe, and not where another process writes to the same terminal and shows
 * ours among its own (`ddnn demo --kafka`).
 */
export function isDrawable(
  { isTTY }: TerminalStream,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return isTTY === true && env['TERM'] !== 'dumb' && env['DDNN_SUPERVISED'] === undefined
}
