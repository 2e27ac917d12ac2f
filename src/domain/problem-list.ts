// Several problems as one text.

/** One stands alone; more are counted and stand on a line each. */
export function problemList(problems: readonly string[]): string {
  const heading = problems.length === 1 ? '' : `${problems.length} problems:\n  - `
  return heading + problems.join('\n  - ')
}
