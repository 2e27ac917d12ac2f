// Models that change under load, over a real Kafka: thresholds, then a new family at edge, fog and cloud, then
// damaged files, then a family from the cloud down. No request is lost, and each reply is right for the family
// and the thresholds that it names.
import assert from 'node:assert/strict'
import { cp, readFile, rename, rm, symlink, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createContext, createFront, createKafka } from '../../src/compose/links.ts'
import { imageSizes } from '../../src/compose/frame-sizes.ts'
import { hashLabels } from '../../src/domain/labels.ts'
import { parseManifest, writeManifest, type SubmodelManifest } from '../../src/model/manifest.ts'
import { createSilentLog } from '../../src/telemetry/log.ts'
import type { Requester } from '../../src/serving/transport/transport.ts'
import { wires } from '../../src/serving/wire/detect.ts'
import { tempFolder, type RunningCli } from '../helpers/cli.ts'
import {
  judgeReply,
  runFamily,
  sureness,
  thresholdsIn,
  type Judgement,
  type KnownFamily,
  type KnownThresholds,
} from '../helpers/family-answers.ts'
import { madeLabels, madeTiers, writeMadeFamily, type MadeTier } from '../helpers/made-family.ts'
import {
  backFlags,
  frontFlags,
  newTopics,
  startCluster,
  startTier,
  stopTiers,
  type Cluster,
} from './chain.ts'

const side = 16
const inFlight = 64
const images = Array.from({ length: 64 }, (_, i) =>
  Uint8Array.from({ length: side * side * 3 }, (_, j) => ((i + 1) * 2654435761 * (j + 7)) >>> 24),
)
const sources = tempFolder()
const known = new Map<string, KnownFamily & { readonly thresholds: Map<string, KnownThresholds> }>()
const names: string[] = []

let cluster: Cluster
let tiers: Readonly<Record<MadeTier, RunningCli>>
let ask: (image: number) => Promise<Judgement>
let close: () => Promise<void>

/** Where each tier finds its models: a link to a folder for the edge, folders for the others. */
const served = tempFolder()
const folderOf = (tier: MadeTier) => join(served, tier)
const from = (family: number, tier: MadeTier) => join(sources, String(family), tier)

before(async () => {
  for (const seed of [1, 2, 3]) await addFamily(seed)
  cluster = await startCluster()
  for (const tier of madeTiers) {
    if (tier === 'edge') await symlink(from(0, tier), folderOf(tier))
    else await cp(from(0, tier), folderOf(tier), { recursive: true })
  }
  const t = newTopics()
  const back = {
    edge: backFlags(cluster, t.deviceToEdge, t.edgeToDevice),
    fog: backFlags(cluster, t.edgeToFog, t.fogToEdge),
    cloud: backFlags(cluster, t.fogToCloud, t.cloudToFog),
  }
  const front = {
    edge: frontFlags(cluster, t.edgeToFog, t.fogToEdge),
    fog: frontFlags(cluster, t.fogToCloud, t.cloudToFog),
    cloud: [],
  }
  const start = (tier: MadeTier) =>
    startTier([
      ...['--models', folderOf(tier), '--name', tier, '--reload-interval-ms', '200'],
      ...back[tier],
      ...front[tier],
    ])
  const [edge, fog, cloud] = await Promise.all([start('edge'), start('fog'), start('cloud')])
  tiers = { edge, fog, cloud }
  ;({ ask, close } = await openAsker(t.deviceToEdge, t.edgeToDevice))
})

after(async () => {
  await close?.()
  if (tiers !== undefined) await stopTiers(Object.values(tiers))
  await cluster?.kafka.stop()
})

/** A family whose thresholds let about a third go at each exit. */
async function addFamily(seed: number): Promise<void> {
  const folder = join(sources, String(names.length))
  const family = await writeMadeFamily(folder, { seed, side })
  const logits = await runFamily(folder, images)
  known.set(family, { logits, thresholds: new Map() })
  names.push(family)
  for (const [tier, share] of [0.66, 0.5].entries()) {
    await setThreshold(join(folder, madeTiers[tier] as string), quantile(logits, tier, share))
  }
  await learn(folder, family)
}

