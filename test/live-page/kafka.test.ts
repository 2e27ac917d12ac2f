// The live page of a real chain: device, edge, fog and cloud as processes over a real Kafka, looked at in Chromium.
// `npm run test:page`.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { WatchState } from '../../src/domain/watch.ts'
import {
  chainFlags,
  deviceFlags,
  models,
  newTopics,
  startCluster,
  startTier,
  stopTiers,
  type Cluster,
  type TierName,
  type Topics,
} from '../e2e/chain.ts'
import { startCli, tempFolder, type RunningCli } from '../helpers/cli.ts'
import { repoPath } from '../helpers/paths.ts'
import { until } from '../helpers/until.ts'
import { findingsOf, openBrowser, openPage } from './browser.ts'

const token = 'a-token-of-this-test'
let browser: Browser
let cluster: Cluster
let topics: Topics
let device: RunningCli
let urls: { readonly edge: string; readonly fog: string; readonly device: string }
const tiers = new Map<TierName, RunningCli>()

before(async () => {
  browser = await openBrowser()
  cluster = await startCluster()
  topics = newTopics()
  const tokenFile = join(tempFolder(), 'token')
  writeFileSync(tokenFile, `${token}\n`)
  const page = ['--page-token-file', tokenFile]
  for (const name of ['cloud', 'fog', 'edge'] as const) tiers.set(name, await start(name, page))
  const output = join(tempFolder(), 'results.csv')
  device = startCli([
    ...deviceFlags(cluster, topics, repoPath('data', 'sample'), output),
    ...['--repeat', '--rate', '10', '--timeout-ms', '4000'],
    ...['--http-port', '0', '--http-host', '127.0.0.1', ...page],
  ])
  urls = {
    edge: await urlOf(tiers.get('edge')),
    fog: await urlOf(tiers.get('fog')),
    device: await urlOf(device),
  }
})

after(async () => {
  await browser?.close()
  await device?.stop('SIGTERM')
  await stopTiers([...tiers.values()])
  await cluster?.kafka.stop()
})

function start(name: TierName, more: readonly string[] = []): Promise<RunningCli> {
  const links = chainFlags(cluster, topics)[name]
  return startTier(['--name', name, '--models', models(name), ...links, ...more])
}

async function urlOf(process: RunningCli | undefined): Promise<string> {
  if (process === undefined) throw new Error('not started')
  const [, port] = await process.waitFor(/"port":(\d+)/, 60_000)
  return `http://127.0.0.1:${port}`
}

const images = async (page: Page) => {
  const text = await page.locator('.tile .value').first().innerText()
  return Number(text.replaceAll(',', ''))
}

test('images appear on the page of the edge, with what was answered, where they left and how they look', async () => {
  const { page, errors } = await openPage(browser, urls.edge)
  const card = page.locator('.card', { has: page.locator('img') }).first()
  await card.waitFor()
  assert.match(await card.innerText(), /exit \d\s+· (edge|fog|cloud)/)
  for (const name of ['edge', 'fog', 'cloud']) {
    await page.locator('.tier', { hasText: name }).first().waitFor()
  }
  assert.deepEqual(errors, [])
  await page.context().close()
})

test('the page of a tier further on shows itself and what is in front of it; that of the device all', async () => {
  const namesAt = async (url: string) => {
    const response = await fetch(`${url}/page/state`)
    return ((await response.json()) as WatchState).tiers.map(({ name }) => name)
  }
  const pages = await Promise.all([openPage(browser, urls.fog), openPage(browser, urls.device)])
  await until('the chain of the fog', async () => (await namesAt(urls.fog)).length === 2)
  await until('the whole chain', async () => (await namesAt(urls.device)).length === 4)
  assert.deepEqual(await namesAt(urls.fog), ['fog', 'cloud'])
  assert.deepEqual(await namesAt(urls.device), ['device', 'edge', 'fog', 'cloud'])
  const [, { page }] = pages
  await page.locator('.card', { hasText: /✓|✗/ }).first().waitFor()
  assert.deepEqual(await findingsOf(page), [])
  for (const opened of pages) await opened.page.context().close()
})

test('a threshold that is turned changes where the next images leave: of this tier, and of one in front', async () => {
  const { page } = await openPage(browser, `${urls.edge}#token=${token}`)
  const left = async (exit: number) => {
    const knob = page.getByRole('group', { name: new RegExp(`^exit ${exit}`) })
    const text = (await knob.innerText()).replace(/\s+/g, ' ')
    return Number(/Leaves here, last 10 s ([\d.]+) %/.exec(text)?.[1] ?? Number.NaN)
  }
  const typed = (exit: number) =>
    page.getByRole('spinbutton', { name: new RegExp(`^Threshold of exit ${exit}`) })
  await until('most leave at the edge', async () => (await left(0)) > 40, 30_000)
  await typed(0).fill('1')
  await page.keyboard.press('Tab')
  await until('none leaves at the edge', async () => (await left(0)) === 0, 30_000)
  assert.ok((await left(1)) > 0)
  await typed(1).fill('1')
  await page.keyboard.press('Tab')
  await until('none leaves at the fog', async () => (await left(1)) === 0, 30_000)
  await page
    .getByRole('button', { name: /^Back to its own/ })
    .first()
    .click()
  await page
    .getByRole('button', { name: /^Back to its own/ })
    .last()
    .click()
  await until('most leave at the edge again', async () => (await left(0)) > 40, 30_000)
  await page.context().close()
})

test('a cloud that is killed is seen, answers go on, and its return is seen', async (t) => {
  const { page } = await openPage(browser, urls.edge)
  const cloud = page.locator('.tier', { hasText: 'cloud' }).first()
  await cloud.getByText(/answers/).waitFor()
  const killedAt = performance.now()
  await tiers.get('cloud')?.stop('SIGKILL')
  await page.locator('.tier.silent', { hasText: 'cloud' }).waitFor()
  t.diagnostic(`seen ${Math.round(performance.now() - killedAt)} ms after the kill`)
  const before = await images(page)
  await until('answers go on', async () => (await images(page)) > before + 20, 30_000)
  await page.getByText(/answers? by a fallback/).waitFor()
  tiers.set('cloud', await start('cloud'))
  await page.getByRole('log').getByText('cloud answers again.').waitFor({ timeout: 60_000 })
  await page.context().close()
})
