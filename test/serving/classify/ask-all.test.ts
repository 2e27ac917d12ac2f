// The run over all sources: what is told, in which order, and what an interrupt leaves. Sources and the asker are the
// test's own, behind their seams.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { askAll, countImages, type AskAllOptions } from '../../../src/serving/classify/ask-all.ts'
import { folderSource, globSource } from '../../../src/serving/classify/sources/files.ts'
import { openSources } from '../../../src/serving/classify/sources/open-sources.ts'
import { describeNotRun } from '../../../src/report/describe.ts'
import type {
  Asker,
  Classified,
  FoundImage,
  ImageSource,
} from '../../../src/serving/classify/classify.ts'
import { DdnnError } from '../../../src/errors.ts'

const pixels = { dtype: 'uint8', shape: [1, 1, 3], data: new Uint8Array(3) } as const
const found = (name: string, change: Partial<FoundImage> = {}): FoundImage => ({
  name,
  read: () => Promise.resolve({ pixels }),
  ...change,
})

function sourceOf(...images: readonly FoundImage[]): ImageSource {
  return {
    // eslint-disable-next-line @typescript-eslint/require-await -- the seam is asynchronous
    async *images() {
      yield* images
    },
  }
}

const verdict = {
  ...{ class: 0, label: 'rose', probabilities: [1], criterion: undefined, confidence: 1 },
  ...{ tier: 'edge', exit: 0, fallback: false, hops: [] },
}

function askerOf(ask: Asker['ask'] = () => Promise.resolve(verdict)): Asker {
  return { height: 1, width: 1, labels: ['rose'], ask, close: () => Promise.resolve() }
}

async function run(change: Partial<AskAllOptions>, signal = new AbortController().signal) {
  const told: Classified[] = []
  const { isCutOff } = await askAll(
    {
      ...{ sources: [], asker: askerOf(), decode: () => Promise.resolve(pixels) },
      ...{ maxInFlight: 4, graceMs: 20, thumbnail: () => Promise.resolve(undefined) },
      tell: (outcome) => {
        told.push(outcome)
        return Promise.resolve()
      },
      ...change,
    },
    signal,
  )
  return { told, isCutOff, names: told.map(({ name }) => name) }
}

const broken = new DdnnError('DDNN_INPUT_UNREADABLE', 'Expected an image')

test('sources follow one another, and an image that fails is told in its place', async () => {
  let isTold = false
  const bad = found('b', { read: () => Promise.reject(broken), failed: () => (isTold = true) })
  const { told, names, isCutOff } = await run({
    sources: [sourceOf(found('a'), bad), sourceOf(found('c'))],
  })
  assert.deepEqual(names, ['a', 'b', 'c'])
  assert.equal(told[1] !== undefined && 'error' in told[1] ? told[1].error : undefined, broken)
  assert.deepEqual([isTold, isCutOff], [true, false])
})

test('a folder is the true label where the model has such a label, nowhere else', async () => {
  const images = [found('a', { folder: 'rose' }), found('b', { folder: 'holidays' }), found('c')]
  const { told } = await run({ sources: [sourceOf(...images)] })
  assert.deepEqual(
    told.map((outcome) => ('error' in outcome ? outcome.error : outcome.truth)),
    ['rose', undefined, undefined],
  )
})

test('what is not to be answered now is not told at all', async () => {
  const waits = found('b', { read: () => Promise.resolve(undefined) })
  assert.deepEqual((await run({ sources: [sourceOf(found('a'), waits, found('c'))] })).names, [
    'a',
    'c',
  ])
})

test('trouble of the file system is the own trouble of its image', async () => {
  const gone = Object.assign(new Error('x'), { code: 'EACCES', syscall: 'open' })
  const { told } = await run({
    sources: [sourceOf(found('a', { read: () => Promise.reject(gone) }))],
  })
  const [first] = told
  assert.ok(first !== undefined && 'error' in first)
  assert.equal(first.error.code, 'DDNN_INPUT_UNREADABLE')
  assert.match(first.error.message, /EACCES/)
})

