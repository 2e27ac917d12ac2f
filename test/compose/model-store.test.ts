// Models that change while they run: a store over real engines (wasm) and folders that are edited, copied
// over, exchanged and damaged as people and tools do it.
import assert from 'node:assert/strict'
import {
  cp,
  mkdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, test } from 'node:test'
// Before all that starts workers.
import { endWorkers, liveWorkers, withDoomedWorkers } from '../helpers/live-workers.ts'
import { tempFolder } from '../helpers/cli.ts'
import { createLogSink, type LogLine } from '../helpers/log-sink.ts'
import { writeMadeFamily } from '../helpers/made-family.ts'
import { until } from '../helpers/until.ts'
import { parseManifest, writeManifest, type SubmodelManifest } from '../../src/model/manifest.ts'
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts'
import { createTierMeter } from '../../src/telemetry/metrics/tier-meter.ts'
import type { ServedModels } from '../../src/serving/tier/served-models.ts'
import type { ModelStore } from '../../src/serving/tier/models/model-store.ts'
import type { ModelStoreOptions } from '../../src/compose/model-store.ts'

const { openModelStore } = await import('../../src/compose/model-store.ts')
const { startReloads } = await import('../../src/serving/tier/models/triggers.ts')

const root = tempFolder()
const a = join(root, 'a')
const b = join(root, 'b')
const familyA = await writeMadeFamily(a, { seed: 1 })
const familyB = await writeMadeFamily(b, { seed: 2 })

const binary = { form: 'binary', codec: undefined } as const
const toFront = { hasBack: true, front: binary }
const engine = { choice: 'wasm', maxBatchSize: 4, maxQueueDelayMs: 0, workers: 1 } as const

interface Scene {
  readonly folder: string
  readonly store: ModelStore
  readonly lines: LogLine[]
  readonly counted: (outcome: string) => Promise<number>
}

const scenes: ModelStore[] = []
afterEach(async () => {
  await Promise.all(scenes.splice(0).map((store) => store.close()))
  assert.equal(liveWorkers(), 0)
})

/** A store over a copy of the edge of family A, unless told otherwise. */
async function scene(
  options: Partial<ModelStoreOptions> & { readonly from?: string } = {},
): Promise<Scene> {
  const folder = options.folders?.[0] ?? join(tempFolder(), 'edge')
  if (options.folders === undefined)
    await cp(options.from ?? join(a, 'edge'), folder, { recursive: true })
  const { log, lines } = createLogSink()
  const metrics = createMetrics()
  const store = await openModelStore({
    name: 'edge',
    folders: [folder],
    engine,
    exits: { confidence: undefined, threshold: undefined },
    links: toFront,
    keepMs: 50,
    log,
    metrics,
    meter: createTierMeter(metrics, 'edge'),
    ...options,
  })
  scenes.push(store)
  return {
    folder,
    store,
    lines,
    counted: async (outcome) =>
      (await metrics.reloads.get()).values.find(({ labels }) => labels.outcome === outcome)
        ?.value ?? 0,
  }
}

async function logitsOf(models: ServedModels): Promise<readonly number[]> {
  const stage = models.stages[0]
  const run = await stage?.run((slot) => slot.fill(0.25))
  return [...(run?.exits[0] ?? [])]
}

/** What a process that has only these models says. */
async function logitsIn(folder: string): Promise<readonly number[]> {
  const alone = await scene({ folders: [folder] })
  const logits = await logitsOf(alone.store.served()[0])
  await alone.store.close()
  return logits
}

const edgeOfA = await logitsIn(join(a, 'edge'))
const edgeOfB = await logitsIn(join(b, 'edge'))

async function editManifest(
  folder: string,
  change: (manifest: SubmodelManifest) => Partial<SubmodelManifest>,
): Promise<void> {
  const file = join(folder, 'ddnn.json')
  const manifest = parseManifest(await readFile(file, 'utf8'), file) as SubmodelManifest
  await writeManifest(folder, { ...manifest, ...change(manifest) })
}

