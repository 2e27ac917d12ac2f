// The head of every page: nothing is loaded from elsewhere, and no script runs but one that is named.
import { madeBy } from '../domain/made-by.ts'
import { escapeHtml } from './html-text.ts'

/**
 * From the doctype to the end of the head.
 * @param script source of the policy by which the page's own script runs: `'sha256-...'`.
 */
export function htmlHead(title: string, style: string, script?: string): string {
  const scripts = script === undefined ? '' : `; script-src ${script}`
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
<style>${style}</style>
</head>`
}
