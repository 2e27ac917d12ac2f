// The live page paints exits, right and wrong as all other pages do.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { colourVariables } from '../../src/report/plot/palette.ts'
import { repoPath } from '../helpers/paths.ts'

const css = readFileSync(repoPath('src', 'page', 'style', 'colours.css'), 'utf8')
const blocks = css.split('  color-scheme: ').slice(1)

test('its three blocks are light, dark and dark by the system, and the last two are the same', () => {
  assert.deepEqual(
    blocks.map((block) => /^\w+/.exec(block)?.[0]),
    ['light', 'dark', 'dark'],
  )
  const declarations = (block = '') => [...block.matchAll(/--[\w-]+: [^;]+;/g)].map(String)
  assert.deepEqual(declarations(blocks[1]), declarations(blocks[2]))
})

for (const [i, theme] of (['light', 'dark'] as const).entries()) {
  test(`${theme}: exits, right and wrong have the colours of all charts`, () => {
    const ours = new Map([...(blocks[i] ?? '').matchAll(/(--[\w-]+): ([^;]+);/g)].map(pair))
    const all = new Map([...colourVariables(theme).matchAll(/(--[\w-]+): ([^;]+);/g)].map(pair))
    for (const [name, colour] of all) {
      const own = /^--c\d$/.test(name) ? name.replace('--c', '--exit-') : name
      if (/^--(exit-\d|right|wrong|paper)$/.test(own)) assert.equal(ours.get(own), colour, own)
    }
    assert.ok(all.has('--c7') && all.has('--right'))
  })
}

const pair = ([, name = '', value = '']: RegExpMatchArray) => [name, value] as const
