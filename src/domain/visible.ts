// Text that came from elsewhere (names of tiers and files, ids, error messages of other processes) as it may
// be shown: what steers a terminal, breaks a line, turns the order of letters around or cannot be seen is spelt out.

/**
 * C0, DEL and C1 (so every ANSI escape), line separators, bidirectional marks, overrides and isolates; and what takes
 * no place (soft hyphens, spaces of no width), by which two names that look the same differ. Joiners of letters and of
 * emoji stay.
 */
const hidden = /[\p{Cc}\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/gu
const hiddenButLineFeed = new RegExp(`(?!\\n)${hidden.source}`, 'gu')

/** One line: each such character as `\x1b` or `\u202e`. Other text, backslashes too, stays as it is. */
export function visibleText(text: string): string {
  return text.replace(hidden, spelt)
}

/** Several lines: as `visibleText`, with line feeds as they are. */
export function visibleLines(text: string): string {
  return text.replace(hiddenButLineFeed, spelt)
}

function spelt(character: string): string {
  const code = character.charCodeAt(0)
  const digits = code.toString(16)
  return code < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u${digits}`
}
