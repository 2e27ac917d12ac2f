// The gallery as a browser shows it: its one script runs under its own policy, and it is whole without any.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser } from 'playwright-core'
import type { Answered } from '../../../src/serving/classify/classify.ts'
import { renderGallery } from '../../../src/serving/classify/output/gallery-page.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { repoPath } from '../../helpers/paths.ts'

const labels = ['daisy', 'rose\'s "own"']
let browser: Browser
let page: string
before(async () => {
  const script = (await import(
    pathToFileURL(repoPath('scripts', 'install-chromium.mjs')).href
  )) as { findChromium: () => Promise<{ executablePath: string; args: string[] }> }
  browser = await chromium.launch(await script.findChromium())
  const file = join(tempFolder(), 'gallery.html')
  const cards = [card(0, 'edge'), card(1, 'edge'), card(1, 'cloud'), card(0, 'cloud')]
  writeFileSync(file, renderGallery({ labels, cards, total: 4, summary: '4 images' }))
  page = pathToFileURL(file).href
})
after(() => browser?.close())

function card(index: number, tier: string): Answered {
  return {
    name: '<script>alert(1)</script>.jpg',
    ...{ truth: labels[0], ms: 1, thumbnail: undefined },
    verdict: {
      ...{ class: index, label: labels[index], probabilities: [0.4, 0.6], criterion: 'softmax' },
      ...{ confidence: 0.6, tier, exit: 0, fallback: false, hops: [] },
    },
  }
}

test('lists of answers and tiers filter together, by keyboard too, and say how many are left', async () => {
  const shown = await browser.newPage()
  const errors: string[] = []
  shown.on('pageerror', (error) => errors.push(error.message))
  shown.on('console', (message) => errors.push(message.text()))
  await shown.goto(page)
  const visible = () => shown.locator('.gallery li:visible').count()
  const said = () => shown.getByRole('status').textContent()
  assert.deepEqual([await visible(), await said()], [4, '4 shown'])
  await shown.getByLabel('Answered by').selectOption('cloud')
  assert.deepEqual([await visible(), await said()], [2, '2 shown'])
  await shown.getByLabel('Answer', { exact: true }).focus()
  await shown.keyboard.press('ArrowDown')
  await shown.keyboard.press('ArrowDown')
  assert.deepEqual([await visible(), await said()], [1, '1 shown'])
  assert.deepEqual(errors, [])
})

test('without scripts all images are shown, and lists that would do nothing are not', async () => {
  const plain = await browser.newPage({ javaScriptEnabled: false })
  await plain.goto(page)
  assert.equal(await plain.locator('.gallery li:visible').count(), 4)
  assert.equal(await plain.locator('.filters').isVisible(), false)
  assert.equal(await plain.getByRole('meter').count(), 4)
})
