// The live page in a real Chromium, told by a made-up process: what a person sees, reads, hears and may turn.
// `npm run test:page`.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { thresholdWords } from '../../src/domain/threshold-words.ts'
import type { WatchTick } from '../../src/domain/watch.ts'
import { findingsOf, openBrowser, openPage, until } from './browser.ts'
import { startFeed, type Feed } from './feed.ts'
import { failedImage, labels, madeUpImage, madeUpState, madeUpTick } from './made-up.ts'

const names = ['device', 'edge', 'fog', 'cloud']
const { never } = thresholdWords
const shares = [0.6, 0.3, 0.1]
/** A JPEG of one grey pixel would do; a placeholder and a picture must both be shown. */
const pixel = 'data:image/gif;base64,R0lGODlhAQABAIAAAHd3dwAAACwAAAAAAQABAAACAkQBADs='

let browser: Browser
let feed: Feed
before(async () => {
  browser = await openBrowser()
})
after(() => browser?.close())
beforeEach(async () => {
  feed = await startFeed(madeUpState(names, 'device'))
})
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await feed.close()
})

const tickAt = (ms: number, perSecond = 40): WatchTick =>
  madeUpTick(feed.state, ms, perSecond, shares)

/** A minute of ticks, and images of every kind. */
function tellMinute(): void {
  for (let ms = 250; ms <= 60_000; ms += 250) feed.tell('tick', tickAt(ms))
  const images = [1, 2, 3, 7, 11, 53].map((number) => madeUpImage(feed.state, number, number % 3))
  feed.tell('images', [
    ...images.map((image, i) => (i % 2 === 0 ? { ...image, thumbnail: pixel } : image)),
    failedImage(feed.state, 60),
  ])
}

/** What is read, with a single space between words. */
const words = async (shown: Locator) => (await shown.innerText()).replace(/\s+/g, ' ')

const sawImages = (page: Page) => page.locator('.card').first().waitFor()
const range = (page: Page, exit: number) =>
  page.getByRole('slider', { name: new RegExp(`^Threshold of exit ${exit}\\b`) })

for (const [name, colorScheme, width] of [
  ['light and wide', 'light', 1280],
  ['dark and wide', 'dark', 1280],
  ['light on a phone', 'light', 390],
  ['dark on a phone', 'dark', 390],
] as const) {
  test(`${name}: axe finds nothing, nothing is wider than the screen, no script or style is refused`, async () => {
    const { page, errors } = await openPage(browser, `${feed.url}#token=${feed.token}`, {
      colorScheme,
      viewport: { width, height: 844 },
    })
    tellMinute()
    await sawImages(page)
    feed.tell('tick', silent(60_250, 1300))
    await page.getByText('no answer for 1.3 s').first().waitFor()
    await page.locator('.card.wrong summary').first().click()
    await page.getByText('The same as a table').click()
    assert.deepEqual(await findingsOf(page), [])
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
    assert.deepEqual(errors, [])
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor')
    assert.equal(ground, colorScheme === 'dark' ? 'rgb(18, 21, 26)' : 'rgb(244, 245, 247)')
  })
}

const asSilentCloud = <T extends { readonly name: string }>(tier: T) =>
  tier.name === 'cloud' ? { ...tier, state: 'silent' as const, silentMs: 800 } : tier

function silent(ms: number, silentMs: number): WatchTick {
  const tick = tickAt(ms)
  const tiers = tick.tiers
    .map(asSilentCloud)
    .map((pulse) => (pulse.state === 'silent' ? { ...pulse, silentMs } : pulse))
  return { ...tick, fallbacks: 3, expected: 5000, tiers }
}

test('without a token and before any image axe finds nothing either, in one tier of its own', async () => {
  feed.state = { ...madeUpState(['edge'], 'tier'), calibration: undefined }
  const { page } = await openPage(browser, feed.url)
  assert.deepEqual(await findingsOf(page), [])
})

