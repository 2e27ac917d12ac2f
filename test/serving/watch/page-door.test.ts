// The live page over HTTP: files, events, and thresholds that are turned.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Reply } from '../../../src/domain/reply.ts'
import type { WatchState, WatchTick, WatchedImage } from '../../../src/domain/watch.ts'
import { hashToken } from '../../../src/serving/door/tokens.ts'
import { createWatch } from '../../../src/serving/watch/create-watch.ts'
import { createPageDoor } from '../../../src/serving/watch/page-door.ts'
import { createPageFiles } from '../../../src/serving/watch/page-files.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { createTierMeter } from '../../../src/telemetry/metrics/tier-meter.ts'
import { createLogSink } from '../../helpers/log-sink.ts'

const exit = (index: number) => ({ index, threshold: 0.8, accuracy: 0.9, multiplyAdds: 1000 })
const idle = { fallback: false, labelsHash: undefined, problem: undefined }

/** An image that left at this exit of a chain of two. */
function replyOf(exitIndex: number, prediction = 1): Reply {
  const result = { exit: exitIndex, logits: [0, 1], prediction, confidence: 0.75 }
  const cloud = { ...idle, tier: 'cloud', result, computeMs: 2, totalMs: 3, next: undefined }
  if (exitIndex === 1) {
    const edge = { ...result, exit: 0, confidence: 0.4 }
    return { ...idle, tier: 'edge', result: edge, computeMs: 1, totalMs: 6, next: cloud }
  }
  return { ...cloud, tier: 'edge' }
}

