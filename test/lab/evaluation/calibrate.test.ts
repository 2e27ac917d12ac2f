// A whole calibration on made-up scores: what is found again, what is refused, and odd sets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confidenceNames } from '../../../src/domain/confidence.ts'
import type { ExitRule } from '../../../src/domain/exit.ts'
import { DdnnError } from '../../../src/errors.ts'
import { calibrate, type CalibrateOptions } from '../../../src/lab/evaluation/calibrate.ts'
import { calibratedFolders } from '../../../src/lab/evaluation/calibration-record.ts'
import { evaluateScores } from '../../../src/lab/evaluation/evaluate-scores.ts'
import { calibrationPage } from '../../../src/report/evaluation/calibration-page.ts'
import { cascadeTable, exitsTable } from '../../../src/report/evaluation/calibration-tables.ts'
import { criterionSentences } from '../../../src/report/evaluation/criteria-section.ts'
import { boundSentences } from '../../../src/report/evaluation/risk-tables.ts'
import { sweepCells, sweepColumns } from '../../../src/report/evaluation/sweep-table.ts'
import { parseLinks } from '../../../src/lab/evaluation/link-profile.ts'
import type { Scores } from '../../../src/lab/evaluation/scores.ts'
import { splitSamples } from '../../../src/lab/evaluation/split-samples.ts'
import { renderReportPage } from '../../../src/report/page/render-page.ts'
import { drawScores } from './made-up.ts'

const options: CalibrateOptions = {
  goal: { kind: 'loss', maxLoss: 0.02, by: 'proven' },
  confidence: 0.95,
  minExitShare: 0,
  criterion: 'softmax',
  split: 0.5,
  seed: 1,
  links: [],
}
const scores = drawScores({ count: 2000 })

/** The error of a calibration that is refused. */
function refusal(given: Scores, changes: Partial<CalibrateOptions> = {}): DdnnError {
  try {
    calibrate(given, { ...options, ...changes })
  } catch (thrown) {
    if (thrown instanceof DdnnError) return thrown
    throw thrown
  }
  throw new Error('not refused')
}

test('logits that are three times too large get three times the temperature', () => {
  const fit = (sharpness: number) =>
    calibrate(drawScores({ count: 2000, sharpness }), options).exits.map((exit) => exit.temperature)
  const plain = fit(1)
  for (const [exit, temperature] of fit(3).entries()) {
    assert.ok(Math.abs(temperature / (plain[exit] ?? 0) / 3 - 1) < 0.01, `${temperature}`)
  }
})

test('calibration lowers ECE and likelihood on images that did not fit it', () => {
  const { exits } = calibrate(drawScores({ count: 2000, sharpness: 2 }), options)
  for (const { before, after } of exits) {
    assert.ok(after.ece < before.ece / 2, `${before.ece} to ${after.ece}`)
    assert.ok(after.nll < before.nll)
  }
})

test('the same scores, options and seed give the same calibration', () => {
  const first = calibrate(scores, options)
  assert.deepEqual(calibrate(scores, options), first)
  assert.equal(first.onChosen.samples + (first.onTested?.samples ?? 0), 2000)
})

test('a proven loss holds on the images that tested it, and says how many it needed', () => {
  const { bound, onTested, thresholds } = calibrate(scores, options)
  assert.equal(thresholds.length, 2)
  assert.ok(bound !== undefined && onTested !== undefined)
  assert.ok(bound.bound <= 0.02 && bound.observed < bound.bound)
  assert.equal(bound.samplesWithoutErrors, 149)
  assert.ok(onTested.loss <= onTested.harmed)
  assert.match(boundSentences(bound).join(' '), /149 images without such an error are needed/)
})

test('an exit rate is reached on the images that chose, by each exit where it is given so', () => {
  const { onChosen } = calibrate(scores, {
    ...options,
    goal: { kind: 'exit-rate', shares: [0.4, 0.85] },
  })
  const [edge = 0, fog = 0] = onChosen.shares
  assert.ok(edge >= 0.4 && edge + fog >= 0.85, onChosen.shares.join(' '))
  const one = calibrate(scores, { ...options, goal: { kind: 'exit-rate', shares: [0.6] } })
  assert.ok((one.onChosen.shares[2] ?? 1) <= 0.4)
  assert.ok(one.onChosen.accuracy >= onChosen.accuracy)
})

