// Python peers, which speak and err as the original does, in every place of a chain whose other places
// are ours: no answer is lost, none goes to another image.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { RunningCli } from '../helpers/cli.ts'
import { chainPhotos, labelledImages } from '../helpers/images.ts'
import { startPeer, type PythonPeer } from '../helpers/python-peer.ts'
import {
  frontFlags,
  startCluster,
  startTier,
  stopTiers,
  tierFlags,
  type Cluster,
  type TierName,
  type Topics,
} from './chain.ts'
import {
  answeredOf,
  assertDistinct,
  assertOwnAnswer,
  assertOwnFallback,
  createTopics,
  expectedHops,
  isFallback,
  localRun,
  localTruth,
  middleThreshold,
  rawExits,
  runDevice,
  type Answered,
  type Truth,
} from './peers.ts'

const json = ['--wire-front', 'json']

let cluster: Cluster
let images: string
let truth: Truth
let threshold: number
/** Tiers that each image passes, by file. */
let hopCounts: ReadonlyMap<string, number>
const peers: PythonPeer[] = []

before(async () => {
  cluster = await startCluster()
  images = await labelledImages(3, chainPhotos())
  truth = await localTruth(images)
  assertDistinct(truth)
  threshold = middleThreshold(truth)
  hopCounts = expectedHops(truth, threshold)
  assertAllOwn(await localRun(images, threshold))
})
after(async () => {
  await Promise.all(peers.map((peer) => peer.stop()))
  await cluster.kafka.stop()
})

const hopCountOf = ({ file }: Answered) => hopCounts.get(file) ?? assert.fail(`no image ${file}`)
const isOffloaded = (answered: Answered) => hopCountOf(answered) > 1

/** One answer an image, in order. */
function assertComplete(answers: readonly Answered[]): void {
  assert.deepEqual(
    answers.map(({ file }) => file),
    [...truth.keys()],
  )
}

/** One answer an image, its own, from the tier where a local run leaves. */
function assertAllOwn(answers: readonly Answered[]): void {
  assertComplete(answers)
  for (const answered of answers) assertOwnAnswer(answered, truth, hopCountOf(answered))
}

/** One of our tiers. */
function ours(topics: Topics, tier: TierName, ...flags: readonly string[]): Promise<RunningCli> {
  return startTier([...tierFlags(cluster, topics, tier), ...rawExits(threshold), ...flags])
}

/** A Python tier in its place: the same models, name and topics. */
function python(topics: Topics, tier: TierName, ...flags: readonly string[]): Promise<PythonPeer> {
  const given = tierFlags(cluster, topics, tier)
  const isTaken = (flag: string) => /^--(models|name|.*-topic)$/.test(flag)
  const taken = given.flatMap((flag, i) => (isTaken(flag) ? [flag, given[i + 1] ?? ''] : []))
  return startPython('tier.py', [...taken, '--threshold', String(threshold), ...flags])
}

async function startPython(
  script: 'device.py' | 'tier.py',
  flags: readonly string[],
): Promise<PythonPeer> {
  const peer = await startPeer(script, [...flags, '--bootstrap', cluster.kafka.bootstrap])
  peers.push(peer)
  return peer
}

/** Our device in front of these topics. */
function askEdge(
  topics: Topics,
  flags: readonly string[] = [],
  options: { readonly paceMs?: number } = {},
): Promise<readonly Answered[]> {
  const front = frontFlags(cluster, topics.deviceToEdge, topics.edgeToDevice)
  return runDevice(images, [...front, ...flags], options)
}

test('a Python device before our edge, fog and cloud reads its own answers, nested by next', async () => {
  const topics = await createTopics(cluster)
  const tiers = await Promise.all([
    ours(topics, 'edge'),
    ours(topics, 'fog'),
    ours(topics, 'cloud'),
  ])
  const device = await startPython('device.py', [
    ...['--images', images, '--producer-front-topic', topics.deviceToEdge],
    ...['--consumer-front-topic', topics.edgeToDevice],
  ])
  const lines = await device.waitForLines(truth.size + 1, 60_000)
  assertAllOwn(lines.slice(0, truth.size).map(answeredOf))
  assert.deepEqual(lines.at(-1), { done: truth.size })
  const { code, stderr } = await device.exited
  assert.equal(code, 0, stderr)
  await stopTiers(tiers)
})

describe('a Python fog between our edge and our cloud', () => {
  let topics: Topics
  let fog: PythonPeer
  let edge: RunningCli
  let cloud: RunningCli

  before(async () => {
    topics = await createTopics(cluster)
    const slow = ['--delay', '3', '--delay-first', '2']
    ;[fog, edge, cloud] = await Promise.all([
      python(topics, 'fog', ...slow),
      ours(topics, 'edge', ...json),
      ours(topics, 'cloud'),
    ])
  })

  test('slower than the budget, then fast: fallbacks first, then its own answers, none of an earlier image', async () => {
    // The pace makes the run outlast both slow answers, so that they come while others are asked.
    const flags = ['--timeout-ms', '2000', '--max-in-flight', '1']
    const answers = await askEdge(topics, flags, { paceMs: 500 })
    assertComplete(answers)
    for (const answered of answers) {
      if (isFallback(answered)) assertOwnFallback(answered, truth)
      else assertOwnAnswer(answered, truth, hopCountOf(answered))
    }
    const offloaded = answers.filter(isOffloaded)
    const ways = offloaded.map((answered) => (isFallback(answered) ? 'fallback' : 'fog'))
    assert.equal(ways[0], 'fallback', ways.join(' '))
    assert.equal(ways.at(-1), 'fog', ways.join(' '))
    assert.equal(await lateReplies(edge), 2, 'both slow answers came, to nobody')
  })

  test('16 in flight at the device, one at the original: each image gets its own answer', async () => {
    const answersBefore = fog.lines.length
    assertAllOwn(await askEdge(topics, ['--max-in-flight', '16']))
    const offloads = [...hopCounts.values()].filter((count) => count > 1).length
    await fog.waitForLines(answersBefore + offloads, 10_000)
    assert.equal(fog.lines.length, answersBefore + offloads)
    assert.equal(await lateReplies(edge), 2)
    await stopTiers([edge, cloud])
  })
})

test('a Python cloud behind our fog gives each image its own answer', async () => {
  const topics = await createTopics(cluster)
  const [edge, fog, cloud] = await Promise.all([
    ours(topics, 'edge'),
    ours(topics, 'fog', ...json),
    python(topics, 'cloud'),
  ])
  assertAllOwn(await askEdge(topics, ['--max-in-flight', '16']))
  assert.equal(cloud.lines.length, [...hopCounts.values()].filter((count) => count === 3).length)
  await stopTiers([edge, fog])
})

test('a Python edge between our device and our fog, also for a device that comes again', async () => {
  const topics = await createTopics(cluster)
  const [fog, cloud] = await Promise.all([
    ours(topics, 'fog'),
    ours(topics, 'cloud'),
    python(topics, 'edge'),
  ])
  const first = await askEdge(topics, [...json, '--limit', '3'])
  for (const answered of first) assertOwnAnswer(answered, truth, hopCountOf(answered))
  // The first answers are still in the topic: taken again they would be those of the images before.
  assertAllOwn(await askEdge(topics, json))
  await stopTiers([fog, cloud])
})

/** Replies that a tier counted as too late. */
async function lateReplies(tier: RunningCli): Promise<number> {
  const [, port = ''] = await tier.waitFor(/"port":(\d+)/)
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Number(/^ddnn_replies_total\{topic="[^"]*",kind="late"\} (\d+)/m.exec(metrics)?.[1] ?? 0)
}