async function scene(t: TestContext, { tokens = ['sesame'] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'page-'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>page</title>')
  await writeFile(join(folder, 'page.js'), 'export {}')
  const { log, lines } = createLogSink()
  const watch = createWatch({
    ...{ name: 'edge', role: 'tier', version: '1.2.3' },
    meter: createTierMeter(createMetrics(), 'edge'),
    missing: () => [],
    writes: tokens.length > 0 ? 'token' : 'never',
  })
  watch.show({
    labels: () => ['cat', 'dog'],
    own: () => [{ name: 'edge', family: 'f', exits: [exit(0)] }],
    calibration: () => undefined,
    hasFront: true,
    canTurnFront: true,
    ask: () =>
      Promise.resolve({
        ...replyOf(1),
        tier: 'cloud',
        about: { version: '1', family: 'f', input: [1], exits: [exit(1)] },
        next: undefined,
      }),
  })
  const door = createPageDoor({
    ...{ watch, log, hosts: [] },
    files: createPageFiles(folder),
    tokens: tokens.length > 0 ? () => tokens.map(hashToken) : undefined,
  })
  const server = createServer((request, response) => {
    if (!door.handle(request, response)) response.writeHead(418).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.after(async () => {
    door.close()
    server.close()
    server.closeAllConnections()
    await rm(folder, { recursive: true })
  })
  const turn = (body: unknown, headers: Record<string, string> = {}, method = 'POST') =>
    fetch(`${origin}/page/thresholds`, {
      method,
      headers: { 'content-type': 'application/json', authorization: 'Bearer sesame', ...headers },
      ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
    })
  return { origin, watch, lines, turn, door }
}

/** Events until `enough` of them have come. */
async function follow(
  origin: string,
  enough: (events: ReadonlyMap<string, readonly unknown[]>) => boolean,
): Promise<ReadonlyMap<string, readonly unknown[]>> {
  const response = await new Promise<IncomingMessage>((answered) =>
    get(`${origin}/page/events`, answered),
  )
  assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8')
  const events = new Map<string, unknown[]>()
  let text = ''
  for await (const chunk of response as AsyncIterable<Buffer>) {
    text += chunk.toString()
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(block) ?? []
      if (name === undefined || data === undefined) continue
      events.set(name, [...(events.get(name) ?? []), JSON.parse(data)])
    }
    if (enough(events)) break
  }
  response.destroy()
  return events
}

test('its files are served with a policy that loads nothing of elsewhere, and no other path is', async (t) => {
  const { origin } = await scene(t)
  const page = await fetch(`${origin}/`)
  assert.equal(page.status, 200)
  assert.match(await page.text(), /<title>page/)
  assert.match(
    page.headers.get('content-security-policy') ?? '',
    /default-src 'none'.*frame-ancestors 'none'/,
  )
  assert.equal(page.headers.get('cross-origin-resource-policy'), 'same-origin')
  assert.equal(
    (await fetch(`${origin}/page/page.js`)).headers.get('content-type'),
    'text/javascript; charset=utf-8',
  )
  for (const path of [
    '/page/../../package.json',
    '/page/__proto__',
    '/page/x',
    '/page/index.html',
  ]) {
    assert.notEqual((await fetch(`${origin}${path}`)).status, 200, path)
  }
  assert.equal((await fetch(`${origin}/metrics`)).status, 418)
  assert.equal((await fetch(`${origin}/`, { method: 'DELETE' })).status, 405)
})

test('who watches is told the state at once, then counts that are exact and images with where they left', async (t) => {
  const { origin, watch } = await scene(t)
  const picture = () => Promise.resolve('data:image/jpeg;base64,AA')
  const events = follow(origin, (seen) => seen.has('images') && (seen.get('tick')?.length ?? 0) > 2)
  await new Promise((turned) => setTimeout(turned, 50))
  for (let i = 0; i < 500; i += 1) {
    watch.seen({ id: `a${i}`, reply: replyOf(0), totalMs: 4, label: i % 2, picture })
  }
  watch.seen({ id: 'b', reply: replyOf(1, 0), totalMs: 8, label: 1, picture })
  const problem = { code: 'DDNN_REPLY_TIMEOUT', message: 'nobody' }
  watch.seen({ id: 'c', reply: undefined, problem, totalMs: 30 })
  const told = await events
  const [first] = told.get('state') as WatchState[]
  assert.deepEqual([first?.name, first?.labels, first?.writes], ['edge', ['cat', 'dog'], 'token'])
  assert.deepEqual(
    (told.get('state') as WatchState[]).at(-1)?.tiers.map(({ name, state }) => [name, state]),
    [
      ['edge', 'here'],
      ['cloud', 'answers'],
    ],
  )
  const tick = (told.get('tick') as WatchTick[]).at(-1)
  assert.deepEqual([tick?.images, tick?.errors], [502, 1])
  assert.deepEqual(
    tick?.exits.map(({ exit, images, judged, right }) => ({ exit, images, judged, right })),
    [
      { exit: 0, images: 500, judged: 500, right: 250 },
      { exit: 1, images: 1, judged: 1, right: 0 },
    ],
  )
  const images = (told.get('images') as WatchedImage[][]).flat()
  assert.deepEqual(
    images.map(({ id }) => id),
    ['a0', 'a1', 'a2', 'a3', 'b', 'c'],
  )
  assert.equal(images[0]?.thumbnail, 'data:image/jpeg;base64,AA')
  assert.deepEqual(
    images[4]?.hops.map(({ tier, exit }) => [tier, exit]),
    [
      ['edge', 0],
      ['cloud', 1],
    ],
  )
  assert.equal(images[5]?.problem?.code, 'DDNN_REPLY_TIMEOUT')
})

test('a threshold is turned by who has a token, and the state says so', async (t) => {
  const { watch, turn, lines } = await scene(t)
  const turned = await turn({ exit: 0, threshold: 0.35 })
  assert.equal(turned.status, 200)
  const state = (await turned.json()) as WatchState
  assert.equal(state.tiers[0]?.exits[0]?.turned, 0.35)
  assert.deepEqual(watch.turned.own, [0.35, undefined])
  assert.match(JSON.stringify(lines), /turned on the page/)
  assert.equal((await turn({ exit: 0, threshold: null })).status, 200)
  assert.equal(watch.turned.own, undefined)
})

test('nobody else turns anything, and what cannot be turned is said in words', async (t) => {
  const { watch, turn } = await scene(t)
  const refused: [number, Promise<Response>][] = [
    [401, turn({ exit: 0, threshold: 0 }, { authorization: '' })],
    [401, turn({ exit: 0, threshold: 0 }, { authorization: 'Bearer other' })],
    [403, turn({ exit: 0, threshold: 0 }, { origin: 'http://evil.example' })],
    [415, turn({ exit: 0, threshold: 0 }, { 'content-type': 'text/plain' })],
    [405, turn(undefined, {}, 'GET')],
    [413, turn({ exit: 0, threshold: 0, x: 'x'.repeat(2000) })],
    [400, turn({ exit: 7, threshold: 0 })],
    [400, turn({ exit: 0, threshold: 1.5 })],
    [400, turn({ exit: 0, threshold: '0.5' })],
    [400, turn({ exit: -1, threshold: 0.5 })],
    [400, turn([])],
  ]
  for (const [status, asked] of refused) {
    const response = await asked
    assert.equal(response.status, status)
    const { error } = (await response.json()) as { error: { code: string; message: string } }
    assert.match(error.message, /^Expected /)
  }
  assert.equal(watch.turned.own, undefined)
})

test('without tokens nobody may turn thresholds', async (t) => {
  const { turn, watch } = await scene(t, { tokens: [] })
  assert.equal((await turn({ exit: 0, threshold: 0 })).status, 403)
  assert.equal(watch.state().tiers[0]?.exits[0]?.canTurn, false)
})

test('the end of the process ends its streams, with what was counted to the last', async (t) => {
  const { origin, door, watch } = await scene(t)
  const response = await new Promise<IncomingMessage>((answered) =>
    get(`${origin}/page/events`, answered),
  )
  let text = ''
  response.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = new Promise((over) => response.on('end', over))
  for (let i = 0; i < 7; i += 1) watch.seen({ id: 'a', reply: replyOf(0), totalMs: 4 })
  door.close()
  await ended
  const last = text.split('event: tick').at(-1)
  assert.match(last ?? '', /"images":7,/)
})

test('more than a few dozen viewers are told to come again', async (t) => {
  const { origin } = await scene(t)
  const open = await Promise.all(
    Array.from(
      { length: 33 },
      () => new Promise<IncomingMessage>((answered) => get(`${origin}/page/events`, answered)),
    ),
  )
  assert.deepEqual(
    open
      .map(({ statusCode }) => statusCode)
      .sort()
      .slice(-2),
    [200, 503],
  )
  for (const response of open) response.destroy()
})