test('a latency is reached over the links, and the mean time counts compute and link', () => {
  const links = parseLinks(['edge-fog=10ms/20mbit', 'fog-cloud=40ms'], scores.stages)
  const { exitMs, onChosen, costBasis } = calibrate(scores, {
    ...options,
    goal: { kind: 'latency', meanMs: 20 },
    links,
  })
  // 2; + 10 + 8,000 bits at 20 Mbit/s = 0.4, + 3; + 40 + 4.
  assert.deepEqual(
    exitMs.map((ms) => ms.toFixed(3)),
    ['2.000', '15.400', '59.400'],
  )
  assert.equal(costBasis, 'time')
  assert.ok(onChosen.meanMs <= 20)
  assert.ok([2, 15.4, 59.4].some((ms) => Math.abs(ms - onChosen.p95Ms) < 1e-9))
})

test('a link carries whole frames by the codec: smaller ones take less of it', () => {
  const links = parseLinks(['edge-fog=1mbit'], scores.stages)
  const msOf = (codec: CalibrateOptions['codec']) =>
    calibrate(scores, { ...options, links, codec }).exitMs[1] ?? 0
  assert.equal(msOf(undefined), msOf('float32'))
  // 750 bytes fewer at a megabit a second.
  assert.ok(Math.abs(msOf('float32') - msOf('int8') - 6) < 1e-9)
  assert.ok(msOf('int8') > msOf('int8+deflate'))
})

test('the sweep begins with the last exit alone, and gains while it loses', () => {
  const { sweep, exits } = calibrate(scores, options)
  const rows = sweep.filter(({ criterion }) => criterion === 'softmax')
  const [first, second] = rows
  assert.equal(first?.gain, 1)
  assert.deepEqual(first?.thresholds, [undefined, undefined])
  assert.ok(rows.length >= 8 && (second?.gain ?? 0) > 1)
  for (const [i, row] of rows.entries()) {
    assert.ok(row.meanMs <= (rows[i - 1]?.meanMs ?? Infinity) + 1e-9)
    const columns = sweepColumns(exits.map(({ name }) => name))
    assert.equal(sweepCells(row).length, columns.length)
  }
})

test('the sweep holds every setting tried, and marks those that none beats on the images that chose', () => {
  const { sweep } = calibrate(scores, {
    ...options,
    split: 1,
    goal: { kind: 'exit-rate', shares: [0.5] },
  })
  for (const criterion of ['softmax', 'entropy', 'margin', 'raw']) {
    const rows = sweep.filter((row) => row.criterion === criterion)
    const front = rows.filter(({ isOnFront }) => isOnFront)
    assert.ok(rows.length > 50 && rows.length <= 220, `${criterion}: ${rows.length}`)
    assert.ok(front.length > 3 && front.length < rows.length, `${criterion}: ${front.length}`)
    // By place, as no multiply-adds are known: exits cost as much as their place.
    const costOf = ({ shares: [, fog = 0, cloud = 0] }: (typeof rows)[number]) => fog / 2 + cloud
    for (const one of front) {
      const beaten = rows.find(
        (other) => other.accuracy > one.accuracy + 1e-9 && costOf(other) < costOf(one) - 2e-3,
      )
      assert.equal(beaten, undefined)
    }
  }
})

test('what was before is what the manifests said, measured on the same images', () => {
  const rules = scores.exits.map(({ index }) => ({
    ...{ exit: index, confidence: 'softmax' as const, gives: 'logits' as const },
    ...{ temperature: 2, threshold: index === 0 ? 0.9 : 0.6 },
  }))
  const manifests = scores.exits.map((exit) => ({ ...exit, temperature: 2, threshold: 0.7 }))
  const found = calibrate(
    { ...scores, exits: manifests },
    { ...options, split: 1, rules, goal: { kind: 'exit-rate', shares: [0.5] } },
  )
  const evaluated = evaluateScores(scores, { rules, isWhole: true })
  assert.equal(found.before?.isCalibrated, true)
  assert.equal(found.before?.measure.accuracy, evaluated.cascade.accuracy.share)
  assert.deepEqual(
    found.before?.measure.shares,
    evaluated.cascade.exits.map(({ left }) => left.share),
  )
  assert.deepEqual(
    found.exits.map(({ before }) => before.temperature),
    [2, 2, 2],
  )
  const plain = calibrate(scores, { ...options, rules })
  assert.equal(plain.before?.isCalibrated, false)
  assert.equal(plain.exits[0]?.before.temperature, 1)
  assert.equal(calibrate(scores, options).before, undefined)
})