const setThreshold = (folder: string, threshold: number) =>
  editManifest(folder, ({ exits }) => ({ exits: exits.map((exit) => ({ ...exit, threshold })) }))

/** Over the old files, as `cp -r` does. */
const copyOver = (from: string, to: string) => cp(from, to, { recursive: true, force: true })

test('other thresholds are taken over the same engine, and an older value keeps its own', async () => {
  const { folder, store, counted } = await scene()
  const [before] = store.served()
  await setThreshold(folder, 0.31)
  const workers = liveWorkers()
  assert.equal(await store.reload('test'), 'thresholds')
  const [now] = store.served()
  assert.equal(liveWorkers(), workers)
  assert.equal(now.rules[0]?.[0]?.threshold, 0.31)
  assert.equal(before.rules[0]?.[0]?.threshold, 0.8)
  assert.notEqual(now.info.thresholds, before.info.thresholds)
  assert.equal(now.info.family, familyA)
  assert.deepEqual(await logitsOf(now), edgeOfA)
  assert.equal(store.served().length, 1)
  assert.equal(await counted('thresholds'), 1)
})

/** A path as `ddnn calibrate` writes it: settings of both early exits, from the safest to the cheapest. */
function calibrationWith(...settings: readonly (number | null)[][]) {
  const points = settings.map((thresholds) => ({
    ...{ thresholds, accuracy: 0.9, loss: 0, leave: [0.2, 0.3, 0.5], cost: 0.7 },
  }))
  return {
    ...{ version: `${settings.join(' ')}`, date: '2026-01-01T00:00:00.000Z', goal: 'made up' },
    data: { hash: 'made-up', chosenOn: 10, testedOn: 10 },
    path: { chosen: 0, points },
  }
}

const fourSettings = [
  [null, null],
  [0.9, 0.8],
  [0.7, 0.6],
  [0.5, 0.4],
]
const setPath = (folder: string, calibration: SubmodelManifest['calibration']) =>
  editManifest(folder, ({ exits }) => ({
    ...{ exits: exits.map((exit) => ({ ...exit, threshold: 0.95 })), calibration },
  }))

test('a position on the path is taken from the new manifests at each reload, whatever their own thresholds are', async () => {
  const from = join(tempFolder(), 'edge')
  await cp(join(a, 'edge'), from, { recursive: true })
  await setPath(from, calibrationWith(...fourSettings))
  const exits = { confidence: undefined, threshold: undefined, position: 0.7 }
  const { folder, store } = await scene({ from, exits })
  const thresholdNow = () => store.served()[0].rules[0]?.[0]?.threshold
  assert.equal(thresholdNow(), 0.7)
  for (const [what, settings, expected] of [
    [
      'another path',
      [
        [null, null],
        [0.85, 0.8],
        [0.65, 0.6],
        [0.45, 0.4],
      ],
      0.65,
    ],
    // The safer one of two settings lies below 1, and lets none leave.
    [
      'fewer settings',
      [
        [null, null],
        [0.5, 0.4],
      ],
      2,
    ],
    [
      'more of them',
      [
        [0.9, 0.9],
        [0.8, 0.8],
        [0.75, 0.7],
        [0.6, 0.6],
        [0.5, 0.5],
      ],
      0.75,
    ],
    ['one setting alone', [[0.3, 0.3]], 0.3],
  ] as const) {
    await setPath(folder, calibrationWith(...settings.map((one) => [...one])))
    assert.equal(await store.reload('test'), 'thresholds', what)
    assert.equal(thresholdNow(), expected, what)
  }
  // With weights of another family too.
  await copyOver(join(b, 'edge'), folder)
  await setPath(folder, calibrationWith(...fourSettings))
  assert.equal(await store.reload('test'), 'swapped')
  assert.deepEqual([store.served()[0].info.family, thresholdNow()], [familyB, 0.7])
})

