import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { repoPath } from '../../../helpers/paths.ts'

const { fillPage } = (await import(
  pathToFileURL(repoPath('bench', 'scaling', 'fill-doc.mjs')).href
)) as { fillPage: (text: string) => Promise<string> }

test("docs/scaling.md has its run's figures: node bench/scaling/fill-doc.mjs", async () => {
  const page = readFileSync(repoPath('docs', 'scaling.md'), 'utf8')
  assert.equal(await fillPage(page), page)
})
