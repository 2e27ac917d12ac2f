// The arithmetic of docs/scaling.md: what it says of a fleet follows from the formulas that the page gives.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { fc } from '../../../helpers/property.ts'
import { repoPath } from '../../../helpers/paths.ts'

interface Link {
  readonly link: string
  readonly clusters: number
  readonly askers: number
  readonly imagesASecond: number
  readonly bytesOut: number
  readonly readersAPartition: number
  readonly requestPartitions: number
  readonly replyPartitions: number
  readonly brokerCores: number
  readonly brokers: number
  readonly bound: string
  readonly connectionsABroker: number
  readonly replicas: number
}
interface Fleet {
  readonly devices: number
  readonly imagesASecond: number
  readonly sites: number
  readonly replication: number
  readonly askersAPartition: number
  readonly [name: string]: unknown
}
const { defaultFleet, sizeFleet } = (await import(
  pathToFileURL(repoPath('bench', 'scaling', 'arithmetic.mjs')).href
)) as {
  defaultFleet: Fleet
  sizeFleet: (fleet: Fleet, costs: object) => { links: Link[]; breaks: string[] }
}

const costs = {
  brokerMsAnImage: 1,
  brokerMsAMB: 10,
  brokerMsAForeign: 0.1,
  brokerMsAnAskerSecond: 0.5,
  tierMsAnImage: 1,
  tierMb: 128,
}
const sizeOf = (more: Partial<Fleet>) => sizeFleet({ ...defaultFleet, ...more }, costs)

test('a fleet worked out by hand', () => {
  const { links } = sizeOf({
    devices: 1000,
    imagesASecond: 1,
    imageBytes: 10_000,
    replyBytes: 500,
    replication: 1,
    askersAPartition: 5,
    utilisation: 0.5,
    tiers: [{ name: 'edge', share: 1, computeMs: 4 }],
  })
  // 1000 images/s of 4 + 1 ms each are 5 processors, 10 of which half is used.
  const [link] = links
  assert.equal(link?.link, 'device - edge')
  assert.equal(link.replicas, 10)
  assert.equal(link.requestPartitions, 10)
  assert.equal(link.replyPartitions, 200)
  // Requests once, replies five times.
  assert.equal(link.bytesOut, 1000 * (10_000 + 5 * 500))
  // 1000 ms for images, 105 for 10.5 MB, 400 for replies of others, 500 for devices: 2.005 cores, half used.
  assert.ok(Math.abs(link.brokerCores - 4.01) < 1e-9, String(link.brokerCores))
  assert.equal(link.brokers, 1)
  assert.equal(link.connectionsABroker, 2000)
})

test('a hundred thousand devices on one cluster are beyond what Kafka documents, and on sites they are not', () => {
  const flat = sizeOf({})
  assert.ok(
    flat.breaks.some((line) => /connections of each broker/.test(line)),
    flat.breaks.join(),
  )
  const { breaks, links } = sizeOf({ sites: 100 })
  assert.deepEqual(breaks, [])
  assert.equal(links[0]?.clusters, 100)
  assert.equal(links[0].askers, 1000)
  // The edges of all sites ask the fog.
  assert.equal(links[1]?.askers, 100 * links[0].replicas)
})

const fleets = fc.record({
  devices: fc.integer({ min: 1, max: 1_000_000 }),
  imagesASecond: fc.double({ min: 0.001, max: 10, noNaN: true }),
  sites: fc.integer({ min: 1, max: 1000 }),
  replication: fc.integer({ min: 1, max: 3 }),
  askersAPartition: fc.integer({ min: 1, max: 1000 }),
})

test('every replica has as many request partitions as the next, brokers hold all copies, no reply partition has more askers than wished for', () => {
  fc.assert(
    fc.property(fleets, (fleet) => {
      for (const link of sizeOf(fleet).links) {
        assert.equal(link.requestPartitions % link.replicas, 0)
        assert.ok(link.brokers >= fleet.replication)
        assert.ok(link.readersAPartition <= Math.max(1, fleet.askersAPartition) + 1e-9)
      }
    }),
  )
})

test('more devices never need less', () => {
  fc.assert(
    fc.property(fleets, fc.integer({ min: 1, max: 10 }), (fleet, times) => {
      const few = sizeOf(fleet).links[0]
      const many = sizeOf({ ...fleet, devices: fleet.devices * times }).links[0]
      assert.ok(few !== undefined && many !== undefined)
      for (const name of ['brokers', 'replicas', 'brokerCores', 'bytesOut'] as const) {
        assert.ok(many[name] >= few[name] * (1 - 1e-9), name)
      }
    }),
  )
})
