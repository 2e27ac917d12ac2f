// Exits that remember, from fit to cascade: on samples whose truth is known.
import assert from 'node:assert/strict'
import { isHeardLater } from '../../../src/lab/evaluation/exit-facts.ts'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { logProbabilitiesOf, recall, startMemory } from '../../../src/domain/exit-memory.ts'
import { createRandom } from '../../../src/domain/random.ts'
import { calibratedFolders } from '../../../src/lab/evaluation/calibration-record.ts'
import { calibrationScores } from '../../../src/lab/evaluation/calibration-scores.ts'
import { memoryTable } from '../../../src/report/evaluation/memory-section.ts'
import { calibrate, type CalibrateOptions } from '../../../src/lab/evaluation/calibrate.ts'
import { fitExits } from '../../../src/lab/evaluation/fit-exits.ts'
import { fitMemory } from '../../../src/lab/evaluation/fit-memory.ts'
import { parseLinks } from '../../../src/lab/evaluation/link-profile.ts'
import { withMemoryOf } from '../../../src/lab/evaluation/memory-bytes.ts'
import { nllOf } from '../../../src/lab/evaluation/temperature.ts'
import type { Scores } from '../../../src/lab/evaluation/scores.ts'
import { rememberedBytes } from '../../../src/serving/wire/remembered.ts'
import { fc } from '../../helpers/property.ts'
import { repoPath } from '../../helpers/paths.ts'
import { drawNormal, drawScores } from './made-up.ts'

/** Two exits that look at noise of their own: together they know more than either. */
function independent(count: number, seed = 1): Scores {
  const random = createRandom(seed)
  const scores = drawScores({ count, skills: [1, 1], classes: 3, seed })
  const samples = scores.samples.map((sample) => ({
    ...sample,
    values: [1, 1.2].map((skill) =>
      Float32Array.from(
        [0, 1, 2],
        (c) => 2 * (drawNormal(random) + skill * Number(c === sample.label)),
      ),
    ),
  }))
  return { ...scores, samples }
}

test('an exit goes by those before it where they know what it does not', () => {
  const { samples, exits } = independent(600)
  const [first, second] = fitExits(samples, exits, { memory: 'auto', seed: 1 })
  assert.deepEqual([first?.memory, first?.trial], [undefined, undefined])
  const { memory, trial } = second ?? {}
  assert.equal(trial?.isKept, true)
  assert.ok((trial.remembering?.accuracy ?? 0) > (trial.alone?.accuracy ?? 1) + 0.05)
  const [before = 0, own = 0] = memory?.weights ?? []
  assert.ok(before > 0.2 && own > before, `${before} and ${own}`)
})

/** The first exit says the second's values again: nothing is to be learned from it. */
function echoed(count: number): Scores {
  const scores = drawScores({ count, skills: [2, 2], classes: 3, seed: 3 })
  const samples = scores.samples.map(({ values: [, own = new Float32Array(3)], ...sample }) => ({
    ...sample,
    values: [own, own],
  }))
  return { ...scores, samples }
}

test('memory that does not help is off, and on where it is asked for', () => {
  const { samples, exits } = echoed(600)
  const [, auto] = fitExits(samples, exits, { memory: 'auto', seed: 1 })
  assert.equal(auto?.memory, undefined)
  assert.equal(auto?.trial?.isKept, false)
  assert.match(auto.trial.because, /no likelier/)
  const [, on] = fitExits(samples, exits, { memory: 'on', seed: 1 })
  assert.equal(on?.memory?.weights.length, 2)
  const [, off] = fitExits(samples, exits, { memory: 'off', seed: 1 })
  assert.deepEqual([off?.memory, off?.trial], [undefined, undefined])
  // The own temperature is what it is without memory.
  assert.deepEqual([on.temperature, auto.temperature], [off?.temperature, off?.temperature])
})

test('too few images, and more values than travel, are no memory though it is asked for', () => {
  const few = independent(30)
  const [, tooFew] = fitExits(few.samples, few.exits, { memory: 'on', seed: 1 })
  assert.equal(tooFew?.memory, undefined)
  assert.match(tooFew?.trial?.because ?? '', /only 30 images/)
  const many = drawScores({ count: 60, skills: [2, 3], classes: 600 })
  const [, tooMany] = fitExits(many.samples, many.exits, { memory: 'on', seed: 1 })
  assert.equal(tooMany?.memory, undefined)
  assert.match(tooMany?.trial?.because ?? '', /600 classes/)
})

