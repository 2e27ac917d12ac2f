// 5,000 images a second through an engine of fixed time, with a page that watches. `npm run test:page`.
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tempFolder } from '../helpers/cli.ts'
import { openBrowser, openPage } from './browser.ts'
import { firstTick } from './first-tick.ts'

interface Answered {
  readonly answered: number
  readonly seconds: number
}

test('5,000 images a second do not freeze the page; its counts are exact', async (t) => {
  const folder = join(tempFolder(), 'fixed')
  mkdirSync(folder)
  const model = { format: 1, passMs: 1, sampleMs: 0, input: [8, 8, 3], exits: [5, 5, 5] }
  writeFileSync(join(folder, 'fixed-time.json'), JSON.stringify(model))
  const script = fileURLToPath(new URL('flood.js', import.meta.url))
  const flood = fork(script, [folder, '5000'])
  const browser = await openBrowser()
  t.after(async () => {
    await browser.close()
    flood.disconnect()
    await once(flood, 'exit')
  })
  const [{ port }] = (await once(flood, 'message')) as [{ port: number }]
  const { page, errors } = await openPage(browser, `http://127.0.0.1:${port}/`)
  await page.locator('.card').first().waitFor()
  await page.evaluate(
    '(() => { window.frames_ = 0; const one = () => { window.frames_++; requestAnimationFrame(one) }; one() })()',
  )
  await page.waitForTimeout(3000)
  const frames = await page.evaluate<number>('window.frames_')
  flood.send('how many')
  const [{ answered, seconds }] = (await once(flood, 'message')) as [Answered]
  t.diagnostic(
    `${Math.round(answered / seconds)} images a second, ${frames} frames in three seconds`,
  )
  assert.ok(frames > 15, `${frames} frames in three seconds`)
  assert.deepEqual(errors, [])
  const shown = Number((await page.locator('.tile .value').first().innerText()).replaceAll(',', ''))
  assert.ok(shown > 0 && shown <= answered + 5000, `${shown} of ${answered}`)
  assert.ok((await page.locator('.card').count()) <= 24)
  const tick = await firstTick(`http://127.0.0.1:${port}`)
  const exits = tick.exits.reduce((sum, { images }) => sum + images, 0)
  assert.equal(exits + tick.errors, tick.images)
})