const hostile = '<img src=x onerror=alert(1)>&amp;"\'-a-name-that-is-much-longer-than-its-place'

test('names that are markup, or longer than a phone, three exits in a tier, no labels: nothing runs, breaks or sticks out', async () => {
  const { state } = feed
  const [exit] = state.tiers[1]?.exits ?? []
  assert.ok(exit !== undefined)
  const three = [0, 1, 2].map((index) => ({
    ...exit,
    ...{
      index,
      isLast: index === 2,
      criterion: 'raw' as const,
      threshold: index === 0 ? never : 7,
    },
  }))
  feed.state = {
    ...{ ...state, name: hostile, role: 'gateway', labels: undefined, calibration: undefined },
    tiers: state.tiers.slice(0, 2).map((tier, i) => ({
      ...{ ...tier, name: `${i} ${hostile}`, missing: i === 0 ? [hostile] : [] },
      exits: i === 0 ? three : [],
      life: i === 0 ? tier.life : undefined,
    })),
  }
  const dialogs: string[] = []
  const options = { viewport: { width: 390, height: 844 } }
  const { page, errors } = await openPage(browser, `${feed.url}#token=${feed.token}`, options)
  page.on('dialog', (dialog) => void dialogs.push(dialog.message()))
  feed.tell('tick', tickAt(250))
  const image = { ...madeUpImage(state, 5, 2), id: hostile, tier: hostile, confidence: -12.5 }
  feed.tell('images', [image, { ...failedImage(state, 6), id: hostile }])
  await sawImages(page)
  await page.locator('.card summary').last().click()
  await page.getByText('its own never').waitFor()
  assert.match(await words(page.locator('.card').last()), /class 0 .*exit 2 .*-12\.50/)
  assert.deepEqual(await findingsOf(page), [])
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390)
  assert.deepEqual([...dialogs, ...errors], [])
})

test('the four numbers, the picture, the charts and the table say what the ticks say', async () => {
  const { page } = await openPage(browser, feed.url)
  tellMinute()
  await sawImages(page)
  const glance = await words(page.getByRole('region', { name: 'At a glance' }))
  assert.match(glance, /Images\s+2,400\s+40 a second, 8 in flight/)
  assert.match(glance, /Answered before cloud\s+90 %/)
  assert.match(glance, /Latency, median\s+1\d ms\s+95 % within/)
  assert.match(glance, /Accuracy so far\s+8\d.*%/)
  const picture = await words(page.locator('.picture'))
  for (const text of ['device', 'edge', 'fog', 'cloud', '60 %', '30 %', '10 %', '640 kB/s']) {
    assert.ok(picture.includes(text), text)
  }
  const rates = page.getByRole('img', { name: /^Images a second, by exit/ })
  const said = await rates.getAttribute('aria-label')
  assert.match(said ?? '', /now exit 0 · edge 24, exit 1 · fog 12, exit 2 · cloud 4\.0$/)
  await page.getByText('The same as a table').click()
  const row = page.getByRole('row', { name: /^fog/ })
  assert.match(await words(row), /answers, 3 replicas.*0\.1\.0.*exit 1: 30 %, 720 in all/)
})

test('a tier that falls silent is seen and said, and so is its return', async () => {
  const { page } = await openPage(browser, feed.url)
  feed.tell('tick', tickAt(1000))
  feed.tell('tick', silent(1250, 800))
  await page.locator('.tier.silent').getByText('no answer for 800 ms').waitFor()
  await page.getByRole('log').getByText('cloud gives no answer.').waitFor()
  await page.getByText('3 answers by a fallback').waitFor()
  assert.equal(await page.locator('.link.cut').count(), 1)
  feed.tell('state', { ...feed.state, tiers: feed.state.tiers.map(asSilentCloud) })
  await until(page, 'document.title === "⚠ device · ddnn"')
  feed.tell('state', feed.state)
  feed.tell('tick', tickAt(1500))
  await page.getByRole('log').getByText('cloud answers again.').waitFor()
  assert.equal(await page.locator('.tier.silent').count(), 0)
})

