// Pages that are made from tables, and codes that are thrown; the arrows between rooms are lint's.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { renderFlagsDoc } from '../src/cli/flags-doc.ts'
import { errorCodes } from '../src/errors.ts'
import { repoPath } from './helpers/paths.ts'

test('docs/flags.md is what the table of flags says', () => {
  const page = readFileSync(repoPath('docs', 'flags.md'), 'utf8')
  // Line by line up to the first that differs: a diff of the whole page keeps the runner busy for minutes.
  const made = renderFlagsDoc().split('\n')
  const at = page.split('\n').findIndex((line, i) => line !== made[i])
  assert.equal(page.split('\n')[at], made[at], `line ${at + 1}: run \`npm run docs\``)
  assert.equal(page.length, made.join('\n').length, 'run `npm run docs`')
})

test('every error code is thrown somewhere', () => {
  const sources = execFileSync('grep', ['-rhoE', "'DDNN_[A-Z_]+'", repoPath('src')], {
    encoding: 'utf8',
  })
  const counts = new Map<string, number>()
  for (const code of sources.split('\n')) counts.set(code, (counts.get(code) ?? 0) + 1)
  for (const code of errorCodes) {
    assert.ok((counts.get(`'${code}'`) ?? 0) >= 2, `${code} is only declared`)
  }
})