test('the page leads with its result, beside what was before', () => {
  const rules = scores.exits.map(({ index }) => ({
    ...{ exit: index, confidence: 'softmax' as const, gives: 'logits' as const },
    ...{ temperature: 1, threshold: 0.8 },
  }))
  const found = calibrate(scores, { ...options, rules })
  const choice = { codec: 'float32', calibration: found, candidates: [], ofFolds: [] } as const
  const page = calibrationPage(found, [], choice)
  assert.match(page.lead?.[0] ?? '', /^Goal: accuracy loss at most 2 points.*By softmax: edge 0\./)
  assert.match(page.lead?.[1] ?? '', /^At confidence 0\.95, at most/)
  assert.equal(page.headline.length, 4)
  for (const { note } of page.headline) assert.match(note ?? '', /^before: /)
  assert.deepEqual(
    page.sections.slice(0, 2).map(({ title }) => title),
    ['Before and now', 'Sweep'],
  )
})

test('all criteria are compared, and best takes for each exit the one that ranks best', () => {
  const found = calibrate(scores, { ...options, criterion: 'best' })
  const { exits, criterion, sweep } = found
  assert.deepEqual(
    new Set(sweep.map((row) => row.criterion)),
    new Set(criterion === 'mixed' ? [...confidenceNames, 'mixed'] : confidenceNames),
  )
  for (const { riskCoverage, ranking } of exits) {
    assert.ok(riskCoverage.softmax.aurc <= riskCoverage.raw.aurc + 0.02)
    assert.ok(ranking.aurc[ranking.best] <= ranking.aurc.softmax)
  }
  assert.deepEqual(
    exits.slice(0, -1).map((exit) => exit.criterion),
    exits.slice(0, -1).map((exit) => exit.ranking.best),
  )
  for (const [e, { name }] of exits.slice(0, -1).entries()) {
    assert.match(criterionSentences(found)[e] ?? '', new RegExp(`^${name} leaves by `))
  }
})

/** The middle exit is far too sure of class 0, which only the learned criterion can know. */
function drawUneven(): Scores {
  const samples = scores.samples.map((sample, i) => {
    const values = [...sample.values]
    if (i % 4 === 0) values[1] = Float32Array.of(9 + (i % 7) / 7, 0, 0, 0)
    return { ...sample, values }
  })
  return { ...scores, samples }
}

test('exits of several criteria leave as they are served by, and say which', () => {
  const uneven = drawUneven()
  const found = calibrate(uneven, { ...options, criterion: 'best' })
  assert.equal(found.criterion, 'mixed')
  assert.deepEqual(
    found.exits.map(({ criterion }) => criterion),
    ['softmax', 'learned', 'learned'],
  )
  const [, fog] = found.exits
  assert.ok((fog?.riskCoverage.learned.auroc ?? 0) > (fog?.riskCoverage.softmax.auroc ?? 1))
  assert.match(
    criterionSentences(found).join(' '),
    /fog leaves by learned: .* right answers from wrong ones best/,
  )
  const [, written] = calibratedFolders(uneven, found, 'float32')
  assert.deepEqual(written?.exits[0]?.learned, fog?.learned)
  // The same images by the rules that tiers have: as many leave at each exit.
  const rules = found.exits.map((exit, i): ExitRule => ({
    ...{ exit: i, confidence: exit.criterion, gives: exit.gives, temperature: exit.temperature },
    ...{ threshold: found.thresholds[i] ?? 0, learned: exit.learned, memory: exit.memory },
  }))
  const { testedOn } = splitSamples(uneven.samples, options)
  const { cascade } = evaluateScores({ ...uneven, samples: testedOn }, { rules, isWhole: true })
  assert.deepEqual(
    cascade.exits.map(({ left }) => left.count / left.of),
    found.onTested?.shares,
  )
  const page = calibrationPage(found, [], {
    codec: 'float32',
    calibration: found,
    candidates: [],
    ofFolds: [],
  })
  assert.match(page.lead?.[0] ?? '', /Thresholds: edge softmax 0\.\d+, fog learned 0\.\d+/)
  assert.match(renderReportPage(page), /front of each its own/)
})