function quantile(logits: KnownFamily['logits'], tier: number, share: number): number {
  const sorted = logits.map((of) => sureness(of[tier] ?? [])).sort((a, b) => a - b)
  const at = Math.floor(sorted.length * share)
  return ((sorted[at] ?? 1) + (sorted[at - 1] ?? 1)) / 2
}

async function setThreshold(folder: string, threshold: number): Promise<void> {
  const file = join(folder, 'ddnn.json')
  const manifest = parseManifest(await readFile(file, 'utf8'), file) as SubmodelManifest
  const exits = manifest.exits.map((exit) => ({ ...exit, threshold }))
  await writeManifest(folder, { ...manifest, exits })
}

/** From now on replies may name the thresholds in this folder. */
async function learn(folder: string, family: string): Promise<void> {
  for (const [hash, of] of await thresholdsIn(folder)) known.get(family)?.thresholds.set(hash, of)
}

async function openAsker(requestTopic: string, replyTopic: string) {
  const context = createContext('asker', createSilentLog())
  const brokers = [cluster.kafka.bootstrap]
  const link = {
    side: 'front',
    requestBrokers: brokers,
    replyBrokers: brokers,
    requestTopic,
    replyTopic,
    tls: undefined,
    sasl: undefined,
  } as const
  const topics = { partitions: 8, create: true, isAwaited: false }
  const transport = createKafka(link, { topics, startTimeoutMs: 10_000 }, context)
  const sizes = imageSizes([side, side, 3], 'uint8', madeLabels.length, 'binary')
  const front = createFront(
    transport,
    {
      ...link,
      ...sizes,
      form: 'binary',
      ordinal: undefined,
      maxInFlight: inFlight,
      whenOpen: 'wait',
    },
    context,
  )
  await front.prepare()
  await front.requester.open()
  return {
    ask: (image: number) => askOnce(front.requester, image),
    close: async () => {
      await front.requester.close()
      await transport.close()
    },
  }
}

async function askOnce(requester: Requester, image: number): Promise<Judgement> {
  const value = wires.binary.encodeRequest(
    { dtype: 'uint8', shape: [side, side, 3], data: images[image] as Uint8Array },
    { family: undefined, labelsHash: hashLabels(madeLabels) },
  )
  const reply = await requester.ask(value, { budgetMs: 30_000 })
  return judgeReply(wires.binary.decodeReply(reply.value, reply.wireVersion), image, known)
}

interface Answer extends Judgement {
  /** By the clock of `performance.now`. */
  readonly askedAt: number
}

interface Load {
  readonly answers: readonly Answer[]
  /** Ends when `least` were asked; rejects with what was lost. */
  end(least: number): Promise<void>
}

/** Keeps so many requests under way until it is told to end. */
function startLoad(): Load {
  const answers: Answer[] = []
  let asked = 0
  let most = Infinity
  const worker = async () => {
    while (asked < most) {
      asked += 1
      const askedAt = performance.now()
      answers.push({ ...(await ask(asked % images.length)), askedAt })
      // Some thinking, so that the machine has time for what else is tested.
      await setTimeout(25)
    }
  }
  const workers = Promise.all(Array.from({ length: inFlight }, worker))
  workers.catch(() => undefined)
  return {
    answers,
    end: async (least) => {
      most = Math.max(asked, least)
      await workers
    },
  }
}

/** Lines of a tier's log so far that match. */
const countOf = (tier: MadeTier, pattern: RegExp) =>
  tiers[tier]
    .output()
    .split('\n')
    .filter((line) => pattern.test(line)).length

