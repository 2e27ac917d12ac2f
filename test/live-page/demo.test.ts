// `ddnn demo --watch`: an address with a token, images that go round, and an end in order. `npm run test:page`.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { WatchState, WatchTick } from '../../src/domain/watch.ts'
import { readCsv, startCli, tempFolder } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { firstTick } from './first-tick.ts'

for (const [name, flags] of [
  ['in one process', []],
  ['as processes over Kafka', ['--kafka']],
] as const) {
  test(`${name}: the page is there, images go round, SIGTERM ends it in order, with the first round's rows`, async () => {
    const output = join(tempFolder(), 'results.csv')
    const html = join(tempFolder(), 'results.html')
    const demo = startCli([
      ...['demo', '--watch', '--limit', '10', '--rate', '40', '-o', output, '--html', html],
      ...flags,
    ])
    const [, origin = '', token = ''] = await demo.waitFor(
      /Live page: (http:\/\/127\.0\.0\.1:\d+)\/#token=(\S+)/,
      120_000,
    )
    let tick: WatchTick | undefined
    await until(
      'a second round',
      async () => {
        tick = await firstTick(origin).catch(() => undefined)
        return (tick?.images ?? 0) > 20 && tick?.tiers.length === 4
      },
      90_000,
    )
    assert.equal(tick?.expected, undefined)
    const turned = await fetch(`${origin}/page/thresholds`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ exit: 1, threshold: 0.9 }),
    })
    assert.equal(turned.status, 200)
    const { tiers } = (await turned.json()) as WatchState
    assert.equal(tiers[2]?.exits[0]?.turned, 0.9)
    const { code } = await demo.stop('SIGTERM')
    assert.equal(code, 0)
    assert.equal(readCsv(output).length, 10)
    assert.ok(existsSync(html))
  })
}
