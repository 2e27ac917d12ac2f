// Pages of `ddnn report`: of 10, 1,000 and 100,000 rows, and as the command writes them, opened in a real Chromium.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { execute, type Outside } from '../../../src/cli/execute.ts'
import { reportSchema } from '../../../src/cli/json/report.ts'
import { makeRuns } from '../../../src/report/compare/make-runs.ts'
import { parseRunCsv } from '../../../src/report/compare/parse-run-csv.ts'
import { reportData } from '../../../src/report/compare/report-data.ts'
import { reportPage } from '../../../src/report/compare/report-page.ts'
import { renderReportPage } from '../../../src/report/page/render-page.ts'
import { axeProblems } from '../../helpers/axe.ts'
import { repoPath } from '../../helpers/paths.ts'
import { tempFolder } from '../outcomes.ts'
import { madeRun } from './made-run.ts'

const folder = tempFolder()

function csv(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

async function call(...argv: string[]) {
  let [stdout, stderr] = ['', '']
  const streams = {
    stdout: { write: (text: string) => ((stdout += text), true) },
    stderr: { write: (text: string) => ((stderr += text), true) },
  }
  const outside: Outside = {
    begin: () => ({ signal: new AbortController().signal, onHangup: () => () => undefined }),
    stopped: () => undefined,
    endAtOnce: () => undefined,
  }
  const exit = await execute(['report', ...argv, '--json'], {}, streams, outside)
  return { exit, stdout, stderr }
}

/** Two runs on the shipped samples, whose photos are there. */
const samples = ['daisy', 'dandelion', 'roses', 'sunflowers', 'tulips']
const ofSamples = (seed: number) =>
  madeRun(60, { seed, right: 0.5, failed: 0.05 }).replaceAll(
    /(\w+)\/(\d{6})\.jpg/g,
    (_, label: string, number: string) =>
      `${label}/00${String(Number(number) % 12).padStart(2, '0')}.jpg`,
  )

for (const rows of [10, 1000, 100_000]) {
  test(`a page of ${rows} rows is less than 2 MB, and few marks`, () => {
    const texts = [1, 2].map((seed) => madeRun(rows, { seed })).slice(0, rows > 1000 ? 1 : 2)
    const csvs = texts.map((text, i) => parseRunCsv(text, `${i}.csv`))
    const data = reportData(makeRuns(csvs, { names: csvs.map(({ path }) => path) }))
    assert.equal(data.runs[0]?.figures.rows, rows)
    const html = renderReportPage(reportPage(data, { thumbnails: new Map(), provenance: [] }))
    assert.ok(html.length < 2e6, `${html.length} characters`)
    const marks = html.match(/<(path|rect|text|line|circle)\b/g)?.length ?? 0
    assert.ok(marks < 3000, `${marks} marks are few enough to open at once`)
  })
}

let browser: Browser
before(async () => {
  const script = (await import(
    pathToFileURL(repoPath('scripts', 'install-chromium.mjs')).href
  )) as { findChromium: () => Promise<{ executablePath: string; args: string[] }> }
  browser = await chromium.launch(await script.findChromium())
})
after(() => browser?.close())

async function open(output: string, width: number, colorScheme: 'light' | 'dark'): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme })
  await page.goto(pathToFileURL(join(output, 'report.html')).href, { waitUntil: 'load' })
  return page
}

/** Page, data and figures are there as the document says, and the data are the document. */
function assertWritten(output: string, stdout: string): void {
  const document = reportSchema.parse(JSON.parse(stdout))
  const names = document.written.map((path) => path.replace(`${output}/`, ''))
  assert.deepEqual(names.toSorted(), readdirSync(output).toSorted())
  const data = JSON.parse(readFileSync(join(output, 'report.json'), 'utf8')) as object
  assert.deepEqual({ ...data, written: document.written }, document)
  assert.match(readFileSync(join(output, 'latency.svg'), 'utf8'), /^<svg .*<\/svg>/s)
  assert.equal(readFileSync(join(output, 'latency.png')).toString('latin1', 1, 4), 'PNG')
}

test('on a phone in the dark and on a desk in the light two runs can be read, with their photos', async () => {
  const output = join(folder, 'samples')
  const files = [1, 2].map((seed) => csv(`samples-${seed}.csv`, ofSamples(seed)))
  const photos = repoPath('data', 'sample')
  const { exit, stdout, stderr } = await call(...files, '-o', output, '--input', photos)
  assert.equal(exit, 0, stderr)
  assertWritten(output, stdout)
  for (const [width, theme] of [
    [390, 'dark'],
    [1280, 'light'],
  ] as const) {
    const page = await open(output, width, theme)
    assert.deepEqual(await axeProblems(page), [])
    const overflow = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    assert.equal(overflow, 0)
    const titles = await page.locator('h2').allInnerTexts()
    for (const title of [
      'The runs',
      'samples-2 against samples-1',
      'Right, now wrong: samples-1 to samples-2',
      'Hardest images',
      'Latency',
      'Timeline',
      'Confusion',
      'Without an answer',
    ]) {
      assert.ok(titles.includes(title), `${title} is of ${titles.join(', ')}`)
    }
    const thumbs = page.locator('.thumbs img')
    assert.ok((await thumbs.count()) > 10)
    // Those further down are loaded when they are seen.
    await thumbs.first().scrollIntoViewIfNeeded()
    const pixels =
      "document.querySelector('.thumbs img').decode().then(() => document.querySelector('.thumbs img').naturalWidth)"
    assert.ok((await page.evaluate<number>(pixels)) > 10)
    await page.close()
  }
  const text = await (await open(output, 1280, 'light')).innerText('main')
  for (const label of samples) assert.ok(text.includes(label))
})

/** Shows the page of these runs, named by their number. */
async function show(...texts: readonly string[]): Promise<Page> {
  const csvs = texts.map((text, i) => parseRunCsv(text, `${i}.csv`))
  const data = reportData(makeRuns(csvs, { names: csvs.map(({ path }) => path) }))
  const page = await browser.newPage()
  const html = renderReportPage(reportPage(data, { thumbnails: new Map(), provenance: [] }))
  await page.setContent(html)
  return page
}

test("a page says why the original's accuracy is a range, and names of files do nothing on it", async () => {
  const hostile = '<img src=x onerror=alert(1)>\u202e'
  const python = madeRun(50)
    .trimEnd()
    .split('\n')
    .map((line, i) => {
      const [test, label, time = '', ...rest] = line.split(';').slice(0, 12)
      const element = label === '0' ? '1.0' : '0.0'
      return [test, i === 0 ? label : element, `${time}123`, ...rest].join(';')
    })
    .join('\n')
  const alone = await show(python)
  const text = await alone.innerText('body')
  assert.match(text, /fault of the Python original/)
  assert.match(text, /\d+\.\d to \d+\.\d %\s+all that the file tells/)
  await alone.close()

  const both = await show(python, madeRun(50).replaceAll('.jpg', hostile))
  assert.match(await both.innerText('header'), /labels are taken from '1\.csv'/)
  assert.equal(await both.locator('img[src="x"]').count(), 0)
  assert.ok((await both.innerText('body')).includes('<img src=x onerror=alert(1)>\\u202e'))
  await both.close()
})