async function untilLine(
  tier: MadeTier,
  pattern: RegExp,
  act: () => Promise<unknown>,
): Promise<void> {
  const before = countOf(tier, pattern)
  await act()
  const end = performance.now() + 60_000
  while (countOf(tier, pattern) === before) {
    if (performance.now() > end) throw new Error(`no ${String(pattern)}:\n${tiers[tier].output()}`)
    await setTimeout(10)
  }
}

async function get(tier: MadeTier, path: string): Promise<string> {
  const [, port] = await tiers[tier].waitFor(/health on port (\d+)/)
  return (await fetch(`http://127.0.0.1:${port}${path}`)).text()
}

interface Shown {
  readonly family: string
  readonly state: string
  readonly refused?: { readonly code: string }
}

const modelsOf = async (tier: MadeTier) => JSON.parse(await get(tier, '/v2/models')) as Shown[]

/** Turns the link, as a deployment does. */
async function link(tier: MadeTier, family: number): Promise<void> {
  await symlink(from(family, tier), `${folderOf(tier)}.new`)
  await rename(`${folderOf(tier)}.new`, folderOf(tier))
}

function report(what: string, answers: readonly Judgement[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = { requests: answers.length }
  const count = (key: string) => (counts[key] = (counts[key] ?? 0) + 1)
  for (const { family, isFallback, hops, wrong } of answers) {
    count(`family ${'ABC'[names.indexOf(family)]}`)
    count(`${hops} hops`)
    if (isFallback) count('fallbacks')
    if (wrong.length > 0) count('wrong')
  }
  console.log(`${what}: ${JSON.stringify(counts)}`)
  return counts
}

function assertRight(answers: readonly Judgement[]): void {
  assert.deepEqual(answers.flatMap(({ wrong }) => wrong).slice(0, 5), [])
}

test('3,000 requests while thresholds, then families, then damaged files come: none lost, none wrong', async () => {
  const load = startLoad()
  await setTimeout(500)

  // Thresholds: by watching at edge and fog, by SIGHUP and watching at once at the cloud, which has none.
  const [familyA = '', familyB = ''] = names
  const own = join(tempFolder(), 'own')
  await cp(join(sources, '0'), own, { recursive: true })
  for (const [tier, share] of [0.3, 0.2].entries()) {
    const logits = known.get(familyA)?.logits ?? []
    await setThreshold(join(own, madeTiers[tier] as string), quantile(logits, tier, share))
  }
  await learn(own, familyA)
  await untilLine('edge', /manifests changed/, () =>
    cp(join(own, 'edge', 'ddnn.json'), join(from(0, 'edge'), 'ddnn.json')),
  )
  await untilLine('fog', /manifests changed/, () =>
    cp(join(own, 'fog', 'ddnn.json'), join(folderOf('fog'), 'ddnn.json')),
  )
  await untilLine('cloud', /models unchanged/, () =>
    Promise.resolve(tiers.cloud.child.kill('SIGHUP')),
  )
  await setTimeout(300)

  // A new family: a link that is turned, files that are copied over, a folder that is exchanged and a signal.
  const swapped = /models swapped/
  await untilLine('edge', swapped, () => link('edge', 1))
  const apartAt = performance.now()
  await setTimeout(500)
  await untilLine('fog', swapped, () => cp(from(1, 'fog'), folderOf('fog'), { recursive: true }))
  await untilLine('cloud', swapped, async () => {
    await cp(from(1, 'cloud'), `${folderOf('cloud')}.new`, { recursive: true })
    await rename(folderOf('cloud'), `${folderOf('cloud')}.old`)
    await rename(`${folderOf('cloud')}.new`, folderOf('cloud'))
    tiers.cloud.child.kill('SIGHUP')
  })
  const togetherAt = performance.now()
  await setTimeout(500)

  // Damaged: weights cut short, none, and a manifest of nothing.
  const refused = /new models refused/
  const broken = join(tempFolder(), 'broken')
  await cp(from(2, 'edge'), broken, { recursive: true })
  await truncate(join(broken, 'weights.bin'), 40)
  await untilLine('edge', refused, async () => {
    await symlink(broken, `${folderOf('edge')}.new`)
    await rename(`${folderOf('edge')}.new`, folderOf('edge'))
  })
  await untilLine('fog', refused, () => rm(join(folderOf('fog'), 'weights.bin')))
  await untilLine('cloud', refused, () => rm(folderOf('cloud'), { recursive: true }))
  await setTimeout(500)
  await load.end(3000)

  const counts = report('edge, fog, cloud', load.answers)
  report(
    'asked while families were apart',
    load.answers.filter(({ askedAt }) => askedAt > apartAt && askedAt < togetherAt),
  )
  assert.ok(load.answers.length >= 3000)
  assertRight(load.answers)
  assert.ok((counts['family A'] ?? 0) > 100 && (counts['family B'] ?? 0) > 100)
  const settled = load.answers.filter(({ askedAt }) => askedAt > togetherAt)
  assert.ok(settled.length > 100)
  assert.deepEqual(
    settled.filter(({ family, isFallback }) => family !== familyB || isFallback),
    [],
  )
  // An answer that is refused is an answer: no breaker opens.
  for (const tier of madeTiers) assert.equal(countOf(tier, /the front does not answer/), 0)
  for (const tier of madeTiers) {
    const [first] = await modelsOf(tier)
    assert.equal(first?.family, familyB, tier)
    assert.equal(first?.state, 'serving')
    assert.match(first?.refused?.code ?? '', /^DDNN_MODEL_(DAMAGED|MISSING)$/)
    const metrics = await get(tier, '/metrics')
    const of = (outcome: string) =>
      Number(
        new RegExp(`ddnn_reloads_total{tier="${tier}",outcome="${outcome}"} (\\d+)`).exec(
          metrics,
        )?.[1] ?? 0,
      )
    assert.equal(of('swapped'), 1)
    assert.equal(of('refused') >= 1, true)
    assert.match(metrics, new RegExp(`ddnn_models{[^}]*family="${familyB}"[^}]*state="serving"} 1`))
  }
})

test('from the cloud down no request falls back, since each keeps the old family while it is asked for', async () => {
  const load = startLoad()
  await setTimeout(300)
  const [, familyB, familyC] = names
  const swapped = /models swapped/
  for (const tier of ['cloud', 'fog'] as const) {
    await untilLine(tier, swapped, async () => {
      await rm(folderOf(tier), { recursive: true, force: true })
      await cp(from(2, tier), folderOf(tier), { recursive: true })
    })
    await setTimeout(300)
    assert.deepEqual(
      (await modelsOf(tier)).slice(0, 2).map(({ family, state }) => [family, state]),
      [
        [familyC, 'serving'],
        [familyB, 'retiring'],
      ],
    )
  }
  await untilLine('edge', swapped, () => link('edge', 2))
  await setTimeout(500)
  await load.end(1000)
  const counts = report('cloud, fog, edge', load.answers)
  assertRight(load.answers)
  assert.equal(counts['fallbacks'] ?? 0, 0)
  assert.ok((counts['family B'] ?? 0) > 50 && (counts['family C'] ?? 0) > 50)
})

test('a tier that is told to stop while it loads a family ends as at any other time', async () => {
  const { edge } = tiers
  // Of other contents than any that it still has.
  const fresh = join(tempFolder(), 'fresh')
  await writeMadeFamily(fresh, { seed: 4, side })
  await symlink(join(fresh, 'edge'), `${folderOf('edge')}.new`)
  await rename(`${folderOf('edge')}.new`, folderOf('edge'))
  edge.child.kill('SIGHUP')
  await setTimeout(50)
  const { code, stderr } = await edge.stop('SIGTERM')
  assert.equal(code, 0, stderr)
  assert.doesNotMatch(stderr.slice(stderr.lastIndexOf('"msg":"stopping')), /"level":(40|50)/)
})
