// `npm run soak` in its short form: it proves the harness; how memory grows takes half an hour to tell.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repoPath } from '../helpers/paths.ts'
import { pathToFileURL } from 'node:url'
import { runFaults } from './run-faults.ts'

interface Soaked {
  readonly capacity: number
  readonly rate: number
  readonly verdict: Readonly<Record<'images' | 'rows' | 'lost' | 'wrong' | 'double', number>>
  readonly growths: readonly {
    readonly tier: string
    readonly rssMb: number
    readonly rss: { readonly perHour: number }
    readonly files: readonly [number, number]
  }[]
}

test('at 80 % of capacity every image is answered, and growth is told of each tier', async () => {
  const { code, stdout, stderr } = await runFaults('soak.mjs', ['--short'])
  assert.equal(code, 0, stderr)
  const { capacity, rate, verdict, growths } = JSON.parse(stdout) as Soaked
  assert.ok(Math.abs(rate / capacity - 0.8) < 1e-9)
  const { images, rows, lost, wrong, double } = verdict
  assert.ok(images > 0)
  assert.deepEqual({ rows, lost, wrong, double }, { rows: images, lost: 0, wrong: 0, double: 0 })
  assert.deepEqual(
    growths.map(({ tier }) => tier),
    ['edge', 'fog', 'cloud'],
  )
  for (const { tier, rssMb, rss, files } of growths) {
    assert.ok(rssMb > 20 && Number.isFinite(rss.perHour) && files[1] > 5, tier)
  }
})

test('the slope of a line with noise around it is found, with its error', async () => {
  interface Sample {
    readonly seconds: number
    readonly value: number
  }
  const script = pathToFileURL(repoPath('bench', 'faults', 'slope.mjs')).href
  const { slopeOf } = (await import(script)) as {
    readonly slopeOf: (
      samples: readonly Sample[],
    ) => { perHour: number; plusMinus: number } | undefined
  }
  const line = Array.from({ length: 100 }, (_, i) => ({
    seconds: i * 36,
    value: 100 + i * 0.36 + (i % 2 === 0 ? 0.5 : -0.5),
  }))
  const { perHour, plusMinus } = slopeOf(line) ?? { perHour: NaN, plusMinus: NaN }
  assert.ok(Math.abs(perHour - 36) < plusMinus && plusMinus < 1)
  assert.equal(slopeOf(line.slice(0, 2)), undefined)
})
