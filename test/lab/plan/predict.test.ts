// What a candidate is predicted to come to, worked by hand, and waits against a simulation.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../../src/domain/random.ts'
import { candidatesOf } from '../../../src/lab/plan/choose.ts'
import type { Candidate, PlanOptions } from '../../../src/lab/plan/plan.ts'
import { percentileOf } from '../../../src/lab/plan/predict.ts'
import { queueWaitMs, roundTripWaitMs } from '../../../src/lab/plan/waits.ts'
import { madeFacts, madeOptions } from './made-facts.ts'

/** The split with the small submodel at the edge and the large one in the cloud. */
function splitOf(options: PlanOptions = madeOptions): Candidate {
  const found = [...candidatesOf(madeFacts, options)].find(
    ({ arrangement: { tiers } }) => tiers.length === 2 && tiers[0]?.place.name === 'edge',
  )
  assert.ok(found)
  return found
}

function closeTo(actual: number | undefined, expected: number): void {
  assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-9, `${actual} is not ${expected}`)
}

test('the split over edge and cloud comes to what the sum by hand is', () => {
  const { exitMs, meanMs, p95Ms, linkBytes, parts } = splitOf()
  // Device: 5 ms to decode, at half the speed. Way to the edge: 3 of ddnn's own, twice 2 of delay, 10,100 bytes up
  // at 1 ms a kilobyte, 500 bytes down. Edge: 0.5 to write pixels, 4 to compute.
  const edge = 10 + 3 + 4 + 10.1 + 0.5 + 0.5 + 4
  closeTo(exitMs[0], edge)
  // Edge encodes 0.2; 3 and twice 10, 2,100 bytes up, 500 down; the cloud is twice as fast: 0.05 and 3.
  const cloud = edge + 0.2 + 3 + 20 + 2.1 + 0.5 + 0.05 + 3
  closeTo(exitMs[1], cloud)
  closeTo(meanMs, 0.75 * edge + 0.25 * cloud)
  closeTo(p95Ms, cloud)
  closeTo(linkBytes[0], 10_000)
  closeTo(linkBytes[1], 500)
  closeTo(parts.find(({ where, part }) => where === 'cloud' && part === 'compute')?.ms, 0.75)
  closeTo(
    parts.reduce((sum, { ms }) => sum + ms, 0),
    meanMs,
  )
})

test('p95 is the time within which 95 of 100 images are answered, not the last one', () => {
  assert.equal(percentileOf([0.5, 0.45, 0.05], [10, 20, 90], 0.95), 20)
  assert.equal(percentileOf([0.5, 0.4, 0.1], [10, 20, 90], 0.95), 90)
  assert.equal(percentileOf([0, 1, 0], [Infinity, 20, Infinity], 0.95), 20)
})

test('replicas grow with the rate, and too many are a problem', () => {
  const at = (rate: number, maxReplicas = 8) =>
    splitOf({ ...madeOptions, demand: { rate, devices: 1000, utilisation: 0.7, maxReplicas } })
  // The edge works 1 + 0.5 + 4 ms for each image and 0.2 for the quarter that goes on: 5.55 ms.
  assert.deepEqual(at(100).replicas, [1, 1])
  assert.deepEqual(at(200).replicas, [2, 1])
  assert.deepEqual(at(126).replicas, [1, 1], '126 x 5.55 ms are 0.6993')
  assert.deepEqual(at(127).replicas, [2, 1], '127 x 5.55 ms are 0.7049')
  assert.deepEqual(at(200).problems, [])
  assert.deepEqual(at(200, 1).problems, ['edge: 2 replicas are needed'])
})

test('a link that is too narrow for the rate is a problem, and so are too few devices', () => {
  const demand = { rate: 1500, devices: 1000, utilisation: 0.7, maxReplicas: 100 }
  // A quarter of 1,500 images a second, 2,100 bytes each: 6.3 of 8 Mbit/s.
  assert.deepEqual(splitOf({ ...madeOptions, demand }).problems, [
    'edge-cloud: the link would be 79 % busy',
  ])
  const { problems } = splitOf({ ...madeOptions, demand: { ...demand, rate: 150, devices: 1 } })
  // 11 ms of decoding and ddnn's own at half the speed, and 10.1 ms of the device's own link.
  assert.match(problems[0] ?? '', /^device: 3 devices are needed/)
  assert.match(problems[1] ?? '', /^device-edge: the link would be 15\d % busy/)
})

test('a queue of equal work waits as M/D/1 does', () => {
  closeTo(queueWaitMs(0.05, [{ share: 1, ms: 10 }]), 5)
  assert.equal(queueWaitMs(0.1, [{ share: 1, ms: 10 }]), Infinity)
  assert.equal(queueWaitMs(0, [{ share: 0, ms: 10 }]), 0)
})

test('the wait for a request under way is what a simulation gives', () => {
  const roundTrip = 40
  for (const perMs of [0.002, 0.02, 0.1]) {
    const random = createRandom(7)
    let now = 0
    let freeAt = 0
    let hadWaiters = false
    let waited = 0
    const images = 200_000
    for (let i = 0; i < images; i++) {
      now += -Math.log(1 - random()) / perMs
      // What waited is taken at `freeAt`, and the next round trip begins.
      while (freeAt < now && freeAt + roundTrip > now && hadWaiters) {
        freeAt += roundTrip
        hadWaiters = false
      }
      if (now >= freeAt) {
        freeAt = now + roundTrip
        hadWaiters = false
      } else {
        waited += freeAt - now
        hadWaiters = true
      }
    }
    const mean = waited / images
    const predicted = roundTripWaitMs(perMs, roundTrip)
    assert.ok(Math.abs(mean / predicted - 1) < 0.03, `${mean} is not ${predicted} at ${perMs}`)
  }
})
