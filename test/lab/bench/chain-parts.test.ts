import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chainParts } from '../../../src/lab/bench/meter/chain-parts.ts'

// Ten images of 100 ms: the device waits 950 ms of 1,000 for the edge, half of them go on to the fog.
const edge = {
  tier: 'edge',
  offloadedBytes: 0,
  stages: { total: 820, decode: 20, queue: 10, compute: 200, offload: 500, encode: 50, reply: 40 },
}
const fog = {
  tier: 'fog',
  offloadedBytes: 0,
  stages: { total: 330, decode: 10, queue: 5, compute: 250, reply: 30 },
}
const parts = chainParts({ name: 'device', decode: 50, asking: 950 }, [edge, fog])
const of = (where: string, part: string) =>
  parts.find((one) => one.where === where && one.part === part)?.ms

describe('The parts of a chain', () => {
  test('add up to what the asker took: no millisecond is in two of them, none is lost', () => {
    const sum = parts.reduce((total, { ms }) => total + ms, 0)
    assert.equal(sum, 50 + 950)
  })

  test('take the wait for the acknowledgement of a reply for no time of its answer', () => {
    assert.equal(of('device-edge', 'hop'), 950 - (820 - 40))
  })

  test('count the encoding of features to the tier that sends them, not to its hop', () => {
    assert.equal(of('edge', 'encode'), 50)
    assert.equal(of('edge-fog', 'hop'), 500 - 50 - (330 - 30))
  })

  test('leave in other what a tier spends outside of its stages', () => {
    assert.equal(of('edge', 'other'), 820 - 40 - 20 - 10 - 200 - 500)
  })
})
