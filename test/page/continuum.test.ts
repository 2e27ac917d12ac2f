// Where the picture of the continuum has its parts, and how dots travel over it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flightOf, mostFlights, positionOf, withFlights } from '../../src/page/continuum/flights.ts'
import { cutText, exitCountsOf, layoutOf, linkWidth } from '../../src/page/continuum/layout.ts'
import { linkLoad } from '../../src/page/tiers.ts'
import { fc } from '../helpers/property.ts'
import { failedImage, madeUpImage, madeUpState } from '../live-page/made-up.ts'

const widths = fc.integer({ min: 300, max: 2400 })
const exits = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 8 })

test('of none to eight tiers on any screen nothing lies outside, and no two tiers or chips overlap', () => {
  fc.assert(
    fc.property(widths, exits, fc.boolean(), (width, exits, hasInlet) => {
      assert.deepEqual(exitCountsOf(exits.join()), exits)
      const { tiers, links, chip, radius, height } = layoutOf({ width, exits, hasInlet })
      const boxes = tiers.flatMap(({ centre: { x, y }, exits }) => [
        {
          left: x - radius - 5,
          right: x + radius + 5,
          top: y - radius - 5,
          bottom: y + radius + 5,
        },
        ...exits.map((at) => ({
          left: at.x,
          right: at.x + chip.width,
          top: at.y - chip.height / 2,
          bottom: at.y + chip.height / 2,
        })),
      ])
      for (const [i, a] of boxes.entries()) {
        assert.ok(a.left >= 0 && a.right <= width && a.top >= 0 && a.bottom <= height, `${i}`)
        for (const b of boxes.slice(i + 1)) {
          const isApart =
            a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top
          assert.ok(isApart, JSON.stringify([a, b]))
        }
      }
      assert.equal(links.length, Math.max(0, tiers.length - (hasInlet ? 0 : 1)))
      for (const { from, to } of links) assert.ok(to.x - from.x + to.y - from.y >= 20)
    }),
  )
})

test('a link is thicker the more passes, and never as thick as a tier', () => {
  const loads = [undefined, 1e3, 1e5, 1e7, 1e12].map(linkWidth)
  assert.deepEqual(
    loads,
    loads.toSorted((a, b) => a - b),
  )
  assert.ok((loads.at(-1) ?? 99) <= 14)
  assert.equal(cutText('a-tier-with-a-long-name', 10), 'a-tier-wi…')
})

const state = madeUpState(['device', 'edge', 'fog', 'cloud'], 'device')
const layout = layoutOf({ width: 1200, exits: [0, 1, 1, 1], hasInlet: false })

test('a link says the bytes of who sends, else of who receives; within one process and of HTTP alone it says none', () => {
  const [device, edge] = state.tiers
  assert.ok(device?.life !== undefined && edge?.life !== undefined)
  assert.equal(linkLoad(device, edge), 640_000)
  assert.equal(linkLoad({ ...device, life: undefined }, edge), 2_400_000)
  assert.equal(linkLoad(device, { ...edge, state: 'here' }), undefined)
  assert.equal(linkLoad(undefined, edge), 2_400_000)
  const life = { ...edge.life, receivedBytesPerSecond: 0 }
  assert.equal(linkLoad(undefined, { ...edge, life }), undefined)
})

test('a dot goes over every tier up to the one that answered, and ends at its exit', () => {
  const flight = flightOf({ ...madeUpImage(state, 4, 1), agoMs: 250 }, state.tiers, layout, 0)
  assert.ok(flight !== undefined)
  const xs = layout.tiers.slice(0, 3).map(({ centre }) => centre.x)
  assert.deepEqual(
    flight.points.slice(0, 3).map(({ x }) => x),
    xs,
  )
  assert.deepEqual(positionOf(flight, 0), layout.tiers[0]?.centre)
  const end = positionOf(flight, flight.endsAt - 0.001)
  const chip = layout.tiers[2]?.exits[0]
  assert.ok(Math.abs((end?.y ?? 0) - (chip?.y ?? 0)) < 1)
  assert.equal(positionOf(flight, flight.endsAt), undefined)
})

test('no more dots travel than can be followed; those of long ago, and of tiers not shown, do not', () => {
  const images = Array.from({ length: 100 }, (_, i) => madeUpImage(state, i + 1, i % 3))
  const flights = images.flatMap((image) => flightOf(image, state.tiers, layout, 0) ?? [])
  assert.equal(withFlights([], flights, 0).length, mostFlights)
  assert.equal(withFlights(flights, [], 1e6).length, 0)
  const image = madeUpImage(state, 1, 0)
  assert.equal(flightOf({ ...image, agoMs: 60_000 }, state.tiers, layout, 0), undefined)
  assert.equal(flightOf({ ...image, exit: 9, tier: 'moon' }, state.tiers, layout, 0), undefined)
  assert.equal(flightOf(failedImage(state, 2), state.tiers, layout, 0)?.exit, undefined)
})
