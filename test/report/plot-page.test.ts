// A report page, opened from a file in a real Chromium.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { axeProblems } from '../helpers/axe.ts'
import { calibrate } from '../../src/lab/evaluation/calibrate.ts'
import { evaluateScores } from '../../src/lab/evaluation/evaluate-scores.ts'
import { calibrationPage } from '../../src/report/evaluation/calibration-page.ts'
import { evaluationPage } from '../../src/report/evaluation/evaluation-page.ts'
import { renderReportPage } from '../../src/report/page/render-page.ts'
import type { ReportPage } from '../../src/report/page/page.ts'
import { repoPath } from '../helpers/paths.ts'
import { drawScores } from '../lab/evaluation/made-up.ts'
import { allKinds, hostile, lines, matrix } from './charts.ts'
import { tempFolder } from './outcomes.ts'

const folder = tempFolder()
const names = Array.from({ length: 30 }, (_, i) => `${hostile} ${i}`)

const red = 'data:image/gif;base64,R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=='

const page: ReportPage = {
  title: `Report of ${hostile}`,
  lead: ['What came out.'],
  headline: [
    { name: 'Right', value: '84.2 %', note: '80 to 88 %' },
    { name: hostile, value: '1' },
  ],
  provenance: [
    ['Command', `ddnn ${'very-long-argument/'.repeat(20)}`],
    ['Images', '1,000'],
  ],
  sections: [
    { title: 'Charts', text: [hostile, 'A paragraph.'], charts: allKinds },
    {
      title: 'Table',
      table: {
        header: ['Exit', 'Accuracy', ''],
        rows: [
          [hostile, '77.7 %', ''],
          ['x'.repeat(200), '-', 'chosen'],
        ],
        keys: [0, 'wrong'],
        marked: [1],
      },
    },
    {
      title: 'Cut and large',
      charts: [
        { ...lines, yRange: [60, 70] },
        { ...lines, yRange: [60, 65] },
        { ...matrix, rows: names, columns: names, values: names.map(() => names.map(() => 1)) },
      ],
    },
    {
      title: 'Others',
      images: [{ svg: foreign(), label: 'of another library' }],
      thumbs: [
        { src: red, name: hostile, verdict: 'rose', kind: 'right', lines: [hostile] },
        { name: 'gone.jpg', verdict: 'iris', kind: 'wrong', lines: [] },
      ],
      isFolded: true,
      links: [{ text: hostile, href: '../javascript:alert(1)/a b.html' }],
    },
  ],
}

/** An SVG of a module: its script must not run, its image must not load. */
function foreign(): string {
  return '<svg xmlns="http://www.w3.org/2000/svg" width="50" height="40"><script>document.title = "ran"</script><image href="http://127.0.0.1:9/x.png" width="9" height="9"/><rect width="50" height="40" fill="red"/></svg>'
}

// What runs in the page is text here: this project has no types of a browser.
let browser: Browser
before(async () => {
  const script = (await import(
    pathToFileURL(repoPath('scripts', 'install-chromium.mjs')).href
  )) as { findChromium: () => Promise<{ executablePath: string; args: string[] }> }
  browser = await chromium.launch(await script.findChromium())
})
after(() => browser?.close())

async function open(): Promise<{ shown: Page; errors: string[]; requests: string[]; url: string }> {
  const file = join(folder, 'page.html')
  writeFileSync(file, renderReportPage(page))
  const shown = await browser.newPage()
  const errors: string[] = []
  const requests: string[] = []
  shown.on('console', (message) => void errors.push(message.text()))
  shown.on('pageerror', (error) => void errors.push(String(error)))
  shown.on('dialog', (dialog) => void errors.push(dialog.message()))
  shown.on('request', (request) => void requests.push(request.url()))
  const url = pathToFileURL(file).href
  await shown.goto(url, { waitUntil: 'load' })
  return { shown, errors, requests, url }
}

test('a reader sees numbers, text, tables and charts; nothing runs, and nothing is asked for', async () => {
  const { shown, errors, requests, url } = await open()
  const text = await shown.innerText('body')
  for (const visible of [
    '84.2 %',
    'What came out.',
    'A paragraph.',
    '77.7 %',
    hostile,
    'Accuracy',
    'Confusion',
  ]) {
    assert.ok(text.includes(visible), `'${visible}' is visible in:\n${text}`)
  }
  assert.equal(await shown.locator('figure').count(), 9)
  assert.equal(await shown.locator('figure script, body > script, b').count(), 0)
  assert.equal(await shown.title(), `Report of ${hostile}`)
  assert.deepEqual(errors, [])
  assert.deepEqual(
    requests.filter((asked) => !asked.startsWith('data:')),
    [url],
  )
  await shown.close()
})

