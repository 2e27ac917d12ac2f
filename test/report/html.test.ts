// The HTML report, opened from a file in a real Chromium: what a reader sees, and that nothing is
// asked of anybody.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import sharp from 'sharp'
import type { Outcome } from '../../src/domain/outcome.ts'
import { DdnnError } from '../../src/errors.ts'
import { createThumbnails } from '../../src/input/thumbnail.ts'
import { openHtmlReport } from '../../src/report/html.ts'
import { axeProblems } from '../helpers/axe.ts'
import { answerOfRow, readCsv, runCli } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'
import { failureOf, outcomeOf, replyOf, tempFolder } from './outcomes.ts'

const folder = tempFolder()
const labels = ['rose', 'iris & lily', '<b>tulip</b>']
const hostile = '"><img src=x onerror=alert(1)>.jpg'
const outcomes: readonly Outcome[] = [
  outcomeOf(0, { file: 'red.png' }),
  outcomeOf(1, { reply: replyOf([0]) }),
  outcomeOf(2, { file: hostile, label: 2, reply: replyOf([2, 0]) }),
  outcomeOf(3, { reply: replyOf([0, 0, 1]) }),
  outcomeOf(4, { reply: { ...replyOf([1]), fallback: true, tier: 'edge' } }),
  failureOf(5),
]

// What runs in the page is text here: this project has no types of a browser.
let browser: Browser
before(async () => {
  // A script, so its types are told here.
  const script = (await import(
    pathToFileURL(repoPath('scripts', 'install-chromium.mjs')).href
  )) as { findChromium: () => Promise<{ executablePath: string; args: string[] }> }
  browser = await chromium.launch(await script.findChromium())
})
after(() => browser?.close())

async function writePage(name: string, told: readonly Outcome[]): Promise<string> {
  writeFileSync(
    join(folder, 'red.png'),
    await sharp({ create: { width: 40, height: 30, channels: 3, background: '#c01010' } })
      .png()
      .toBuffer(),
  )
  const file = join(folder, name)
  let clock = 1000
  const report = await openHtmlReport({
    file,
    title: 'Run of <device>',
    labels,
    thumbnail: createThumbnails(folder),
    now: () => (clock += 500),
  })
  for (const outcome of told) await report.add(outcome)
  await report.close()
  await report.close()
  return file
}

/** Opens the file and gives what the page said to the console and asked of the network. */
async function open(file: string): Promise<{ page: Page; errors: string[]; requests: string[] }> {
  const page = await browser.newPage()
  const errors: string[] = []
  const requests: string[] = []
  page.on('console', (message) => void errors.push(message.text()))
  page.on('pageerror', (error) => void errors.push(String(error)))
  page.on('request', (request) => void requests.push(request.url()))
  await page.goto(pathToFileURL(file).href, { waitUntil: 'load' })
  return { page, errors, requests }
}

test('a reader sees the numbers, the tiers and the images of the run', async () => {
  const file = await writePage('run.html', outcomes)
  const { page, errors, requests } = await open(file)
  const text = await page.innerText('body')
  for (const visible of [
    'Run of <device>',
    '60.0 %',
    '5 of 6',
    'Where images were answered',
    '1 × DDNN_REPLY_TIMEOUT',
    'iris & lily',
    '<b>tulip</b>',
    hostile,
    'DDNN_REPLY_TIMEOUT: no reply',
    'fallback',
    '25.0 ms',
  ]) {
    assert.ok(text.includes(visible), `'${visible}' is visible in:\n${text}`)
  }
  const tiers = await page.locator('main table:not(.samples) tbody tr').allInnerTexts()
  assert.deepEqual(
    tiers.map((row) => row.split(/\t/).map((cell) => cell.trim())),
    [
      ['edge', '3', '60.0 %', '66.7 %', '-'],
      ['fog', '1', '20.0 %', '0.0 %', '-'],
      ['cloud', '1', '20.0 %', '100.0 %', '-'],
    ],
  )
  assert.equal(await page.locator('.samples tbody tr').count(), 6)
  assert.equal(await page.locator('.samples tr[data-kind=right]').count(), 3)
  assert.equal(await page.locator('.samples tr[data-kind=wrong]').count(), 2)
  assert.equal(await page.locator('.samples tr[data-kind=failed]').count(), 1)
  // The bar: three parts, as wide as their shares.
  const widths = await page.evaluate<number[]>(
    "Array.from(document.querySelectorAll('svg.bar rect.part'), (part) => +part.getAttribute('width'))",
  )
  assert.deepEqual(widths, [600, 200, 200])
  assert.ok((await page.locator('svg.bar').boundingBox())?.height)
  // The thumbnail was decoded by the browser; files that are not there have none.
  const images = await page.evaluate<number[]>(
    "Array.from(document.querySelectorAll('.samples img'), (image) => image.naturalWidth)",
  )
  assert.deepEqual(images, [96])
  assert.deepEqual(errors, [])
  assert.deepEqual(
    requests.filter((url) => !url.startsWith('data:')),
    [pathToFileURL(file).href],
  )
  await page.close()
})

