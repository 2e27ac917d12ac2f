// axe-core over an open page: what a reader with a screen reader, a keyboard or weak eyes would stumble over.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

/** 'rule: element' of each violation of any rule, best practices too. */
export async function axeProblems(page: Page): Promise<readonly string[]> {
  // Told to the browser itself: a page's policy runs no script of others.
  await page.evaluate(source)
  const { violations } = await page.evaluate<{ readonly violations: readonly Violation[] }>(
    'axe.run()',
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`),
  )
}
