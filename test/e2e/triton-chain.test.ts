// Programs of other people at the doors of a gateway before a chain of three tiers over Kafka: tritonclient over HTTP
// and gRPC, and curl. Whatever they ask by, answers are those of a local run; when the cloud dies, all are answered
// nonetheless. `npm run test:photos` asks 200 photos, `npm test` drawn images.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import type { RunningCli } from '../helpers/cli.ts'
import { labelledImages } from '../helpers/images.ts'
import { startPeer, type PythonPeer } from '../helpers/python-peer.ts'
import {
  frontFlags,
  models,
  newTopics,
  startCluster,
  startTier,
  stopTiers,
  tierFlags,
  type Cluster,
} from './chain.ts'
import { curlImage, startDoors, type DoorAnswer, type Doors } from './doors.ts'
import { runDevice, type Answered } from './peers.ts'

const perLabel = (process.env['DDNN_TEST_PHOTOS'] ?? '') === '' ? 12 : 40

/** Higher than the manifests', so that many images need the cloud. */
const threshold = ['--threshold', '0.95']

let cluster: Cluster
let images: string
let gateway: Doors
let tiers: readonly RunningCli[]
/** Of a local run, by file: the answer is the last hop's. */
let expected: ReadonlyMap<string, Answered>

before(async () => {
  ;[cluster, images] = await Promise.all([startCluster(), labelledImages(perLabel)])
  const topics = newTopics()
  const starting = (['edge', 'fog', 'cloud'] as const).map((tier) =>
    startTier([...tierFlags(cluster, topics, tier), ...threshold]),
  )
  const front = frontFlags(cluster, topics.deviceToEdge, topics.edgeToDevice)
  const doors = startDoors(['--name', 'gate', ...front])
  const local = await runDevice(images, [
    '--models',
    ...['edge', 'fog', 'cloud'].map(models),
    ...threshold,
  ])
  expected = new Map(local.map((answered) => [answered.file, answered]))
  tiers = await Promise.all(starting)
  gateway = await doors
})
after(() => cluster.kafka.stop())

/** One thousandth: a sum in another order differs by less, another image by more, as the first test proves. */
const tolerance = 1e-3

/** NaN, which is on no side of the tolerance, where there is nothing to compare. */
const apart = (a: readonly number[], b: readonly number[]) =>
  a.length === 0 || a.length !== b.length
    ? NaN
    : Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))))

/** Whether the logits are this image's, and come from where it had to leave, or from before that as a fallback. */
function assertOwn(answer: DoorAnswer): 'exit' | 'fallback' {
  const { file, message, fallback, hops, logits } = answer
  assert.equal(message, undefined, file)
  const local = expected.get(file) ?? assert.fail(`no image ${file}`)
  const names = hops?.[0]?.map(({ tier }) => tier.replace('local_', '')) ?? []
  assert.deepEqual(names, ['edge', 'fog', 'cloud'].slice(0, names.length), file)
  // A hop that asked in vain is not told: the last name is who answered.
  const own = local.hops[names.length - 1]?.logits ?? []
  assert.ok(apart(logits?.[0] ?? [], own) < tolerance, `${file} at ${names.join()}`)
  const isEarly = names.length < local.hops.length
  assert.equal(fallback?.[0], isEarly, `${file} at ${names.join()}`)
  return isEarly ? 'fallback' : 'exit'
}

/** One answer an image, each its own; how many of them were fallbacks. */
function assertAllOwn(answers: readonly DoorAnswer[]): number {
  assert.deepEqual(answers.map(({ file }) => file).sort(), [...expected.keys()].sort())
  return answers.filter((answer) => assertOwn(answer) === 'fallback').length
}

function startMany(door: 'http' | 'grpc', atOnce: number, ...flags: readonly string[]) {
  const at = ['--door', door, '--at', gateway[door], '--images', images]
  return startPeer('triton_many.py', [...at, '--at-once', String(atOnce), ...flags])
}