test('manifests without a path are refused where a position on it is asked for, until one comes', async () => {
  const from = join(tempFolder(), 'edge')
  await cp(join(a, 'edge'), from, { recursive: true })
  await setPath(from, calibrationWith(...fourSettings))
  const exits = { confidence: undefined, threshold: undefined, position: 1 }
  const { folder, store, lines, counted } = await scene({ from, exits })
  const [before] = store.served()
  for (const put of [() => setPath(folder, undefined), () => copyOver(join(b, 'edge'), folder)]) {
    await put()
    assert.equal(await store.reload('test'), 'refused')
    assert.equal(store.served()[0], before)
    const [{ refused } = { refused: undefined }] = store.states()
    assert.equal(refused?.code, 'DDNN_CONFIG_INVALID')
    assert.match(
      refused?.message ?? '',
      /a path of thresholds in the manifest of 'edge' for --path-position/,
    )
    assert.match(refused?.hint ?? '', /Calibrate the family/)
  }
  assert.equal(
    lines.filter(({ msg }) => /new models refused, the old ones stay/.test(msg)).length,
    2,
  )
  assert.equal(await counted('refused'), 2)
  assert.equal(store.served().length, 1)
  await setPath(folder, calibrationWith([null, null], [0.6, 0.5]))
  assert.equal(await store.reload('test'), 'swapped')
  assert.equal(store.served()[0].rules[0]?.[0]?.threshold, 0.6)
})

test('a new family is loaded beside the old one, which is freed once nobody holds it or asks for it', async () => {
  const { folder, store, lines, counted } = await scene()
  const [old] = store.served()
  const letGo = old.hold()
  const workers = liveWorkers()
  await copyOver(join(b, 'edge'), folder)
  assert.equal(await store.reload('test'), 'swapped')
  const [now, kept] = store.served()
  assert.equal(now.info.family, familyB)
  assert.equal(kept, old)
  assert.equal(liveWorkers(), workers + 1)
  assert.deepEqual(await logitsOf(now), edgeOfB)
  // Held: no time alone frees it.
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.deepEqual(await logitsOf(old), edgeOfA)
  assert.deepEqual(
    store.states().map(({ family, state, inUse }) => ({ family, state, inUse })),
    [
      { family: familyB, state: 'serving', inUse: 0 },
      { family: familyA, state: 'retiring', inUse: 1 },
    ],
  )
  letGo()
  letGo()
  await until('the old family to go', () => store.served().length === 1)
  await until('its thread to end', () => liveWorkers() === workers)
  await until('a line', () => lines.some(({ msg }) => msg.includes('no longer asked for')))
  await assert.rejects(logitsOf(old), { code: 'DDNN_ENGINE_FAILED' })
  assert.equal(await counted('swapped'), 1)
})