test('the keyboard alone turns a knob, sees what it would give, and gives it back', async () => {
  const { page } = await openPage(browser, `${feed.url}#token=${feed.token}`)
  tellMinute()
  await range(page, 1).focus()
  for (let press = 0; press < 5; press += 1) await page.keyboard.press('ArrowLeft')
  await page.getByText('its own 0.80, turned to 0.75').waitFor()
  // One turn for five presses: the hand had to rest.
  assert.deepEqual(feed.turns, [{ exit: 1, threshold: 0.75 }])
  const knob = page.getByRole('group', { name: /^exit 1/ })
  assert.match(
    await words(knob),
    /Leaves here, expected 38\.2 % → by its own threshold, with this one 42 % Accuracy/,
  )
  await page.getByRole('log').getByText('Threshold of exit 1 turned to 0.75.').waitFor()
  // Range, number, then the button.
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('log').getByText('Exit 1 has its own threshold again, 0.80.').waitFor()
  assert.deepEqual(feed.turns.at(-1), { exit: 1, threshold: null })
})

test('a number that is typed turns the knob; one that is no threshold is not sent', async () => {
  const { page } = await openPage(browser, `${feed.url}#token=${feed.token}`)
  const typed = page.getByRole('spinbutton', { name: /^Threshold of exit 0/ })
  await typed.fill('7')
  await page.keyboard.press('Tab')
  await typed.fill('0.655')
  await page.keyboard.press('Tab')
  await page.getByText('its own 0.80, turned to 0.66').waitFor()
  assert.deepEqual(feed.turns, [{ exit: 0, threshold: 0.655 }])
})

test('what is half typed is left alone by the ticks that come meanwhile', async () => {
  const { page } = await openPage(browser, `${feed.url}#token=${feed.token}`)
  let ms = 0
  const timer = setInterval(() => feed.tell('tick', tickAt((ms += 250))), 100)
  const typed = page.getByRole('spinbutton', { name: /^Threshold of exit 0/ })
  await typed.fill('')
  await typed.pressSequentially('0.655', { delay: 250 })
  await page.keyboard.press('Enter')
  await page.getByText('its own 0.80, turned to 0.66').waitFor()
  clearInterval(timer)
  assert.deepEqual(feed.turns, [{ exit: 0, threshold: 0.655 }])
})

test('the token of the address is kept for the tab and leaves the address', async () => {
  const { page } = await openPage(browser, `${feed.url}#token=${feed.token}`)
  assert.equal(page.url(), feed.url)
  await page.reload()
  await page.getByRole('button', { name: 'Forget the token' }).click()
  assert.equal(await range(page, 0).isDisabled(), true)
})

test('the token of an address is taken where the page is open already, another fragment is left alone', async () => {
  const { page } = await openPage(browser, feed.url)
  assert.equal(await range(page, 0).isDisabled(), true)
  await page.goto(`${feed.url}#token=${feed.token}`)
  await page.getByRole('button', { name: 'Forget the token' }).waitFor()
  assert.equal(await range(page, 0).isDisabled(), false)
  assert.equal(page.url(), feed.url)
  await page.goto(`${feed.url}#elsewhere`)
  await page.waitForTimeout(100)
  assert.equal(await range(page, 0).isDisabled(), false)
})

test('without a token knobs are still, and it is said how to get one; a wrong one is told in words', async () => {
  const { page } = await openPage(browser, feed.url)
  assert.equal(await range(page, 0).isDisabled(), true)
  await page.getByText('give a token here (of --page-token-file; ddnn demo --watch').waitFor()
  await page.getByLabel('Token').fill('guessed')
  await page.keyboard.press('Enter')
  await range(page, 0).focus()
  await page.keyboard.press('ArrowRight')
  const alert = page.getByRole('alert')
  await alert.getByText(/^Expected a token of --page-token-file, got .*\.$/).waitFor()
  assert.equal(await range(page, 0).isDisabled(), true)
  assert.deepEqual(feed.turns, [])
})

