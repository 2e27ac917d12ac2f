// How answers are told: lines, bars, JSON, the summary and the gallery.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Answered, Verdict } from '../../../src/serving/classify/classify.ts'
import { renderGallery } from '../../../src/serving/classify/output/gallery-page.ts'
import { maxCards, openGallery } from '../../../src/serving/classify/output/gallery.ts'
import { answeredLine } from '../../../src/serving/classify/output/json.ts'
import { createLines } from '../../../src/serving/classify/output/lines.ts'
import { createSummary } from '../../../src/serving/classify/output/summary.ts'
import { DdnnError } from '../../../src/errors.ts'
import { tempFolder } from '../../helpers/cli.ts'

const labels = ['daisy', 'sunflowers']

function answered(name: string, change: Partial<Verdict> & { truth?: string } = {}): Answered {
  const { truth, ...verdict } = change
  return {
    name,
    truth,
    ms: 12.34,
    thumbnail: undefined,
    verdict: {
      ...{ class: 1, label: 'sunflowers', probabilities: [0.25, 0.75], criterion: 'margin' },
      ...{ confidence: 0.5, tier: 'edge', exit: 0, fallback: false, hops: [] },
      ...verdict,
    },
  }
}

test('columns stand below one another, whatever was answered', () => {
  const line = createLines({ labels, top: undefined, hasColours: false })
  const first = line(answered('a.jpg'))
  const second = line(answered('b.jpg', { class: 0, label: 'daisy', tier: 'fog' }))
  assert.equal(first, 'sunflowers   75.0 %  edge   exit 0   12.3 ms  a.jpg\n')
  assert.equal(second, 'daisy        25.0 %  fog    exit 0   12.3 ms  b.jpg\n')
})

test('a label of wide letters takes two places a letter', () => {
  const line = createLines({
    labels: ['\u73ab\u7470\u82b1\u6735', 'x'],
    top: undefined,
    hasColours: false,
  })
  const wide = line(answered('a', { class: 0, label: '\u73ab\u7470\u82b1\u6735' }))
  const narrow = line(answered('a', { label: 'x' }))
  assert.equal(wide.indexOf('25.0') + 4, narrow.indexOf('75.0'))
})

test('colours come only where they are wanted, and a name cannot bring its own', () => {
  const name = 'a\u001b[31m.jpg'
  const plain = createLines({ labels, top: 1, hasColours: false })(answered(name))
  assert.ok(!plain.includes('\u001b'))
  assert.ok(plain.includes('a\\x1b[31m.jpg'))
  const coloured = createLines({ labels, top: undefined, hasColours: true })(answered('a.jpg'))
  assert.ok(coloured.includes('\u001b['))
})

test('a known label says right or wrong, a fallback is named', () => {
  const line = createLines({ labels, top: undefined, hasColours: false })
  assert.match(line(answered('a', { truth: 'sunflowers' })), / right {2}a\n/)
  assert.match(
    line(answered('a', { truth: 'daisy', fallback: true })),
    /edge, fallback .* wrong, daisy {2}a\n/,
  )
})

test('--top shows the likeliest classes as bars', () => {
  const [, first = '', second = '', rest] = createLines({ labels, top: 5, hasColours: false })(
    answered('a'),
  ).split('\n')
  assert.match(first, /^ {2}sunflowers {2}\u2588{18}\u2591{6} {3}75.0 %$/)
  assert.match(second, /^ {2}daisy {7}\u2588{6}\u2591{18} {3}25.0 %$/)
  assert.equal(rest, '')
})

test('without labels classes are told by number', () => {
  const none = answered('a', { label: undefined })
  assert.match(createLines({ labels: undefined, top: 1, hasColours: false })(none), /class 1 /)
  assert.equal((JSON.parse(answeredLine(none, undefined, 1)) as { label: unknown }).label, null)
})

test('a JSON line holds the whole answer and nothing else', () => {
  const hops = [
    { tier: 'edge', exit: 0, class: 1, confidence: 0.5, fallback: false, computeMs: 1, totalMs: 2 },
  ]
  const text = answeredLine(answered('a\n.jpg', { truth: 'daisy', hops }), labels, undefined)
  assert.equal(text.indexOf('\n'), text.length - 1)
  assert.deepEqual(JSON.parse(text), {
    ...{ file: 'a\n.jpg', label: 'sunflowers', class: 1, confidence: 0.75 },
    criterion: { name: 'margin', value: 0.5 },
    ...{ expected: 'daisy', right: false },
    probabilities: [
      { label: 'sunflowers', class: 1, probability: 0.75 },
      { label: 'daisy', class: 0, probability: 0.25 },
    ],
    ...{ tier: 'edge', exit: 0, fallback: false, ms: 12.34, hops },
  })
})

test('a value that is no number is null', () => {
  const json = JSON.parse(answeredLine(answered('a', { confidence: NaN }), labels, 1)) as {
    criterion: { value: unknown }
    probabilities: unknown[]
  }
  assert.equal(json.criterion.value, null)
  assert.equal(json.probabilities.length, 1)
})

test('the summary counts tiers, failures, right answers and frames', () => {
  const summary = createSummary()
  summary.add(answered('a', { truth: 'sunflowers' }))
  summary.add(answered('b', { truth: 'daisy' }))
  summary.add(answered('c', { tier: 'cloud' }))
  summary.add({ name: 'd', error: new DdnnError('DDNN_INPUT_UNREADABLE', 'no') })
  assert.equal(
    summary.describe(2000, { read: 9, asked: 3, gated: 5, dropped: 1 }),
    '3 images in 2.0 s, 1.5 a second; answered by edge 2, cloud 1; 1 of 2 right, 50.0 %; frames: 9 read, 3 asked, 5 gated, 1 dropped; 1 failed',
  )
})

test('the gallery shows what is bounded, says how many there are, and takes names as text', () => {
  const page = renderGallery({
    labels,
    cards: [answered('<img src=x onerror=alert(1)>', { truth: 'daisy' }), answered('b.jpg')],
    total: 7,
    summary: '7 images',
  })
  assert.match(page, /7 images, the first 2 of them/)
  assert.ok(!page.includes('<img src=x'))
  assert.match(page, /wrong: daisy/)
  assert.match(page, /<option value="edge">/)
  assert.match(page, /script-src &#39;sha256|script-src 'sha256-/)
})

test('a gallery of thousands keeps to its bound, and is whole or not there', async () => {
  const file = join(tempFolder(), 'deep', 'gallery.html')
  const gallery = await openGallery(file, labels)
  for (let i = 0; i < maxCards + 5; i++) gallery.add(answered(`${i}.jpg`))
  assert.equal(gallery.isOpen, false)
  assert.ok(!existsSync(file))
  await gallery.write('done')
  await gallery.drop()
  const page = readFileSync(file, 'utf8')
  assert.equal(page.match(/<li /g)?.length, maxCards)
  assert.match(page, new RegExp(`${maxCards + 5} images, the first ${maxCards} of them`))
  assert.ok(!existsSync(`${file}.part`))
  await assert.rejects(openGallery(join(file, 'below-a-file.html'), labels), {
    code: 'DDNN_OUTPUT_FAILED',
  })
})