test('an old family stays for as long as somebody behind names it', async () => {
  const { folder, store } = await scene({ keepMs: 400 })
  const [old] = store.served()
  await copyOver(join(b, 'edge'), folder)
  await store.reload('test')
  const end = performance.now() + 1200
  while (performance.now() < end) {
    const letGo = old.hold()
    assert.deepEqual(await logitsOf(old), edgeOfA)
    letGo()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.equal(store.served()[1], old)
  await until('the old family to go', () => store.served().length === 1)
})

test('a family that comes back while it is kept is served again by the engine that it has', async () => {
  const { folder, store } = await scene({ keepMs: 60_000 })
  const [old] = store.served()
  await copyOver(join(b, 'edge'), folder)
  assert.equal(await store.reload('test'), 'swapped')
  const workers = liveWorkers()
  await copyOver(join(a, 'edge'), folder)
  await setThreshold(folder, 0.4)
  assert.equal(await store.reload('test'), 'swapped')
  const [now, other] = store.served()
  assert.equal(liveWorkers(), workers)
  assert.equal(now.info.family, familyA)
  assert.equal(now.rules[0]?.[0]?.threshold, 0.4)
  assert.equal(other?.info.family, familyB)
  assert.notEqual(now, old)
  assert.deepEqual(await logitsOf(now), edgeOfA)
  await store.close()
})

test('files that are the same, or the same again, change nothing', async () => {
  const { folder, store, counted } = await scene()
  const [before] = store.served()
  const workers = liveWorkers()
  assert.equal(await store.reload('SIGHUP'), 'unchanged')
  await utimes(join(folder, 'weights.bin'), new Date(), new Date(1e12))
  await copyOver(join(a, 'edge'), folder)
  assert.equal(await store.reload('SIGHUP'), 'unchanged')
  assert.equal(liveWorkers(), workers)
  assert.deepEqual(store.served()[0].info, before.info)
  assert.equal(await counted('unchanged'), 2)
})

const refusals: readonly {
  readonly what: string
  readonly change: (folder: string) => Promise<unknown>
  readonly code: string
}[] = [
  {
    what: 'weights that are half copied',
    change: async (folder) => {
      await copyOver(join(b, 'edge'), folder)
      await truncate(join(folder, 'weights.bin'), 100)
    },
    code: 'DDNN_MODEL_DAMAGED',
  },
  {
    what: 'a folder that is gone',
    change: (folder) => rm(folder, { recursive: true }),
    code: 'DDNN_MODEL_MISSING',
  },
  {
    what: 'a folder without a model',
    change: (folder) => rm(join(folder, 'model.json')),
    code: 'DDNN_MODEL_MISSING',
  },
  {
    what: 'a manifest that is cut off',
    change: (folder) => truncate(join(folder, 'ddnn.json'), 40),
    code: 'DDNN_MODEL_DAMAGED',
  },
  {
    what: 'weights that are NaN',
    change: async (folder) => {
      const file = join(folder, 'weights.bin')
      const bytes = await readFile(file)
      await writeFile(file, bytes.fill(0xff, 0, bytes.length))
    },
    code: 'DDNN_MODEL_DAMAGED',
  },
  {
    what: 'weights that are numbers, and give none',
    change: async (folder) => {
      const file = join(folder, 'weights.bin')
      const bytes = await readFile(file)
      // The largest float32.
      await writeFile(file, bytes.fill(Buffer.from([0xff, 0xff, 0x7f, 0x7f])))
    },
    code: 'DDNN_ENGINE_VALUE',
  },
  {
    what: 'other labels',
    change: async (folder) => {
      const other = tempFolder()
      await writeMadeFamily(other, { seed: 3, labels: ['a', 'b', 'c', 'd', 'e'] })
      await copyOver(join(other, 'edge'), folder)
    },
    code: 'DDNN_LABELS_MISMATCH',
  },
  {
    what: 'another size of images',
    change: async (folder) => {
      const other = tempFolder()
      await writeMadeFamily(other, { seed: 3, side: 12 })
      await copyOver(join(other, 'edge'), folder)
    },
    code: 'DDNN_MODEL_CHAIN',
  },
  {
    what: 'features that are too large for the topics of the start',
    change: async (folder) => {
      const other = tempFolder()
      await writeMadeFamily(other, { seed: 3, width: 32 })
      await copyOver(join(other, 'edge'), folder)
    },
    code: 'DDNN_MODEL_CHAIN',
  },
  {
    what: 'the submodel of another place',
    change: (folder) => copyOver(join(b, 'fog'), folder),
    code: 'DDNN_MODEL_CHAIN',
  },
  {
    what: 'models without a manifest where features go to a front',
    change: async (folder) => {
      await copyOver(join(b, 'edge'), folder)
      await editManifest(folder, () => ({}))
      const file = join(folder, 'ddnn.json')
      const { labels, preprocessing, place, exits } = JSON.parse(
        await readFile(file, 'utf8'),
      ) as SubmodelManifest
      await writeFile(file, JSON.stringify({ format: 1, labels, preprocessing, place, exits }))
    },
    code: 'DDNN_MODEL_MISMATCH',
  },
]

for (const { what, change, code } of refusals.filter((one) => one.what.startsWith('weights'))) {
  test(`${what}: nothing starts on them`, async () => {
    const folder = join(tempFolder(), 'edge')
    await cp(join(a, 'edge'), folder, { recursive: true })
    await change(folder)
    await assert.rejects(scene({ folders: [folder] }), { code })
    await until('what was loaded to go', () => liveWorkers() === 0)
  })
}

for (const { what, change, code } of refusals) {
  test(`${what}: refused, the old models serve on, and the next good ones are taken`, async () => {
    const { folder, store, lines, counted } = await scene()
    const [before] = store.served()
    const workers = liveWorkers()
    await change(folder)
    assert.equal(await store.reload('test'), 'refused')
    assert.equal(store.served()[0], before)
    assert.deepEqual(await logitsOf(before), edgeOfA)
    const [state] = store.states()
    assert.equal(state?.refused?.code, code, state?.refused?.message)
    assert.match(state?.refused?.message ?? '', /^Expected .*got /)
    assert.ok((state?.refused?.hint ?? '').length > 0)
    assert.equal(lines.filter(({ level }) => level >= 50).length, 1)
    await until('what was loaded to go', () => liveWorkers() === workers)
    assert.equal(await counted('refused'), 1)

    await rm(folder, { recursive: true, force: true })
    await copyOver(join(b, 'edge'), folder)
    assert.equal(await store.reload('test'), 'swapped')
    assert.equal(store.states()[0]?.refused, undefined)
    assert.deepEqual(await logitsOf(store.served()[0]), edgeOfB)
    await store.close()
  })
}

test('a submodel without features does not take the place of one whose front link is open', async () => {
  const { folder, store } = await scene({ from: join(a, 'fog') })
  await copyOver(join(b, 'cloud'), folder)
  assert.equal(await store.reload('test'), 'refused')
  assert.match(store.states()[0]?.refused?.message ?? '', /to give features to the front.*got none/)
  await copyOver(join(b, 'fog'), folder)
  assert.equal(await store.reload('test'), 'swapped')
})

test('a whole network without manifests may be exchanged, since no features travel', async () => {
  const bare = async (from: string) => {
    const folder = tempFolder()
    for (const tier of ['edge', 'fog', 'cloud']) {
      await copyOver(join(from, tier), join(folder, tier))
      await rm(join(folder, tier, 'ddnn.json'))
    }
    return folder
  }
  const folder = await bare(a)
  const { store } = await scene({
    folders: ['edge', 'fog', 'cloud'].map((tier) => join(folder, tier)),
    links: { hasBack: false, front: undefined },
  })
  await copyOver(await bare(b), folder)
  assert.equal(await store.reload('test'), 'swapped')
  assert.deepEqual(await logitsOf(store.served()[0]), edgeOfB)
})

test('folders of which one has the new family and one the old are refused until both have it', async () => {
  const folder = tempFolder()
  await copyOver(a, folder)
  const { store } = await scene({
    folders: ['edge', 'fog'].map((tier) => join(folder, tier)),
  })
  await copyOver(join(b, 'edge'), join(folder, 'edge'))
  assert.equal(await store.reload('test'), 'refused')
  assert.equal(store.states()[0]?.refused?.code, 'DDNN_MODEL_MISMATCH')
  await copyOver(join(b, 'fog'), join(folder, 'fog'))
  assert.equal(await store.reload('test'), 'swapped')
})

test('an engine that dies while it loads leaves the old one alone', async () => {
  const { folder, store } = await scene()
  await copyOver(join(b, 'edge'), folder)
  const outcome = await withDoomedWorkers(() => store.reload('test'))
  assert.equal(outcome, 'refused')
  assert.deepEqual(await logitsOf(store.served()[0]), edgeOfA)
  // The files are as they were: the signal tries them again.
  assert.equal(await store.reload('SIGHUP'), 'swapped')
})

test('a worker that is lost after the files were exchanged never comes back with those', async () => {
  const { folder, store } = await scene()
  await copyOver(join(b, 'edge'), folder)
  await endWorkers()
  const answer = logitsOf(store.served()[0])
  await new Promise((resolve) => setTimeout(resolve, 1500))
  assert.equal(store.isServing, false)
  await copyOver(join(a, 'edge'), folder)
  assert.deepEqual(await answer, edgeOfA)
})

test('a store that is closed while it loads lets go of both', async () => {
  const { folder, store } = await scene()
  await copyOver(join(b, 'edge'), folder)
  const before = liveWorkers()
  const reload = store.reload('test')
  await until('the new engine to start', () => liveWorkers() > before)
  await store.close()
  assert.equal(await reload, 'unchanged')
  assert.equal(liveWorkers(), before - 1)
  assert.equal(await store.reload('test'), 'unchanged')
})

test('calls that come while one is under way are one more, after it', async () => {
  const { folder, store, counted } = await scene({ keepMs: 60_000 })
  await copyOver(join(b, 'edge'), folder)
  const first = store.reload('first')
  const second = store.reload('second')
  await setThreshold(folder, 0.5)
  const third = store.reload('third')
  await Promise.all([first, second, third])
  assert.equal(store.served()[0].info.family, familyB)
  await store.reload('last')
  assert.equal(store.served()[0].rules[0]?.[0]?.threshold, 0.5)
  assert.ok((await counted('swapped')) <= 2)
  await store.close()
})

test('twelve swaps leave one engine and no more memory than a few', async () => {
  const { folder, store } = await scene({ keepMs: 0 })
  const workers = liveWorkers()
  const swap = async (family: string) => {
    await copyOver(join(family, 'edge'), folder)
    assert.equal(await store.reload('test'), 'swapped')
    await until('the old one to go', () => liveWorkers() === workers)
  }
  for (let i = 0; i < 4; i++) await swap(i % 2 === 0 ? b : a)
  const warm = process.memoryUsage.rss()
  for (let i = 0; i < 8; i++) await swap(i % 2 === 0 ? b : a)
  const grown = (process.memoryUsage.rss() - warm) / 2 ** 20
  console.log(`8 swaps: ${grown.toFixed(0)} MiB more`)
  // One wasm worker takes some 60 MiB: eight that stay would be 480.
  assert.ok(grown < 150, `${grown} MiB`)
  assert.equal(store.states().length, 1)
})

/** A store that watches; `intervalMs` is short so that tests are. */
async function watched(options: Parameters<typeof scene>[0] = {}) {
  const made = await scene(options)
  let hangup = () => undefined as unknown
  const stop = startReloads(made.store, {
    intervalMs: 20,
    onHangup: (listener) => {
      hangup = listener
      return () => undefined
    },
    show: () => undefined,
  })
  after(stop)
  return { ...made, stop, hangup: () => hangup() }
}

test('watching takes thresholds, then weights, then neither when it has stopped', async () => {
  const { folder, store, stop } = await watched()
  await setThreshold(folder, 0.42)
  await until('thresholds', () => store.served()[0].rules[0]?.[0]?.threshold === 0.42)
  await copyOver(join(b, 'edge'), folder)
  await until('the family', () => store.served()[0].info.family === familyB)
  assert.deepEqual(await logitsOf(store.served()[0]), edgeOfB)
  stop()
  await setThreshold(folder, 0.43)
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.equal(store.served()[0].rules[0]?.[0]?.threshold, 0.8)
})

test('watching tells of manifests that cannot decide here, and takes the next ones that can', async () => {
  const from = join(tempFolder(), 'edge')
  await cp(join(a, 'edge'), from, { recursive: true })
  await setPath(from, calibrationWith(...fourSettings))
  const exits = { confidence: undefined, threshold: undefined, position: 1 }
  const { folder, store, lines, counted } = await watched({ from, exits })
  await setPath(folder, undefined)
  const told = () => lines.filter(({ msg }) => msg.includes('new models refused'))
  await until('the refusal', () => told().length > 0)
  assert.equal(store.served()[0].rules[0]?.[0]?.threshold, 0.5)
  assert.equal(store.states()[0]?.refused?.code, 'DDNN_CONFIG_INVALID')
  await setPath(folder, calibrationWith([null, null], [0.6, 0.5]))
  await until('thresholds', () => store.served()[0].rules[0]?.[0]?.threshold === 0.6)
  assert.equal(store.states()[0]?.refused, undefined)
  assert.deepEqual([told().length, await counted('refused')], [1, 1])
})

test('watching waits for a copy that is under way', async () => {
  const { folder, store, counted } = await watched()
  const weights = await readFile(join(b, 'edge', 'weights.bin'))
  await cp(join(b, 'edge', 'ddnn.json'), join(folder, 'ddnn.json'))
  await cp(join(b, 'edge', 'model.json'), join(folder, 'model.json'))
  // As rsync: beside the old file, growing, then renamed.
  const part = join(folder, '.weights.bin.x7Qa2c')
  for (let i = 0; i < 40; i++) {
    await writeFile(part, weights.subarray(0, (weights.length * i) / 40))
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
  assert.equal(store.served()[0].info.family, familyA)
  await writeFile(part, weights)
  await rename(part, join(folder, 'weights.bin'))
  await until('the family', () => store.served()[0].info.family === familyB)
  assert.deepEqual(await logitsOf(store.served()[0]), edgeOfB)
  assert.equal(await counted('refused'), 0)
})

test('watching sees folders behind a link that is turned, as Kubernetes does it', async () => {
  const volume = tempFolder()
  const versions = ['..one', '..two', '..three']
  for (const [i, from] of [a, a, b].entries()) {
    await cp(join(from, 'edge'), join(volume, versions[i] as string), { recursive: true })
  }
  await setThreshold(join(volume, '..two'), 0.37)
  await symlink('..one', join(volume, '..data'))
  for (const file of ['ddnn.json', 'model.json', 'weights.bin']) {
    await symlink(join('..data', file), join(volume, file))
  }
  const turn = async (to: string) => {
    await symlink(to, join(volume, '..data_tmp'))
    await rename(join(volume, '..data_tmp'), join(volume, '..data'))
  }
  const { store } = await watched({ folders: [volume] })
  const workers = liveWorkers()
  await turn('..two')
  await until('thresholds', () => store.served()[0].rules[0]?.[0]?.threshold === 0.37)
  assert.equal(liveWorkers(), workers)
  await turn('..three')
  await until('the family', () => store.served()[0].info.family === familyB)
  await turn('..one')
  await until('the roll-back', () => store.served()[0].info.family === familyA)
  assert.deepEqual(await logitsOf(store.served()[0]), edgeOfA)
})

test('watching follows a list of stages to its folders', async () => {
  const folder = tempFolder()
  await copyOver(a, folder)
  const list = join(folder, 'all')
  await mkdir(list)
  await writeManifest(list, { format: 1, stages: ['../edge', '../fog', '../cloud'] })
  const { store } = await watched({
    folders: [list],
    links: { hasBack: false, front: undefined },
  })
  await setThreshold(join(folder, 'fog'), 0.36)
  await until('thresholds', () => store.served()[0].rules[1]?.[0]?.threshold === 0.36)
  await copyOver(b, folder)
  await until('the family', () => store.served()[0].info.family === familyB)
})

test('watching waits where a calibration is about to change the next folder too', async () => {
  const { folder, store } = await watched()
  await writeFile(join(folder, 'ddnn.json.part'), '{}')
  const seen: (number | undefined)[] = []
  await setThresholdInPlace(folder, 0.21)
  await setThresholdInPlace(folder, 0.22)
  await until('thresholds', () => {
    seen.push(store.served()[0].rules[0]?.[0]?.threshold)
    return seen.at(-1) === 0.22
  })
  assert.ok(!seen.includes(0.21))
})

/** Leaves a ddnn.json.part alone. */
async function setThresholdInPlace(folder: string, threshold: number): Promise<void> {
  const file = join(folder, 'ddnn.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as SubmodelManifest
  const exits = manifest.exits.map((exit) => ({ ...exit, threshold }))
  await writeFile(`${file}.new`, JSON.stringify({ ...manifest, exits }))
  await rename(`${file}.new`, file)
}
