// What the page remembers of what it was told: sentences of what changed, and the last images.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WatchTick } from '../../src/domain/watch.ts'
import { emptyGallery, shownImages, withImages } from '../../src/page/images/gallery.ts'
import { nothingYet, withTold, type Told } from '../../src/page/watching.ts'
import {
  failedImage,
  madeUpImage,
  madeUpLife,
  madeUpState,
  madeUpTick,
} from '../live-page/made-up.ts'

const state = madeUpState(['edge', 'cloud'], 'tier')
const longer = madeUpState(['edge', 'fog', 'cloud'], 'tier')
const tick = madeUpTick(state, 250, 40, [0.7, 0.3])

const saidAfter = (...told: readonly Told[]) =>
  told.reduce(withTold, nothingYet).said.map(({ sentence }) => sentence)
const changed = (name: string, change: object) => ({
  kind: 'state' as const,
  state: {
    ...state,
    tiers: state.tiers.map((tier) => (tier.name === name ? { ...tier, ...change } : tier)),
  },
})
const first = { kind: 'state', state } as const

test('what is there at first is no change; a tier that falls silent, answers, starts anew or comes is one', () => {
  assert.deepEqual(saidAfter(first, { kind: 'tick', tick }, first), [])
  const silent = changed('cloud', { state: 'silent', silentMs: 900 })
  assert.deepEqual(saidAfter(first, silent, silent, first), [
    'cloud gives no answer.',
    'cloud answers again.',
  ])
  const other = { ...madeUpLife, instance: 'other' }
  assert.deepEqual(saidAfter(first, changed('cloud', { life: other })), ['cloud was started anew.'])
  // Of replicas now one, now another tells.
  const many = changed('cloud', { life: other, replicas: 3 })
  assert.deepEqual(saidAfter(first, many), [])
  const withFirst = (count: number) =>
    ({ kind: 'state', state: { ...longer, tiers: longer.tiers.slice(0, count) } }) as const
  assert.deepEqual(saidAfter(withFirst(0), withFirst(1), withFirst(2)), [])
  assert.deepEqual(saidAfter(withFirst(2), withFirst(3)), ['cloud has come.'])
})

test('a threshold that was turned, by whomever, is said once', () => {
  const exits = state.tiers[0]?.exits.map((exit) => ({ ...exit, turned: 0.5 }))
  const turned = changed('edge', { exits })
  assert.deepEqual(saidAfter(first, turned, turned, first), [
    'Threshold of exit 0 turned to 0.50.',
    'Exit 0 has its own threshold again, 0.80.',
  ])
})

test('the last five sentences are kept, and numbers go on', () => {
  const silent = changed('cloud', { state: 'silent' })
  const told = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? first : silent))
  const { said } = told.reduce<typeof nothingYet>(withTold, nothingYet)
  assert.deepEqual(
    said.map(({ number }) => number),
    [15, 16, 17, 18, 19],
  )
})

test('a process that starts anew under its name is counted, however long nothing was heard of it; a gap is no start', () => {
  const startsAfter = (...ticks: readonly WatchTick[]) =>
    ticks.map((tick) => ({ kind: 'tick' as const, tick })).reduce(withTold, nothingYet).starts
  const at = (ms: number, perSecond = 40) => madeUpTick(state, ms, perSecond, [0.7, 0.3])
  const otherLife = { ...madeUpLife, instance: 'other' }
  const other = (tick: WatchTick) => ({
    ...tick,
    tiers: tick.tiers.map((tier) => ({ ...tier, life: otherLife })),
  })
  const nameless = { ...at(250), tiers: [] }
  assert.equal(startsAfter(at(250), at(500), at(750)), 0)
  assert.equal(startsAfter(at(250), at(600_000)), 0)
  assert.equal(startsAfter(nameless, at(500)), 0)
  assert.equal(startsAfter(at(60_000), at(250), at(500)), 1)
  assert.equal(startsAfter(at(60_000), at(61_000, 1)), 1)
  assert.equal(startsAfter(at(250), at(250), at(250)), 2)
  assert.equal(startsAfter(at(10_000), other(at(60_000)), other(at(60_250))), 1)
})

test('a few images are taken at a time, those with a picture first, and no more kept than shown', () => {
  const images = Array.from({ length: 12 }, (_, i) => madeUpImage(state, i + 1, 0))
  const pictured = images.map((image, i) => (i < 3 ? { ...image, thumbnail: 'data:,' } : image))
  const gallery = withImages(emptyGallery, pictured)
  assert.deepEqual(
    gallery.last.map(({ number }) => number),
    [12, 11, 10, 3, 2, 1],
  )
  let full = gallery
  for (let round = 1; round < 20; round += 1) {
    full = withImages(
      full,
      images.map((image) => ({ ...image, number: image.number + 12 * round })),
    )
  }
  assert.equal(full.last.length, shownImages)
  assert.equal(withImages(full, full.last), full)
})

test('every wrong image, fallback and image without an answer is kept, also where cards are few', () => {
  const images = Array.from({ length: 12 }, (_, i) => madeUpImage(state, i + 54, 0))
  const { faulty } = withImages(emptyGallery, [...images, failedImage(state, 53)])
  assert.deepEqual(
    faulty.map(({ number }) => number),
    [63, 56, 53],
  )
})
