// Settings of made-up samples, held against the cascade that serving runs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toCascadeSample } from '../../../src/lab/evaluation/cascade-sample.ts'
import { factsOf } from '../../../src/lab/plan/facts.ts'
import { exactPixels, type ImageForm } from '../../../src/lab/plan/plan.ts'
import { halvesOf, referenceOf, settingOn, settingsOf } from '../../../src/lab/plan/settings.ts'
import { drawScores } from '../evaluation/made-up.ts'
import { cascadeBySample } from '../evaluation/by-sample.ts'

const scores = drawScores({ count: 600 })
const options = { criteria: ['softmax'] as const, split: 0.5, seed: 1 }
const reference = referenceOf(scores.samples, scores.exits, options)
const settings = settingsOf(scores.samples, scores.exits, reference, options)

test('shares and accuracy of a setting are what its thresholds do on the images that did not choose', () => {
  const { testedOn, chosenOn } = halvesOf(scores.samples, options)
  assert.ok(settings.length > 5, String(settings.length))
  for (const { left, accuracy, loss, thresholds, exits } of settings) {
    const temperatures = exits.map(({ temperature }) => temperature)
    const [tested, chosen] = [testedOn, chosenOn].map((half) =>
      cascadeBySample(
        half.map(({ values, label }) => toCascadeSample(values, label, temperatures)),
        thresholds,
      ),
    )
    assert.deepEqual(left, tested?.shares)
    assert.equal(accuracy, tested?.accuracy)
    const losses = [
      reference.chosen - (chosen?.accuracy ?? 0),
      reference.tested - (tested?.accuracy ?? 0),
    ]
    assert.ok(Math.abs(loss - Math.max(...losses)) < 1e-12)
  }
})

test('settings go from none leaving early to almost all, and one loses nothing', () => {
  const firsts = settings.map(({ left }) => left[0] ?? 0)
  assert.ok(Math.min(...firsts) < 0.3 && Math.max(...firsts) > 0.8, firsts.join())
  assert.ok(settings.some(({ loss }) => loss <= 0))
})

test('with memory a setting holds what exits remember, and loss is that to the last exit with it', () => {
  const remembering = { ...options, memory: 'on' as const }
  const own = referenceOf(scores.samples, scores.exits, remembering)
  const found = settingsOf(scores.samples, scores.exits, own, remembering)
  assert.ok(found.length > 5 && own.tested !== reference.tested)
  const { testedOn } = halvesOf(scores.samples, options)
  for (const setting of found) {
    const weights = setting.exits.map(({ memory }) => memory?.weights.length)
    assert.deepEqual(weights, [undefined, 2, 3])
    assert.ok(setting.loss >= own.tested - setting.accuracy)
    assert.deepEqual(settingOn(testedOn, scores.exits, setting), setting)
  }
})

test('a setting on other samples keeps its thresholds and counts anew', () => {
  const setting = settings[1]
  assert.ok(setting)
  const all = settingOn(scores.samples, scores.exits, setting)
  assert.deepEqual(all.thresholds, setting.thresholds)
  const { testedOn } = halvesOf(scores.samples, options)
  assert.deepEqual(settingOn(testedOn, scores.exits, setting), setting)
  assert.notDeepEqual(all.left, setting.left)
})

test('facts have a group for each form that was run, and for pixels that were sent otherwise', () => {
  const compared = [{ form: 'int8' as const, samples: scores.samples }]
  const image: ImageForm = {
    name: 'uint8',
    flags: [],
    pixels: exactPixels,
    bytes: 1,
    encodeMs: 0,
    decodeMs: 0,
  }
  const lossy = [{ pixels: 'webp:80', scores }]
  const collected = { scores: { ...scores, compared }, lossy, images: [image], readMs: 1 }
  const { facts } = factsOf(collected, options)
  assert.deepEqual(
    facts.groups.map(({ pixels, form }) => `${pixels} ${form}`),
    ['exact float32', 'exact int8', 'webp:80 float32'],
  )
  assert.equal(facts.samples, 300)
  assert.equal(
    facts.stages[0]?.batchedMs,
    2,
    'where batches were not timed, one image alone counts',
  )
  assert.equal(facts.stages[0]?.frames[1]?.encodeMs, 0.05)
})
