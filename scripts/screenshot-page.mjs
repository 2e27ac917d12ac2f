// The pictures of docs/live-page.md and README: `ddnn demo --watch` as it runs, looked at by a real Chromium, light, dark and
// on a phone. `npm run screenshots`; they differ a little each time.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import sharp from 'sharp'
import { findChromium } from './install-chromium.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

const looks = [
  { name: 'live-page', width: 1280, height: 1630, colorScheme: 'light', deviceScaleFactor: 1 },
  {
    name: 'live-page-dark',
    width: 1280,
    height: 1630,
    colorScheme: 'dark',
    deviceScaleFactor: 1,
  },
  { name: 'live-page-phone', width: 390, height: 844, colorScheme: 'dark', deviceScaleFactor: 1.5 },
]

/** Until charts have something to show. */
const runsForMs = Number(process.env.DDNN_SCREENSHOT_MS ?? 45_000)

// Its CSV and page of results are not wanted.
const folder = mkdtempSync(join(tmpdir(), 'ddnn-screenshot-'))
const demo = spawn(
  process.execPath,
  [join(root, 'dist', 'main.js'), 'demo', '--watch', '--no-open', '--rate', '16'],
  { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
)
const browser = await chromium.launch(await findChromium())
try {
  const url = await addressOf(demo)
  const pages = []
  for (const { width, height, ...options } of looks) {
    const page = await browser.newPage({ viewport: { width, height }, ...options })
    await page.goto(url)
    pages.push(page)
  }
  await new Promise((resolve) => setTimeout(resolve, runsForMs))
  for (const [i, page] of pages.entries()) {
    const file = join(root, 'docs', 'images', `${looks[i].name}.webp`)
    await page.bringToFront()
    await page.waitForTimeout(2000)
    await sharp(await page.screenshot())
      // They are in the package, which is to stay small.
      .webp({ quality: 75, effort: 6, smartSubsample: true })
      .toFile(file)
    process.stdout.write(`${file}\n`)
  }
} finally {
  await browser.close()
  demo.kill('SIGKILL')
  rmSync(folder, { recursive: true })
}

/** As it tells it, with its token. */
function addressOf(child) {
  return new Promise((resolve, reject) => {
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        said += text
        const found = /http:\/\/\S+#token=\S+/.exec(said)
        if (found) resolve(found[0])
      })
    }
    child.on('close', (code) => reject(new Error(`the demo ended with ${code}: ${said}`)))
  })
}