test('no small step from the fit lowers the loss, and no weight is below 0', () => {
  const drawn = fc.record({
    seed: fc.nat(1000),
    classes: fc.constantFrom(2, 5, 12),
    skills: fc.array(fc.constantFrom(0, 0.5, 2), { minLength: 2, maxLength: 4 }),
  })
  fc.assert(
    fc.property(drawn, ({ seed, classes, skills }) => {
      const { samples } = drawScores({ count: 120, seed, classes, skills })
      const recalled = samples.map(({ label, values }) => ({
        label,
        logs: values.map((own) => logProbabilitiesOf(own, 'logits')),
      }))
      const { weights, bias } = fitMemory(recalled, 0.5)
      assert.ok(weights.every((weight) => weight >= 0))
      const place = weights.length - 1
      const lossAt = (w: readonly number[], b: readonly number[]) => {
        const off = w.reduce((sum, x, e) => sum + (x - (e === place ? 0.5 : 0)) ** 2, 0)
        const prior = off + 10 * b.reduce((sum, x) => sum + x * x, 0)
        const nlls = recalled.map(({ logs, label }) => {
          const mean = { weights: w, bias: b, temperature: 1 }
          return nllOf({ logits: recall(place, mean, startMemory(logs)) ?? [], label }, 1)
        })
        return (nlls.reduce((a, x) => a + x, 0) + prior / 2) / nlls.length
      }
      const least = lossAt(weights, bias)
      for (const by of [-0.02, 0.02]) {
        for (const e of weights.keys()) {
          const moved = weights.map((w, i) => (i === e ? Math.max(0, w + by) : w))
          assert.ok(lossAt(moved, bias) > least - 1e-6, `weight ${e} by ${by}`)
        }
        for (const c of bias.keys()) {
          const moved = bias.map((b, i) => (i === c ? b + by : b))
          assert.ok(lossAt(weights, moved) > least - 1e-6, `bias ${c} by ${by}`)
        }
      }
    }),
    { numRuns: 8 },
  )
})

test('a calibration with memory is more accurate at its last exit, and says what it tried', () => {
  const scores = independent(1200)
  const options: CalibrateOptions = {
    goal: { kind: 'exit-rate', shares: [0.5] },
    ...{ confidence: 0.95, minExitShare: 0, criterion: 'softmax', split: 0.5, seed: 1, links: [] },
  }
  const alone = calibrate(scores, options)
  const remembering = calibrate(scores, { ...options, memory: 'auto' })
  const last = (of: typeof alone) => of.exits.at(-1)?.accuracy ?? 0
  assert.ok(last(remembering) > last(alone) + 0.05)
  assert.equal(remembering.exits.at(-1)?.trial?.isKept, true)
  assert.ok((remembering.exits.at(-1)?.after.nll ?? 9) < (alone.exits.at(-1)?.after.nll ?? 0))
  assert.equal('trial' in (alone.exits.at(-1) ?? {}), false)
  const [edge, fog] = calibratedFolders(scores, remembering, 'float32')
  assert.deepEqual(edge?.exits[0]?.isRemembered, true)
  assert.deepEqual(fog?.exits[0]?.memory, remembering.exits[1]?.memory)
  // Once these are served, what was before is what came out.
  const known = {
    ...scores,
    exits: scores.exits.map((facts, i) => ({
      ...facts,
      ...{ temperature: remembering.exits[i]?.temperature, memory: remembering.exits[i]?.memory },
    })),
  }
  const again = calibrate(known, { ...options, memory: 'auto' })
  assert.equal(again.exits[1]?.before.nll, remembering.exits[1]?.after.nll)
  const shown = calibrationScores(scores, remembering, { codec: 'float32', split: 0.5 })
  const rights = shown.columns[1]?.right ?? []
  const right = rights.reduce<number>((sum, one) => sum + one, 0)
  assert.equal(right / rights.length > last(alone), true)
})