test('what is asked for is taken, and what would be better is said', () => {
  const found = calibrate(drawUneven(), { ...options, criterion: 'margin' })
  assert.equal(found.criterion, 'margin')
  assert.match(criterionSentences(found)[0] ?? '', /--criterion best would take .*learned at fog/)
})

for (const criterion of ['entropy', 'margin', 'raw', 'learned'] as const) {
  test(`thresholds for a goal are found under ${criterion} too`, () => {
    const { thresholds, onTested } = calibrate(scores, { ...options, criterion })
    assert.ok((onTested?.shares[2] ?? 1) < 0.95, `${thresholds.join(' ')}`)
  })
}

test('where all images choose, nothing is proved and the estimate is cross-validated', () => {
  const found = calibrate(scores, {
    ...options,
    split: 1,
    goal: { kind: 'loss', maxLoss: 0.02, by: 'measured' },
  })
  assert.equal(found.bound, undefined)
  assert.equal(found.onTested, undefined)
  assert.equal(found.crossValidated?.samples, 2000)
  assert.match(refusal(scores, { split: 1 }).hint ?? '', /--split 0.5|--empirical/)
})

test('an impossible latency and an impossible loss are refused with the nearest possible', () => {
  const fast = refusal(scores, { goal: { kind: 'latency', meanMs: 1 } })
  assert.equal(fast.code, 'DDNN_CONFIG_INVALID')
  assert.match(fast.message, /got 2 ms at the least/)
  const few = drawScores({ count: 400 })
  const lossless = refusal(few, { goal: { kind: 'loss', maxLoss: 0.001, by: 'proven' } })
  assert.match(lossless.message, /even without an error 2,995 are needed/)
  assert.match(lossless.hint ?? '', /--max-accuracy-loss 1\.\d+|--max-accuracy-loss [2-9]/)
  const none = refusal(few, { goal: { kind: 'loss', maxLoss: 0, by: 'proven' } })
  assert.match(none.message, /no number of samples proves/)
})

test('a least share an exit holds within the goal, or is refused with what there is', () => {
  const { onChosen } = calibrate(scores, {
    ...options,
    goal: { kind: 'loss', maxLoss: 0.1, by: 'measured' },
    minExitShare: 0.1,
  })
  for (const share of onChosen.shares) assert.ok(share >= 0.1, onChosen.shares.join(' '))
  const tooMany = refusal(scores, {
    goal: { kind: 'loss', maxLoss: 0.0001, by: 'measured' },
    minExitShare: 0.4,
  })
  assert.match(tooMany.hint ?? '', /--min-exit-share 0/)
})

test('shares that fall, or that are too many for the exits, are refused', () => {
  for (const shares of [
    [0.8, 0.4],
    [0.1, 0.2, 0.3],
  ]) {
    const error = refusal(scores, { goal: { kind: 'exit-rate', shares } })
    assert.match(error.message, /--exit-rate to be one share, or 2/)
  }
})

test('one exit gets a temperature and no threshold; goals that need more exits are refused', () => {
  const alone = drawScores({ count: 400, skills: [2] })
  const { thresholds, exits, bound } = calibrate(alone, options)
  assert.deepEqual(thresholds, [])
  assert.equal(exits.length, 1)
  assert.equal(bound?.harmed, 0)
  assert.match(refusal(alone, { goal: { kind: 'latency', meanMs: 5 } }).message, /several exits/)
})

test('an exit that is always right, and one that never is, end at a limit and say so', () => {
  const perfect = {
    ...scores,
    samples: scores.samples.map((sample) => ({
      ...sample,
      values: [
        Float32Array.from({ length: 4 }, (_, c) => (c === sample.label ? 9 : 0)),
        Float32Array.from({ length: 4 }, (_, c) => (c === (sample.label + 1) % 4 ? 9 : 0)),
        sample.values[2] ?? new Float32Array(4),
      ],
    })),
  }
  const { exits, warnings, onTested } = calibrate(perfect, options)
  assert.deepEqual(
    exits.slice(0, 2).map(({ temperature, accuracy }) => [temperature, accuracy]),
    [
      [0.05, 1],
      [20, 0],
    ],
  )
  assert.equal(warnings.length, 2)
  assert.equal(onTested?.shares[0], 1)
})

