// The tiers of another built checkout of ddnn, a release before perhaps, asked by this one's device: what a change
// brought. DDNN_BENCH_CHECKOUT names its folder; it runs the same models.
import { basename, join, resolve } from 'node:path'
import { createDdnnKafka } from '../../dist/lab/bench/contestants/ddnn-kafka.js'

const limits = { partitions: 8, maxInFlight: 256, timeoutMs: 30_000 }

/** @returns {import('../../dist/lab/bench/contestant.js').Contestant} */
export function createPeer({ models, exits }) {
  const folder = process.env.DDNN_BENCH_CHECKOUT
  if (folder === undefined) {
    throw new Error('Expected DDNN_BENCH_CHECKOUT to name a built checkout of ddnn, got none')
  }
  return createDdnnKafka({
    ...limits,
    name: 'ddnn before',
    kind: 'peer',
    description: 'tiers of another checkout, by their default flags, asked by this device',
    main: join(resolve(folder), 'dist', 'main.js'),
    tiers: models.map((model) => ({ name: basename(model), models: [resolve(model)] })),
    exits: exits === 'last' ? 'last' : 'any',
    flags: [],
    send: 'uint8',
    sendQuality: undefined,
  })
}