test('links carry the memory that is written, and before that the memory that was', () => {
  const scores = independent(1200)
  const links = parseLinks(['edge-fog=1kbit'], scores.stages)
  const options: CalibrateOptions = {
    goal: { kind: 'exit-rate', shares: [0.5] },
    ...{ confidence: 0.95, minExitShare: 0, criterion: 'softmax', split: 0.5, seed: 1, links },
  }
  // All go to the last exit.
  const rules = scores.exits.map(({ index }) => ({
    ...({ exit: index, confidence: 'softmax', gives: 'logits', temperature: 1 } as const),
    threshold: 2,
  }))
  const remembering = calibrate(scores, { ...options, memory: 'auto', rules })
  const alone = calibrate(scores, { ...options, rules })
  const bytes = rememberedBytes([new Float32Array(scores.labels.length)])
  assert.ok(bytes > 12)
  // A byte takes 8 ms.
  const more = (remembering.exitMs[1] ?? 0) - (alone.exitMs[1] ?? 0)
  assert.ok(Math.abs(more - 8 * bytes) < 1e-6, String(more))
  const before = (of: typeof alone) => of.before?.measure.meanMs
  assert.deepEqual([before(remembering), before(alone)], [alone.exitMs[1], alone.exitMs[1]])
  // Measured with memory, the same frames come to the same times.
  const measured = withMemoryOf(scores, remembering.exits)
  assert.equal(measured.stages[0]?.offload?.memoryBytes, bytes)
  assert.deepEqual(calibrate(measured, { ...options, memory: 'auto' }).exitMs, remembering.exitMs)
  assert.deepEqual(calibrate(measured, options).exitMs, alone.exitMs)
  assert.equal(before(calibrate(measured, { ...options, rules })), remembering.exitMs[1])
})

test('what an exit said travels where one of a later submodel goes by it, not for one beside it', () => {
  const exits = [0, 0, 1].map((stage, index) => ({ stage, index }))
  const fits = (...weights: readonly number[][]) =>
    weights.map((own) => ({ memory: { weights: own, bias: [0], temperature: 1 } }))
  const heard = (given: ReturnType<typeof fits>) =>
    exits.map((exit) => isHeardLater(exits, exit, given))
  assert.deepEqual(heard(fits([1], [0.5, 1], [0, 0, 1])), [false, false, false])
  assert.deepEqual(heard(fits([1], [0.5, 1], [0.1, 0, 1])), [true, false, false])
})

test('by raw numbers no memory is fitted or written, and an accuracy is that of what serves', () => {
  const scores = independent(1200)
  const found = calibrate(scores, {
    goal: { kind: 'exit-rate', shares: [0.5] },
    ...{ confidence: 0.95, minExitShare: 0, criterion: 'raw', split: 0.5, seed: 1, links: [] },
    memory: 'auto',
  })
  assert.deepEqual(
    found.exits.map(({ memory, trial }) => [memory, trial]),
    found.exits.map(() => [undefined, undefined]),
  )
  assert.equal(found.exits.at(-1)?.accuracy, found.onTested?.lastAccuracy)
})

test('class values become confidences in two places, which both hear what exits remember', () => {
  const folder = repoPath('src')
  const askers = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => {
      const text = readFileSync(join(folder, file), 'utf8')
      return /import \{[^}]*\bconfidenceOf\b[^}]*\} from/.test(text)
    })
  const known = ['domain/exit.ts', 'lab/evaluation/columns-of-scores.ts']
  assert.deepEqual(askers.map((file) => file.replaceAll('\\', '/')).sort(), known)
})

test('the table says what was tried, and nothing where nothing was', () => {
  const options: CalibrateOptions = {
    goal: { kind: 'exit-rate', shares: [0.5] },
    ...{ confidence: 0.95, minExitShare: 0, criterion: 'softmax', split: 0.5, seed: 1, links: [] },
  }
  const scores = independent(400)
  assert.equal(memoryTable(calibrate(scores, options)), undefined)
  const table = memoryTable(calibrate(scores, { ...options, memory: 'auto' }))
  assert.deepEqual(
    table?.rows.map(([name]) => name),
    ['fog'],
  )
  assert.match(table.rows[0]?.at(-1) ?? '', /^on: better/)
  const few = memoryTable(calibrate(independent(60), { ...options, memory: 'on' }))
  assert.match(few?.rows[0]?.join('|') ?? '', /fog\|\|\|-\|-\|\|off: only 30 images/)
})
