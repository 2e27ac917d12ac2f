// A real Chromium for the live page's tests, and what was wrong with a page in it.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { readFileSync } from 'node:fs'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { repoPath } from '../helpers/paths.ts'

export async function openBrowser(): Promise<Browser> {
  const script = (await import(
    pathToFileURL(repoPath('scripts', 'install-chromium.mjs')).href
  )) as { findChromium: () => Promise<{ executablePath: string; args: string[] }> }
  return chromium.launch(await script.findChromium())
}

export interface Opened {
  readonly page: Page
  /** Of the console and of scripts, refused by the content policy or thrown. */
  readonly errors: readonly string[]
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => void errors.push(String(error)))
  await page.goto(url)
  await page.locator('main h2').first().waitFor()
  return { page, errors }
}

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

const require = createRequire(import.meta.url)
interface Found {
  readonly violations: readonly Violation[]
  readonly passes: readonly Violation[]
}

/** axe-core's own text, run by the debugger: the page's content policy lets no other script in. */
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core finds, one line each; of all its rules, its best practices too. */
export async function findingsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe)
  const { violations, passes } = await page.evaluate<Found>('axe.run()')
  // Contrast is what both themes are for: a run that could not look at it has found nothing.
  if (!passes.some(({ id }) => id === 'color-contrast')) return ['axe saw no contrast']
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}

/** Once an expression is true there: `waitForFunction` would evaluate it by the page's means, which its policy forbids. */
export async function until(page: Page, expression: string): Promise<void> {
  while (!(await page.evaluate<boolean>(expression))) await page.waitForTimeout(50)
}