test('one label, few images, and an exit of nothing but NaN are refused; a missing label is a warning', () => {
  const one = scores.samples.filter(({ label }) => label === 0)
  assert.match(refusal({ ...scores, samples: one }).message, /at least two labels.*'class0'/)
  const few = scores.samples.slice(0, 9)
  assert.match(refusal({ ...scores, samples: few }).message, /at least 20 images/)
  const broken = scores.samples.map((sample) => ({
    ...sample,
    values: sample.values.with(1, new Float32Array(4).fill(Number.NaN)),
  }))
  assert.equal(refusal({ ...scores, samples: broken }).code, 'DDNN_ENGINE_VALUE')
  const three = scores.samples.filter(({ label }) => label !== 3)
  assert.match(
    calibrate({ ...scores, samples: three }, options).warnings.join(),
    /no images of class3/,
  )
})

test('some NaN outputs are named, in no figure of the exit, and never leave there', () => {
  const samples = scores.samples.map((sample, i) =>
    i % 10 === 0
      ? { ...sample, values: sample.values.with(0, new Float32Array(4).fill(Number.NaN)) }
      : sample,
  )
  const goal = { kind: 'exit-rate', shares: [0.5] } as const
  const { warnings, exits } = calibrate({ ...scores, samples }, { ...options, goal })
  assert.match(warnings.join(), /'edge' gives NaN or infinity for 200 of 2000/)
  assert.ok(Number.isFinite(exits[0]?.after.ece))
  const all = refusal({ ...scores, samples }, { goal: { kind: 'exit-rate', shares: [0.95, 0.99] } })
  assert.match(all.message, /outputs are no numbers/)
})

test('outputs of a softmax are taken as probabilities where no manifest says what they are', () => {
  const samples = scores.samples.map((sample) => ({
    ...sample,
    values: sample.values.map((values) => {
      const e = values.map((v) => Math.exp(v))
      const sum = e.reduce((a, b) => a + b, 0)
      return e.map((v) => v / sum)
    }),
  }))
  const found = calibrate({ ...scores, samples }, options)
  const plain = calibrate(scores, options)
  for (const [i, exit] of found.exits.entries()) {
    assert.equal(exit.gives, 'probabilities')
    assert.ok(Math.abs(exit.temperature - (plain.exits[i]?.temperature ?? 0)) < 1e-3)
  }
})

test('a link that no submodels have, and one that cannot be read, are refused with those that there are', () => {
  for (const item of [
    ...['edge-cloud=1ms', 'edge-fog', 'edge-fog=fast', 'edge-fog=0mbit'],
    ...['edge-fog=10ms/40ms', 'edge-fog=10mbit/20mbit', 'edge-fog=1ms/1mbit/2ms'],
  ]) {
    assert.throws(
      () => parseLinks([item], scores.stages),
      (error) => error instanceof DdnnError && error.message.includes(item),
    )
  }
  assert.throws(() => parseLinks(['edge-fog=1ms', 'edge-fog=2ms'], scores.stages), /twice/)
})

test('tables and page are whole for every kind of result', () => {
  for (const split of [0.5, 1]) {
    const goal = { kind: 'loss', maxLoss: 0.02, by: 'measured' } as const
    const found = calibrate(scores, { ...options, split, goal })
    for (const { header, rows } of [exitsTable(found), cascadeTable(found)]) {
      for (const row of rows) assert.equal(row.length, header.length)
    }
    const choice = { codec: 'int8', calibration: found, candidates: [], ofFolds: [] } as const
    const html = renderReportPage(calibrationPage(found, [['Images', '2000']], choice))
    assert.equal(html.match(/<svg/g)?.length, 7)
    assert.ok(!html.includes('NaN') && !html.includes('undefined'))
  }
})

test('of those that reach an exit, the share is expected to leave there that did', () => {
  const { expected, onTested } = calibrate(scores, options)
  const { shares = [] } = onTested ?? {}
  let reached = 1
  for (const [exit, share] of shares.entries()) {
    const found = expected[exit]
    assert.ok(found !== undefined && Math.abs(found.rate - share / reached) < 1e-9)
    assert.ok(found.confidence > 0 && found.confidence <= 1)
    reached -= share
  }
})