test('how it was made is folded at the end, and opens', async () => {
  const { shown } = await open()
  const date = shown.getByText('1,000')
  assert.equal(await date.isVisible(), false)
  await shown.getByText('How this was made').click()
  assert.equal(await date.isVisible(), true)
  assert.equal(await shown.locator('main ~ footer details').count(), 1)
  await shown.close()
})

test('the image of another library is drawn, and a link leads to a file beside the page', async () => {
  const { shown } = await open()
  await shown.getByText('Others').click()
  assert.equal(
    await shown.evaluate<number>("document.querySelector('figure img').naturalWidth"),
    50,
  )
  const href = await shown.evaluate<string>("document.querySelector('ul a').href")
  assert.equal(new URL(href).protocol, 'file:')
  assert.match(href, /a%20b\.html$/)
  await shown.close()
})

test('no two elements of the page share an id', async () => {
  const { shown } = await open()
  const ids = await shown.evaluate<string[]>(
    "Array.from(document.querySelectorAll('[id]'), (element) => element.id)",
  )
  assert.equal(ids.length, 2)
  assert.equal(new Set(ids).size, 2)
  await shown.close()
})

for (const [width, colorScheme] of [
  [390, 'light'],
  [820, 'dark'],
  [1600, 'light'],
  [390, 'dark'],
] as const) {
  test(`at ${width} pixels, ${colorScheme}, the page does not scroll sideways, and charts follow the theme`, async () => {
    const { shown } = await open()
    await shown.setViewportSize({ width, height: 800 })
    await shown.emulateMedia({ colorScheme })
    const overflow = await shown.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    assert.equal(overflow, 0)
    const grounds = await shown.evaluate<string[]>(
      "Array.from(document.querySelectorAll('figure > svg > rect'), (rect) => getComputedStyle(rect).fill)",
    )
    const paper = { light: 'rgb(255, 255, 255)', dark: 'rgb(27, 31, 36)' }[colorScheme]
    assert.deepEqual([...new Set(grounds)], [paper])
    const least = await shown.evaluate<number>(
      "Math.min(...Array.from(document.querySelectorAll('figure > svg'), (svg) => svg.getBoundingClientRect().width / svg.getAttribute('width')))",
    )
    // Of letters of 12 pixels.
    assert.ok(least * 12 >= 8.5, `letters of ${least * 12} pixels can be read`)
    assert.deepEqual(await axeProblems(shown), [])
    await shown.close()
  })
}

test("texts of a chart stay inside of it in the browser's font too", async () => {
  const { shown } = await open()
  const outside = await shown.evaluate<string[]>(`
    Array.from(document.querySelectorAll('figure > svg'), (svg) => {
      const box = svg.getBoundingClientRect()
      return Array.from(svg.querySelectorAll('text')).filter((text) => {
        const own = text.getBoundingClientRect()
        return own.left < box.left - 1 || own.right > box.right + 1 || own.bottom > box.bottom + 1
      }).map((text) => text.textContent)
    }).flat()`)
  assert.deepEqual(outside, [])
  await shown.close()
})

test('nobody stumbles over the pages of an evaluation and a calibration, with all folds open', async () => {
  const scores = drawScores({ count: 100 })
  const rules = scores.exits.map(({ index }) => ({
    ...{ exit: index, confidence: 'softmax' as const, gives: 'logits' as const },
    ...{ temperature: 1, threshold: 0.8 },
  }))
  const goal = { kind: 'exit-rate', shares: [0.5] } as const
  const calibration = calibrate(scores, {
    ...{ goal, confidence: 0.95, minExitShare: 0, criterion: 'softmax', split: 0.5, seed: 1 },
    ...{ links: [], rules },
  })
  const choice = { codec: 'float32', calibration, candidates: [], ofFolds: [] } as const
  const evaluation = evaluateScores(scores, { rules, isWhole: false })
  for (const own of [
    evaluationPage(scores, evaluation, [['Date', 'today']]),
    calibrationPage(calibration, [['Date', 'today']], choice),
  ]) {
    const shown = await browser.newPage({ viewport: { width: 390, height: 800 } })
    await shown.emulateMedia({ colorScheme: 'dark' })
    await shown.setContent(renderReportPage(own))
    await shown.evaluate(
      "document.querySelectorAll('details').forEach((fold) => { fold.open = true })",
    )
    assert.deepEqual(await axeProblems(shown), [])
    await shown.close()
  }
})