test('a refusal stands beside its knob, which goes back to what holds', async () => {
  const { page } = await openPage(browser, `${feed.url}#token=${feed.token}`)
  feed.isFixed = true
  await range(page, 1).focus()
  await page.keyboard.press('ArrowRight')
  const knob = page.getByRole('group', { name: /^exit 1/ })
  await knob.getByRole('alert').getByText('Open the page of the tier that it belongs to').waitFor()
  assert.equal(await range(page, 1).inputValue(), '0.8')
})

test('where nobody may turn a threshold the page asks for no token', async () => {
  feed.state = { ...feed.state, writes: 'never' }
  const { page } = await openPage(browser, `${feed.url}#token=${feed.token}`)
  await page.getByText('the process lets nobody turn any').waitFor()
  assert.equal(await range(page, 0).isDisabled(), true)
  assert.equal(await page.getByLabel('Token').count(), 0)
})

test('a connection that breaks is said, and comes back by itself with what changed meanwhile', async () => {
  const { page } = await openPage(browser, feed.url)
  feed.tell('tick', tickAt(250))
  await page.getByRole('status').getByText('live').waitFor()
  feed.state = { ...feed.state, version: '9.9.9' }
  feed.cut()
  await page.getByRole('log').getByText('The page has lost its connection.').waitFor()
  await page.getByText('version 9.9.9').waitFor({ timeout: 20_000 })
  await page.getByRole('log').getByText('The page is connected again.').waitFor()
})

test('a process that starts anew begins with no images, also while somebody looks at one of the old', async () => {
  const { page } = await openPage(browser, feed.url)
  tellMinute()
  await sawImages(page)
  await page.locator('.card summary').first().focus()
  await page.getByText('held', { exact: true }).waitFor()
  feed.cut()
  await page.getByRole('log').getByText('The page is connected again.').waitFor()
  feed.tell('tick', tickAt(250))
  const fresh = { ...madeUpImage(feed.state, 1, 0), id: 'fresh.jpg' }
  feed.tell('images', [fresh])
  await page.locator('.card', { hasText: 'fresh.jpg' }).waitFor()
  assert.equal(await page.locator('.card').count(), 1)
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`${colorScheme}: what a process that is gone had told stays to be read, and is not taken for news`, async () => {
    const { page } = await openPage(browser, feed.url, { colorScheme })
    tellMinute()
    await sawImages(page)
    await feed.close()
    await page.getByRole('status').getByText('connection lost, trying again').waitFor()
    await until(page, 'getComputedStyle(document.querySelector("main")).opacity < 0.9')
    assert.match(await words(page.getByRole('region', { name: 'At a glance' })), /Images 2,400/)
    assert.deepEqual(await findingsOf(page), [])
  })
}

test('the last images say answer, exit, confidence, right or wrong; faulty ones can be picked, a way opened', async () => {
  const { page } = await openPage(browser, feed.url)
  tellMinute()
  await sawImages(page)
  const wrong = page.locator('.card', { hasText: 'wrong:' })
  assert.match(await words(wrong), /wrong: sunflowers left at exit 1 · fog confidence 0.90 19 ms/)
  await page.getByLabel('Wrong, fallback or no answer only').check()
  assert.equal(await page.locator('.card').count(), 3)
  await page.getByText('DDNN_REPLY_LATE').waitFor()
  await wrong.locator('summary').focus()
  await page.keyboard.press('Enter')
  await wrong.getByText(`It is ${labels[7 % labels.length]}.`).waitFor()
  assert.match(await words(wrong.getByRole('row', { name: /^edge/ })), /0 0\.41 3\.2 ms 60 ms/)
})