test('at an interrupt nothing more is begun, and what is not answered in time is left, not failed', async () => {
  const stop = new AbortController()
  const begun: number[] = []
  const asker = askerOf((_, signal) => {
    begun.push(begun.length)
    if (begun.length === 1) return Promise.resolve(verdict)
    stop.abort()
    return new Promise((_, reject) =>
      signal.addEventListener('abort', () => reject(new Error('cut off'))),
    )
  })
  const images = Array.from({ length: 9 }, (_, i) => found(String(i)))
  const { names, isCutOff } = await run(
    { sources: [sourceOf(...images)], asker, maxInFlight: 1 },
    stop.signal,
  )
  assert.deepEqual([names, begun.length, isCutOff], [['0'], 2, true])
})

test('a small image that cannot be made costs no answer', async () => {
  const thumbnail = () => Promise.reject(new Error('no'))
  assert.deepEqual((await run({ sources: [sourceOf(found('a'))], thumbnail })).names, ['a'])
})

test('images are counted where they can be: folders, patterns and files, but no streams', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddnn-count-'))
  for (const name of ['a.jpg', 'b.png', 'notes.txt']) writeFileSync(join(folder, name), '')
  mkdirSync(join(folder, 'empty'))
  writeFileSync(join(folder, 'film.mp4'), '')
  const countOf = (...words: readonly string[]) =>
    countImages(
      openSources(
        {
          words,
          watch: undefined,
          onWatching: () => undefined,
          fps: undefined,
          minChange: 0,
          counts: { read: 0, asked: 0, gated: 0, dropped: 0 },
          timeoutMs: 1000,
        },
        [],
      ).sources,
    )
  const inside = (name: string) => join(folder, name)
  assert.equal(await countOf(folder), 2)
  assert.equal(await countOf(folder, inside('*.jpg'), inside('a.jpg'), 'http://localhost/x'), 5)
  assert.equal(await countOf(inside('empty'), inside('*.gif'), '-', 'gone.jpg'), 4)
  for (const stream of [inside('film.mp4'), 'camera:0']) {
    assert.equal(await countOf(folder, stream), undefined)
  }
  rmSync(folder, { recursive: true })
})

test('what was not run is told in one sentence', () => {
  assert.equal(describeNotRun(17, 20), '3 of 20 images were not run')
  assert.match(describeNotRun(17, undefined), /how many images were not run is not known/)
})

test('images that cannot be counted in time are not known, and nobody waits for them', async () => {
  const endless: ImageSource = { ...sourceOf(), count: () => new Promise(() => undefined) }
  const stop = new AbortController()
  setImmediate(() => stop.abort())
  assert.equal(await countImages([endless], stop.signal), undefined)
})

test('the search for images in folders and patterns ends at the signal', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ddnn-stop-'))
  mkdirSync(join(folder, 'rose'))
  writeFileSync(join(folder, 'rose', 'a.jpg'), '')
  const signal = AbortSignal.abort()
  for (const source of [folderSource(folder), globSource(join(folder, '**', '*.jpg'))]) {
    await assert.rejects(source.count?.(signal) ?? Promise.resolve(), { name: 'AbortError' })
    const context = { height: 1, width: 1, decode: () => Promise.resolve(pixels), signal }
    for await (const image of source.images(context)) assert.fail(image.name)
  }
  rmSync(folder, { recursive: true, force: true })
})

test('what is being read when the end comes is left, whatever the read says of it', async () => {
  const reasons: readonly unknown[] = ['SIGINT', new Error('stopped')]
  for (const reason of reasons) {
    const wrapped = new Error('fetch failed', { cause: reason })
    for (const thrown of [reason, wrapped, new DOMException('aborted', 'AbortError')]) {
      const stop = new AbortController()
      const read = () => {
        stop.abort(reason)
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as a signal's reason is thrown
        return Promise.reject<never>(thrown)
      }
      const slow = found('a', { read })
      const { told, isCutOff } = await run(
        { sources: [sourceOf(slow)], graceMs: 1000 },
        stop.signal,
      )
      assert.deepEqual([told, isCutOff], [[], true])
    }
  }
})