test('the page of a real run says what its CSV says', async () => {
  const html = join(folder, 'real.html')
  const csv = join(folder, 'real.csv')
  const run = await runCli([
    ...['--name', 'device', '--engine', 'wasm', '--html', html, '-o', csv],
    ...['-i', repoPath('data', 'sample'), '-l', repoPath('data', 'labels.txt')],
    ...['--models', repoPath('saved_models', 'model')],
  ])
  assert.equal(run.code, 0, run.stderr)
  const rows = readCsv(csv)
  assert.ok(rows.length >= 20)
  const { page, errors, requests } = await open(html)
  const cells = (await page.locator('.samples tbody tr').allInnerTexts()).map((row) =>
    row.split('\t').map((cell) => cell.trim()),
  )
  const isRight = (row: (typeof rows)[number]) => answerOfRow(row) === row.Expected_result
  assert.deepEqual(
    // The first cell is the image itself.
    cells.map(([, file, , , tier]) => [file, tier]),
    // Wrong ones first.
    [...rows.filter((row) => !isRight(row)), ...rows.filter(isRight)].map((row) => [
      row.File,
      row.Exit,
    ]),
  )
  const right = rows.filter(isRight).length
  assert.equal(await page.locator('.samples tr[data-kind=right]').count(), right)
  const text = await page.innerText('body')
  assert.ok(text.includes(`${((right / rows.length) * 100).toFixed(1)} %`))
  assert.deepEqual(errors, [])
  assert.deepEqual(
    requests.filter((url) => !url.startsWith('data:')),
    [pathToFileURL(html).href],
  )
  await page.close()
})

test('text is readable in light and in dark', async () => {
  const { page } = await open(await writePage('colours.html', outcomes))
  const seen = new Set<string>()
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const [text, ground] = await page.evaluate<[string, string]>(
      '[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]',
    )
    assert.ok(Math.abs(brightness(text) - brightness(ground)) > 150, `${text} on ${ground}`)
    seen.add(ground)
  }
  assert.equal(seen.size, 2)
  await page.close()
})

test('wrong images stand first, and nobody stumbles over anything, in light and in dark', async () => {
  const { page } = await open(await writePage('first.html', outcomes))
  const kinds = await page.evaluate<string[]>(
    "Array.from(document.querySelectorAll('.samples tbody tr'), (row) => row.dataset.kind)",
  )
  assert.deepEqual(kinds, ['failed', 'wrong', 'wrong', 'right', 'right', 'right'])
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    assert.deepEqual(await axeProblems(page), [])
  }
  await page.close()
})

test('an exit has its colour in the bar and in every row', async () => {
  const { page } = await open(await writePage('keys.html', outcomes))
  const fills = await page.evaluate<string[]>(
    "Array.from(document.querySelectorAll('svg.bar .part'), (part) => part.getAttribute('fill'))",
  )
  assert.deepEqual(fills, ['var(--c0)', 'var(--c1)', 'var(--c2)'])
  const key = page.locator('.samples tr', { hasText: 'cloud' }).locator('.key')
  assert.match((await key.getAttribute('style')) ?? '', /var\(--c2\)/)
  await page.close()
})

test('a narrow screen scrolls the table, not the page', async () => {
  const { page } = await open(await writePage('narrow.html', outcomes))
  await page.setViewportSize({ width: 390, height: 700 })
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  assert.equal(overflow, 0)
  await page.close()
})

test('a run without an answer has a page too', async () => {
  const { page, errors } = await open(await writePage('failed.html', [failureOf(0)]))
  assert.match(await page.innerText('body'), /0 of 1/)
  assert.deepEqual(errors, [])
  await page.close()
})

test('a long run shows its first rows and counts all', async () => {
  const file = join(folder, 'long.html')
  const report = await openHtmlReport({ file, title: 'long', labels, maxRows: 10 })
  for (let i = 0; i < 25; i++) await report.add(outcomeOf(i))
  await report.close()
  const { page } = await open(file)
  assert.equal(await page.locator('.samples tbody tr').count(), 10)
  assert.match(await page.innerText('body'), /10 of 25/)
  assert.match(await page.innerText('body'), /25 of 25/)
  await page.close()
})

test('a place that cannot be written is named before the run', async () => {
  writeFileSync(join(folder, 'blocked'), '')
  await assert.rejects(
    openHtmlReport({ file: join(folder, 'blocked', 'run.html'), title: '', labels }),
    (error) => error instanceof DdnnError && error.code === 'DDNN_OUTPUT_FAILED',
  )
})

test('until the run ends an old page stays as it was', async () => {
  const file = join(folder, 'old.html')
  writeFileSync(file, 'of yesterday')
  const report = await openHtmlReport({ file, title: 'today', labels })
  assert.equal(readFileSync(file, 'utf8'), 'of yesterday')
  await report.close()
  assert.match(readFileSync(file, 'utf8'), /today/)
})

/** 0 to 255 of 'rgb(r, g, b)'. */
function brightness(colour: string): number {
  const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number)
  return (r + g + b) / 3
}