/** All answers of a client, and how long they took. */
async function answersOf(
  context: TestContext,
  name: string,
  peer: PythonPeer,
): Promise<readonly DoorAnswer[]> {
  const lines = await peer.waitForLines(expected.size + 1, 120_000)
  const { code, stderr } = await peer.exited
  assert.equal(code, 0, stderr)
  const answers = lines.slice(0, -1)
  tell(
    context,
    name,
    answers.map(({ seconds }) => Number(seconds)),
    Number(lines.at(-1)?.['seconds']),
  )
  return answers as unknown as readonly DoorAnswer[]
}

/** For who reads the report; nothing is asserted on times. */
function tell(context: TestContext, name: string, seconds: readonly number[], allS: number): void {
  const sorted = [...seconds].sort((a, b) => a - b)
  const ms = (part: number) =>
    Math.round(1000 * (sorted[Math.floor(part * (sorted.length - 1))] ?? NaN))
  const rate = (sorted.length / allS).toFixed(1)
  context.diagnostic(
    `${name}: ${sorted.length} images, ${rate} a second, p50 ${ms(0.5)} ms, p99 ${ms(0.99)} ms, max ${ms(1)} ms`,
  )
}

test('images leave at every tier, and no two of them have like answers', () => {
  const all = [...expected.values()]
  assert.equal(all.length, 5 * perLabel)
  const exits = new Set(all.map(({ hops }) => hops.length))
  assert.deepEqual([...exits].sort(), [1, 2, 3])
  for (const [i, { file, hops }] of all.entries()) {
    for (const other of all.slice(i + 1)) {
      const distance = apart(hops[0]?.logits ?? [], other.hops[0]?.logits ?? [])
      assert.ok(distance > 2 * tolerance, `${file} and ${other.file} are alike`)
    }
  }
})

for (const door of ['http', 'grpc'] as const) {
  test(`tritonclient over ${door}, 64 at once, is answered as a local run is`, async (context) => {
    const peer = await startMany(door, 64)
    assert.equal(assertAllOwn(await answersOf(context, `${door}, 64 at once`, peer)), 0)
  })
}

test('curl with a JPEG is answered as a local run is', async (context) => {
  const files = [...expected.keys()].values()
  const answers: DoorAnswer[] = []
  const seconds: number[] = []
  const startedAt = performance.now()
  const askInTurn = async () => {
    for (const file of files) {
      const askedAt = performance.now()
      answers.push(await curlImage(gateway.http, join(images, file), file))
      seconds.push((performance.now() - askedAt) / 1000)
    }
  }
  await Promise.all(Array.from({ length: 8 }, askInTurn))
  tell(context, 'curl, 8 at once', seconds, (performance.now() - startedAt) / 1000)
  assert.equal(assertAllOwn(answers), 0)
})

test('when the cloud dies in mid-run, all are answered within the budget', async (context) => {
  // A client gives up at its deadline: what comes later is an error here.
  const flags = ['--budget-ms', '2500']
  const peers = await Promise.all([startMany('http', 4, ...flags), startMany('grpc', 4, ...flags)])
  const some = Math.ceil(expected.size / 6)
  await Promise.all(peers.map((peer) => peer.waitForLines(some, 60_000)))
  tiers[2]?.child.kill('SIGKILL')
  const [http, grpc] = await Promise.all([
    answersOf(context, 'http, the cloud killed', peers[0]),
    answersOf(context, 'grpc, the cloud killed', peers[1]),
  ])
  for (const answers of [http, grpc]) {
    const fallbacks = assertAllOwn(answers)
    context.diagnostic(`${fallbacks} of ${answers.length} were fallbacks`)
    assert.ok(fallbacks > 0 && fallbacks <= answers.length - some, `${fallbacks} were fallbacks`)
  }
})

test('gateway and tiers end in order', async () => {
  assert.equal((await gateway.cli.stop()).code, 0)
  await stopTiers(tiers.slice(0, 2))
})
