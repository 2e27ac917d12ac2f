// The curves of a run: of each, what is turned up, and how a scene of one value of it is built and loaded. CPU is ms an
// image where images are asked, ms a second (a thousandth of a core) at rest.
import { measureWindow } from './window.mjs'

/** Batches of one: a replica's rate is then the engine's alone. */
const oneByOne = ['--max-batch-size', '1']

/**
 * @typedef {{ brokers: string, brokerPid: number | undefined, scratch: string, seconds: number, open(options:
 *   object): Promise<object> }} Context
 */

/** @returns {readonly { name: string, title: string, x: string, values: number[], run(value: number, context:
 *   Context): Promise<object[]> }[]} */
export function curvesOf({ replicas, sampleMs }) {
  return [
    {
      name: 'replicas',
      title: `Replicas of one tier, ${sampleMs} ms a sample, 8 partitions`,
      x: 'replicas',
      values: replicas,
      run: (value, context) => replicasOf(value, sampleMs, context),
    },
    {
      name: 'tiers',
      title: 'Tiers in a chain, 5 ms a pass in each',
      x: 'tiers',
      values: [1, 2, 3, 4],
      run: tiersOf,
    },
    {
      name: 'partitions',
      title: 'Partitions of the topics, one replica, 5 ms a pass',
      x: 'partitions',
      values: [1, 2, 4, 8, 32, 128],
      run: partitionsOf,
    },
    {
      name: 'rate',
      title: 'Images a second, one replica, 1 ms a pass',
      x: 'images a second',
      values: [10, 25, 50, 100, 200, 400],
      run: ratesOf,
    },
    {
      name: 'size',
      title: 'Size of a request at 50 images a second, one replica',
      x: 'side of the image',
      values: [4, 58, 183],
      run: sizesOf,
    },
    {
      name: 'devices',
      title: 'Devices on 8 reply partitions, 40 images a second together',
      x: 'devices',
      values: [1, 10, 50, 200],
      run: devicesOf,
    },
  ]
}

async function replicasOf(replicas, sampleMs, context) {
  const flags = oneByOne
  return withScene(context, { replicas, sampleMs, flags }, async (measure) => [
    { load: 'none', ...(await measure(undefined)) },
    // Enough that no replica ever waits for a request.
    { load: '8 in flight a replica', ...(await measure({ inFlight: 8 * replicas })) },
  ])
}

async function tiersOf(tiers, context) {
  return withScene(context, { tiers, passMs: 5 }, async (measure) => [
    { load: '1 in flight', ...(await measure({ inFlight: 1 })) },
    { load: '16 in flight', ...(await measure({ inFlight: 16 })) },
  ])
}

async function partitionsOf(partitions, context) {
  return withScene(context, { partitions, passMs: 5 }, async (measure) => [
    { load: 'none', ...(await measure(undefined)) },
    { load: '1 in flight', ...(await measure({ inFlight: 1 })) },
    { load: '50 a second', ...(await measure({ rate: 50 })) },
  ])
}

async function ratesOf(rate, context) {
  return withScene(context, { passMs: 1 }, async (measure) => [
    { load: `${rate} a second`, ...(await measure({ rate })) },
  ])
}

async function sizesOf(side, context) {
  return withScene(context, { side, passMs: 1 }, async (measure) => [
    { load: '50 a second', ...(await measure({ rate: 50 })) },
  ])
}

async function devicesOf(devices, context) {
  return withScene(context, { devices, passMs: 1 }, async (measure) => [
    { load: 'none', ...(await measure(undefined)) },
    { load: '40 a second', ...(await measure({ rate: 40 })) },
  ])
}

async function withScene({ open, brokers, scratch, brokerPid, seconds }, options, measureAll) {
  const scene = await open({ brokers, scratch, ...options })
  try {
    return await measureAll((load) => measureWindow({ scene, brokerPid, load, seconds }))
  } finally {
    await scene.close()
  }
}
