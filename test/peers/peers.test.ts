// The peers of the bench (bench/peers), each started as a bench starts it: it answers as a local run of ddnn does,
// and nothing of it is left. Needs Python environments of some 2 GB, so it runs when it is named: `npm run test:peers`.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Contestant, Setting } from '../../src/lab/bench/contestant.ts'
import type { ClientAnswer } from '../../src/lab/bench/driver/client.ts'
import { runCli, tempFolder } from '../helpers/cli.ts'
import { models } from '../e2e/chain.ts'
import { localAnswers, preparePeers, type PeerInputs } from './prepare.ts'
import { loadPeer, processesBelow, stillRunning } from './load-peer.ts'

const tiers = ['edge', 'fog', 'cloud']
const modes = ['thresholds', 'last'] as const
type Mode = (typeof modes)[number]

let inputs: PeerInputs
let exported: readonly string[]
const truth = {} as Record<Mode, readonly ClientAnswer[]>

before(async () => {
  inputs = await preparePeers()
  const output = tempFolder()
  const { code, stderr } = await runCli(['export', '--models', ...tiers.map(models), '-o', output])
  assert.equal(code, 0, stderr)
  exported = tiers.map((tier) => `${output}/${tier}`)
  truth.thresholds = await localAnswers(inputs.folder, [])
  truth.last = await localAnswers(inputs.folder, ['--threshold', '1.1'])
})

/** Asks a peer for every image, and ends it; whatever it started has ended then. */
async function answersOf(name: string, exits: Mode): Promise<readonly ClientAnswer[]> {
  const contestant: Contestant = await loadPeer(name, {
    models: tiers.map(models),
    labels: inputs.labels,
    exported,
    exits,
  })
  const setting: Setting = {
    inputs,
    form: 'decoded',
    scratch: tempFolder(),
    brokers: process.env['DDNN_TEST_KAFKA'],
  }
  const running = await contestant.start(setting)
  const own = await processesBelow(process.pid)
  try {
    const inFlight = Math.min(4, contestant.maxInFlight)
    const samples = inputs.images.length
    const load = { scenario: 'concurrency', samples, inFlight, maxSeconds: 600 } as const
    const earlier = await running.read()
    const { answered } = await running.run(load)
    const { cpuMs } = await running.read()
    for (const [process, ms] of Object.entries(earlier.cpuMs)) {
      assert.ok((cpuMs[process] ?? 0) >= ms, `CPU of ${process} grows`)
    }
    assert.ok(['device', 'edge', 'cloud'].every((process) => (cpuMs[process] ?? 0) > 0))
    assert.deepEqual(
      answered.flatMap(({ failure }) => failure ?? []),
      [],
    )
    return answered
      .toSorted((a, b) => a.sample - b.sample)
      .map(({ exit, prediction }) => ({ exit, prediction }))
  } finally {
    await running.stop()
    assert.deepEqual(await stillRunning(own), [], 'no process is left')
  }
}

test('images leave a local run at every tier, so that answers of a peer say something', () => {
  assert.deepEqual([...new Set(truth.thresholds.map(({ exit }) => exit))].sort(), tiers.toSorted())
  assert.ok(new Set(truth.last.map(({ prediction }) => prediction)).size > 2)
})

for (const name of ['ray-serve', 'ray-serve-defaults', 'kafka-python']) {
  describe(name, () => {
    for (const exits of modes) {
      test(`answers as a local run does (${exits}), and leaves no process`, async () => {
        assert.deepEqual(await answersOf(name, exits), truth[exits])
      })
    }
  })
}

describe('joint-inference', () => {
  test('answers as the first exit or as the last one, and leaves no process', async () => {
    const expected = truth.thresholds.map((answer, i) =>
      answer.exit === 'edge' ? answer : truth.last[i],
    )
    assert.deepEqual(await answersOf('joint-inference', 'thresholds'), expected)
  })

  test('answers as the last exit where every image is sent on', async () => {
    assert.deepEqual(await answersOf('joint-inference', 'last'), truth.last)
  })
})