test('new images wait while somebody looks at one, and come when they leave it', async () => {
  const { page } = await openPage(browser, feed.url)
  tellMinute()
  await sawImages(page)
  const summary = page.locator('.card summary').first()
  await summary.focus()
  const before = await page.locator('.cards').innerText()
  const late = { ...madeUpImage(feed.state, 900, 0), id: 'late.jpg', prediction: 4, label: 4 }
  feed.tell('images', [late])
  feed.tell('tick', tickAt(61_000))
  await page.getByText('held', { exact: true }).waitFor()
  await page.waitForTimeout(1500)
  assert.equal(await page.locator('.cards').innerText(), before)
  assert.equal(await page.locator('.card:first-child summary:focus').count(), 1)
  await page.getByRole('button', { name: 'Pause' }).focus()
  await page.locator('.card', { hasText: 'late.jpg' }).waitFor({ state: 'attached' })
})

test('dots travel, and do not where less motion is asked for', async () => {
  const dots = async (reducedMotion: 'reduce' | 'no-preference') => {
    const { page } = await openPage(browser, feed.url, { reducedMotion })
    feed.tell('tick', tickAt(60_250))
    feed.tell(
      'images',
      [1, 2, 3].map((number) => madeUpImage(feed.state, number, 2)),
    )
    await sawImages(page)
    return page.locator('.dot').count()
  }
  assert.equal(await dots('no-preference'), 3)
  assert.equal(await dots('reduce'), 0)
})

test('dots do not fly on over a picture that has changed its places', async () => {
  const { page } = await openPage(browser, feed.url)
  feed.tell('tick', tickAt(60_250))
  const images = [1, 2, 3].map((number) => madeUpImage(feed.state, number, 2))
  feed.tell('images', images)
  await until(page, 'document.querySelectorAll(".dot").length === 3')
  await page.evaluate(
    'window.before_ = document.querySelector(".picture svg").getAttribute("width")',
  )
  await page.setViewportSize({ width: 900, height: 800 })
  await until(
    page,
    'window.before_ !== document.querySelector(".picture svg").getAttribute("width")',
  )
  await until(page, 'new Promise((done) => setTimeout(() => done(true), 100))')
  assert.equal(await page.locator('.dot').count(), 0)
})

test('a gateway that knows of no tier yet shows none, nor a link to one', async () => {
  feed.state = { ...madeUpState([], 'gateway'), name: 'gateway' }
  const { page, errors } = await openPage(browser, feed.url)
  feed.tell('tick', { ...tickAt(250), tiers: [] })
  await page.getByRole('status').getByText('live').waitFor()
  assert.equal(await page.locator('.link, .tier').count(), 0)
  assert.deepEqual(errors, [])
})

test('at 5,000 images a second frames keep coming, counts are exact, no more dots travel than can be followed', async () => {
  const { page } = await openPage(browser, feed.url)
  await page.evaluate(
    '(() => { window.frames_ = 0; const one = () => { window.frames_++; requestAnimationFrame(one) }; one() })()',
  )
  let ms = 0
  let number = 0
  const timer = setInterval(() => {
    feed.tell('tick', tickAt((ms += 250), 5000))
    const images = Array.from({ length: 12 }, () => madeUpImage(feed.state, ++number, number % 3))
    feed.tell('images', images)
  }, 250)
  await page.waitForTimeout(1000)
  const from = await page.evaluate<number>('window.frames_')
  await page.waitForTimeout(3000)
  clearInterval(timer)
  const frames = (await page.evaluate<number>('window.frames_')) - from
  assert.ok(frames > 30, `${frames} frames in three seconds`)
  const images = ((ms / 1000) * 5000).toLocaleString('en')
  await page.locator('.tile .value', { hasText: images }).waitFor()
  assert.ok((await page.locator('.dot').count()) <= 40)
})

test('dark, light or as the system: what was chosen holds after a reload', async () => {
  const { page } = await openPage(browser, feed.url, { colorScheme: 'light' })
  await page.getByLabel('Colours').selectOption('dark')
  await page.reload()
  const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor')
  assert.equal(ground, 'rgb(18, 21, 26)')
})
