// A live run beside its prediction, and the hop that a bench measured: by hand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparePlan, differenceOf } from '../../../src/lab/bench/plan-check/compare.ts'
import { describeCheck } from '../../../src/lab/bench/plan-check/table.ts'
import type { BenchRow } from '../../../src/lab/bench/result.ts'
import { atOneSpeed } from '../../../src/lab/plan/at-one-speed.ts'
import { candidatesOf } from '../../../src/lab/plan/choose.ts'
import { hopMsOfRow } from '../../../src/lab/plan/hop-costs.ts'
import { madeFacts, madeOptions } from './made-facts.ts'

const parts = [
  { where: 'device', part: 'decode', ms: 5 },
  { where: 'device-edge', part: 'hop', ms: 20 },
  { where: 'edge', part: 'decode', ms: 0.5 },
  { where: 'edge', part: 'compute', ms: 4 },
  { where: 'edge', part: 'other', ms: 1 },
  { where: 'edge', part: 'encode', ms: 0.05 },
  { where: 'edge-cloud', part: 'hop', ms: 6 },
  { where: 'cloud', part: 'compute', ms: 1.5 },
  { where: 'cloud', part: 'other', ms: 0.5 },
] as const

test('a hop is what each request cost, not each image', () => {
  // 20 + 6 of hops and 1.5 of other for 1 + 0.25 requests an image.
  assert.equal(hopMsOfRow({ parts, exits: { edge: 75, cloud: 25 } }), 27.5 / 1.25)
  assert.ok(Number.isNaN(hopMsOfRow({ parts: [], exits: { edge: 1 } })))
})

test('a check holds mean, leavers and parts of a run against the plan', () => {
  const found = [...candidatesOf(madeFacts, madeOptions)].find(
    ({ arrangement: { tiers } }) => tiers.length === 2,
  )
  assert.ok(found)
  const here = atOneSpeed(found, found.setting, madeFacts, madeOptions)
  // All places at this machine's speed: 5 ms less on the device, 3.05 more in the cloud.
  assert.ok(Math.abs((here.exitMs[0] ?? 0) - (32.1 - 5)) < 1e-9)
  assert.ok(Math.abs((here.exitMs[1] ?? 0) - (60.95 - 5 + 3.05)) < 1e-9)
  const answer = (sample: number, exit: string, ms: number) => ({
    sample,
    scheduledMs: 100 * sample,
    sentMs: 100 * sample,
    answeredMs: 100 * sample + ms,
    exit,
    prediction: 0,
  })
  const answered = [
    answer(0, 'edge', 30),
    answer(1, 'edge', 32),
    answer(2, 'edge', 34),
    answer(3, 'cloud', 80),
  ]
  const row = { parts, accuracy: 0.75 } as unknown as BenchRow
  const check = comparePlan(here, madeFacts, {
    linked: { rows: [row], answered },
    hopMs: 3,
    load: 9,
  })
  const measured = Object.fromEntries(
    check.figures.map(({ name, measuredMs }) => [name, measuredMs]),
  )
  assert.deepEqual(measured, {
    mean: 44,
    median: 32,
    p95: 80,
    'left at edge': 32,
    'left at cloud': 80,
  })
  assert.deepEqual(check.measuredShares, { edge: 0.75, cloud: 0.25 })
  const hop = check.parts.find(({ name }) => name === 'device-edge hop')
  // Predicted: 3 of ddnn's own and 14.6 of the link; measured with what the tier did beside its stages.
  assert.ok(hop && Math.abs(hop.predictedMs - 17.6) < 1e-9)
  assert.equal(hop.measuredMs, 21)
  assert.ok(Math.abs(differenceOf(hop) - (21 / 17.6 - 1)) < 1e-9)
  const text = describeCheck(check, 2).join(' ')
  assert.match(
    text,
    /The mean is 25\.\d % above the prediction, more than 15 %: device-edge hop \+3\.4 ms/,
  )
  assert.match(text, /load 9\.0 on 2 cores\): these times say little/)
  assert.doesNotMatch(describeCheck(check, 8).join(' '), /these times say little/)
})
