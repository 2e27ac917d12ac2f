// Text into HTML: names of files, tiers and labels are anyone's.
import { visibleLines } from '../../domain/visible.ts'

/** Safe as text and inside quotes of an attribute; control characters are spelt out. */
export function escapeHtml(text: string): string {
  return visibleLines(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
