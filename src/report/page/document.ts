// Every page of ddnn as a document: nothing is loaded from elsewhere, and no script runs but one that is named. Its
// order is the same everywhere: title, headline numbers, what there is to read, how it was made.
import { madeBy } from '../../domain/made-by.ts'
import { escapeHtml } from './escape.ts'
import { pageStyle } from './style.ts'

/** A number that a reader came for. */
export interface Headline {
  readonly name: string
  readonly value: string
  /** A few words under it: an interval, what it is of. */
  readonly note?: string | undefined
}

export interface PageDocument {
  readonly title: string
  /** Sentences under the title: what came out. */
  readonly lead?: readonly string[]
  /** Four, where there are as many. */
  readonly headline: readonly Headline[]
  /** HTML. */
  readonly main: string
  /** Names and values: command, versions, files, hashes, date, machine. Folded at the end. */
  readonly provenance: readonly (readonly [name: string, value: string])[]
  /** Beside the style of all pages. */
  readonly style?: string
  /** The page's own script, by its source in the policy: `'sha256-...'`. */
  readonly script?: { readonly source: string; readonly text: string }
}

/** The whole page as text. */
export function renderDocument(page: PageDocument): string {
  const { title, lead = [], headline, main, provenance, style = '', script } = page
  const scripts = script === undefined ? '' : `; script-src ${script.source}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${madeBy}">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:${scripts}">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}${style}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
${lead.map((sentence) => `<p class="lead">${escapeHtml(sentence)}</p>`).join('\n')}
${headlineList(headline)}
</header>
<main>
${main}
</main>
${provenanceList(provenance)}
${script === undefined ? '' : `<script>${script.text}</script>`}
</body>
</html>
`
}

function headlineList(headline: readonly Headline[]): string {
  if (headline.length === 0) return ''
  const items = headline.map(({ name, value, note }) => {
    const under = note === undefined ? '' : `<dd>${escapeHtml(note)}</dd>`
    return `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>${under}</div>`
  })
  return `<dl class="headline">\n${items.join('\n')}\n</dl>`
}

/** A longer value, such as a command, has a row of its own. */
const longestFact = 60

function provenanceList(facts: PageDocument['provenance']): string {
  if (facts.length === 0) return ''
  const items = facts.map(
    ([name, value]) =>
      `<div${value.length > longestFact ? ' class="long"' : ''}><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  )
  return `<footer>\n<details><summary><h2>How this was made</h2></summary>\n<dl class="facts">\n${items.join('\n')}\n</dl></details>\n</footer>`
}
