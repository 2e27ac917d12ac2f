// Progress on a terminal and in a pipe, by a clock of the test.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBenchProgress } from '../../src/report/bench-progress.ts'
import {
  createCountProgress,
  createImagesProgress,
  createProgress,
} from '../../src/report/progress.ts'
import { createTrainProgress } from '../../src/report/train-progress.ts'
import { writeAbove } from '../../src/telemetry/above.ts'
import { Pipe, Screen } from '../helpers/screen.ts'
import { failureOf, outcomeOf, replyOf } from './outcomes.ts'

const plain = { NO_COLOR: '1' }

/** Half of the images leave at the edge, the others at fog and cloud; every tenth has no answer. */
async function tell(progress: ReturnType<typeof createProgress>, count: number, onEach = () => {}) {
  const ways = [[1], [0, 1], [1], [0, 0, 1]]
  for (let i = 0; i < count; i++) {
    onEach()
    const reply = replyOf(ways[i % ways.length] ?? [1])
    await progress.add(i % 10 === 9 ? failureOf(i) : outcomeOf(i, { reply, label: i % 2 }))
  }
}

/** Shows 40 of 50 images. */
async function shown(stream: Screen, env: Readonly<Record<string, string>> = plain) {
  let clock = 0
  const progress = createProgress({ stream, total: 50, now: () => clock, env })
  await tell(progress, 40, () => (clock += 200))
  return progress
}

const wide = [
  '━━━━━━━━━━━━━━━━━━━━━━━━──────   80 %  40/50 images  5.0/s  2 s left',
  '█████████████████▓▓▓▓▓▓▒▒▒▒▒▒▒  █ edge 56 %  ▓ fog 22 %  ▒ cloud 22 %',
  '44.4 % right  4 failed',
]

for (const env of [{ FORCE_COLOR: '1' }, plain]) {
  test(`a terminal shows one block, and one line at the end: ${Object.keys(env).join()}`, async () => {
    const stream = new Screen()
    const progress = await shown(stream, env)
    assert.deepEqual(await stream.lines(), wide)
    assert.deepEqual(await stream.cursor(), [3, 0])
    assert.equal(/\u001b\[\d+m/.test(stream.text), 'FORCE_COLOR' in env)
    await progress.close()
    await progress.close()
    assert.equal(
      (await stream.lines()).join(''),
      '40 of 50 images in 8.0 s, 5.0 a second, 2 s left, 4 failed; left at edge 56 %, fog 22 %, cloud 22 %',
    )
  })
}

test('it is drawn at most five times a second', async () => {
  const stream = new Screen()
  let clock = 0
  const progress = createProgress({ stream, total: 100, now: () => clock, env: plain })
  await tell(progress, 100, () => (clock += 20))
  await stream.lines()
  // Of two seconds.
  assert.equal(stream.text.split('\u001b[?2026h').length - 1, 10)
})

test('on forty columns pieces go on to the next line, and nothing is wider than it', async () => {
  const stream = new Screen(40)
  await shown(stream)
  const lines = await stream.lines()
  assert.deepEqual(lines, [
    '━━━━━━━━━━━━━━━━━━━━━━━━──────   80 %',
    '40/50 images  5.0/s  2 s left',
    '█████████████████▓▓▓▓▓▓▒▒▒▒▒▒▒',
    '█ edge 56 %  ▓ fog 22 %  ▒ cloud 22 %',
    '44.4 % right  4 failed',
  ])
})

for (const columns of [20, 33, 40, 79, 120]) {
  test(`made ${columns} columns wide meanwhile, it is still one block`, async () => {
    const stream = new Screen()
    const progress = await shown(stream)
    await stream.resize(columns)
    const lines = await stream.lines()
    assert.equal(lines.filter((line) => line.includes('━')).length, 1)
    assert.equal(lines.filter((line) => line.includes('44.4 % right')).length, 1)
    await progress.close()
    const left = (await stream.lines()).join('')
    assert.match(left, /^40 of 50 images/)
  })
}

test('on a terminal that loses its size meanwhile it stays one block', async () => {
  const stream = new Screen()
  const progress = await shown(stream)
  stream.isSizeKnown = false
  await stream.resize(80)
  await stream.resize(80)
  assert.deepEqual(await stream.lines(), wide)
  assert.doesNotMatch(stream.text, /Infinity|NaN/)
  await progress.close()
})

test('lines of the log stand above it', async () => {
  const stream = new Screen()
  const progress = await shown(stream)
  writeAbove(() => stream.write('WARN: one\n'))
  writeAbove(() => stream.write('WARN: two\n'))
  assert.deepEqual(await stream.lines(), ['WARN: one', 'WARN: two', ...wide])
  await progress.close()
  writeAbove(() => stream.write('WARN: three\n'))
  const lines = await stream.lines()
  assert.equal(lines.at(-1), 'WARN: three')
  assert.equal(lines.filter((line) => line.includes('━')).length, 0)
})

test('at the foot of a full terminal, and on one of few rows, it stays one block', async () => {
  for (const rows of [24, 5, 3]) {
    const stream = new Screen(80, rows)
    for (let i = 0; i < 30; i++) stream.write(`line ${i}\n`)
    await shown(stream)
    const lines = await stream.lines()
    assert.equal(lines.filter((line) => line.includes('━')).length, 1)
    assert.deepEqual(
      lines.slice(0, 30),
      Array.from({ length: 30 }, (_, i) => `line ${i}`),
    )
  }
})

test('names of tiers cannot steer the terminal', async () => {
  const stream = new Screen()
  let clock = 0
  const progress = createProgress({ stream, total: 3, now: () => (clock += 300), env: plain })
  const reply = { ...replyOf([1]), tier: 'a\u001b[2Jb\nc' }
  await progress.add(outcomeOf(0, { reply }))
  assert.match((await stream.lines()).join('\n'), /a\\x1b\[2Jb\\x0ac 100 %/)
  await progress.close()
})

for (const [title, env, isSizeKnown = true] of [
  ['a pipe', undefined],
  ['a terminal that knows no movements', { TERM: 'dumb' }],
  ['a device whose lines are shown among those of others', { DDNN_SUPERVISED: '1' }],
  ['a terminal that has no size', {}, false],
] as const) {
  test(`${title}: a line comes every few seconds, and one at the end`, async () => {
    const stream = env === undefined ? new Pipe() : new Screen()
    if (stream instanceof Screen) stream.isSizeKnown = isSizeKnown
    let clock = 0
    const options = { intervalMs: 5000, now: () => clock, env: env ?? { FORCE_COLOR: '1' } }
    const progress = createProgress({ stream, total: 20, ...options })
    await tell(progress, 12, () => (clock += 1000))
    await progress.close()
    await progress.close()
    if (stream instanceof Screen) await stream.lines()
    assert.deepEqual(stream.text.trimEnd().split('\n'), [
      '5 of 20 images in 5.0 s, 1.0 a second, 15 s left; left at edge 60 %, fog 20 %, cloud 20 %',
      '10 of 20 images in 10.0 s, 1.0 a second, 10 s left, 1 failed; left at edge 56 %, fog 22 %, cloud 22 %',
      '12 of 20 images in 12.0 s, 1.0 a second, 8 s left, 1 failed; left at edge 55 %, fog 18 %, cloud 27 %',
    ])
  })
}

test('counts that somebody else keeps are shown the same way', async () => {
  const stream = new Screen()
  let clock = 0
  const progress = createCountProgress({ stream, total: 60, now: () => clock, env: plain })
  progress.update(0, 0)
  clock = 3000
  progress.update(30, 2)
  assert.deepEqual(await stream.lines(), [
    '━━━━━━━━━━━━━━━───────────────   50 %  30/60 images  10.0/s  3 s left',
    '2 failed',
  ])
  progress.update(60, 2)
  progress.close()
  assert.deepEqual(await stream.lines(), ['60 of 60 images in 3.0 s, 20.0 a second, 2 failed'])
})

const numbers = { loss: [1, 0.5], accuracy: [0.5, 0.75] }
const step = { epoch: 1, epochs: 2, step: 5, steps: 10, etaMs: 60_000, training: numbers }
const epoch = {
  epoch: 1,
  epochs: 2,
  exitNames: ['near', 'far'],
  training: { ...numbers, accuracy: [0.4, 0.6] },
  validation: numbers,
  isBest: true,
  seconds: 65,
}
const told =
  'epoch 1 of 2 in 1 min 5 s, 1 min 0 s left: near 50.0 % (training 40.0 %), far 75.0 % (training 60.0 %), best so far'

test('a training tells each epoch above the one under way', async () => {
  const stream = new Screen(160)
  const progress = createTrainProgress(stream, { env: plain })
  progress.update(step)
  progress.endEpoch(epoch)
  assert.deepEqual(await stream.lines(), [
    told,
    '━━━━━━━━──────────────────────   25 %  epoch 1/2  step 5/10  1 min 0 s left',
    'right at exits 50.0 % / 75.0 %  loss 0.500',
  ])
  progress.close()
  progress.close()
  assert.deepEqual(await stream.lines(), [told])
})

test('in a pipe a training tells each epoch, and a long one meanwhile', () => {
  const stream = new Pipe()
  let clock = 0
  const progress = createTrainProgress(stream, { now: () => clock })
  progress.update({ ...step, step: 1 })
  clock = 11_000
  progress.update(step)
  progress.endEpoch(epoch)
  progress.close()
  assert.equal(stream.text, `epoch 1 of 2, step 5 of 10, 1 min 0 s left\n${told}\n`)
})

test('a bench shows what is measured, and the time left by how long measurements took', async () => {
  const stream = new Screen()
  let clock = 0
  const progress = createBenchProgress(stream, { now: () => clock, env: plain })
  const at = { total: 8, rounds: 2, contestant: 'ddnn', scenario: 'single-stream' }
  progress?.update({ ...at, done: 0, round: 0 })
  assert.deepEqual(await stream.lines(), [
    '──────────────────────────────    0 %  0/8 measurements',
    'ddnn  single-stream  to warm up',
  ])
  clock = 20_000
  progress?.update({ ...at, done: 2, round: 1 })
  assert.deepEqual(await stream.lines(), [
    '━━━━━━━━──────────────────────   25 %  2/8 measurements  1 min 0 s left',
    'ddnn  single-stream  round 1/2',
  ])
  progress?.close()
  assert.deepEqual(await stream.lines(), [])
  // Elsewhere the log tells.
  assert.equal(createBenchProgress(new Pipe()), undefined)
})

test('when nothing comes any more the rate falls, then there is no time left', async () => {
  const stream = new Screen()
  let clock = 0
  const progress = createCountProgress({ stream, total: 60, now: () => clock, env: plain })
  const images = async () => (await stream.lines())[0]?.replace(/^.*% +/, '')
  for (let done = 0; done <= 30; done++) {
    clock = done * 100
    progress.update(done, 0)
  }
  clock = 3200
  await stream.resize(80)
  assert.equal(await images(), '30/60 images  9.4/s  4 s left')
  clock = 12_000
  await stream.resize(80)
  assert.match((await images()) ?? '', /^30\/60 images {2}[0-3]\.\d\/s {2}.* left$/)
  clock = 30_000
  await stream.resize(80)
  // On the whole.
  assert.equal(await images(), '30/60 images  1.0/s')
  // It goes on, and what it does now is told again.
  for (let i = 1; i <= 25; i++) {
    clock = 30_000 + i * 500
    progress.update(30 + i, 0)
  }
  assert.equal(await images(), '55/60 images  2.0/s  3 s left')
  progress.close()
})

test('images that take longer than the rate looks back have a rate and a time left', async () => {
  const stream = new Screen()
  let clock = 0
  const progress = createCountProgress({ stream, total: 10, now: () => clock, env: plain })
  for (let second = 0; second <= 90; second++) {
    clock = second * 1000
    progress.update(Math.floor(second / 30), 0)
    await stream.resize(80)
    if (second < 40) continue
    // From 7 in 30 s to 9 in 60 s.
    assert.match((await stream.lines())[0] ?? '', /0\.0\/s {2}[3-8] min \d+ s left$/)
  }
  progress.close()
})

test('of images whose number nobody knows there is no bar, and no time left', async () => {
  const stream = new Screen()
  let clock = 0
  const known: { total?: number } = {}
  const options = { stream, total: () => known.total, now: () => clock, env: plain }
  const progress = createImagesProgress(options)
  const answer = { tier: 'edge', exit: 0, isRight: undefined, isFallback: true }
  clock = 2000
  progress.answered(answer)
  assert.deepEqual(await stream.lines(), [
    '1 images  0.5/s',
    '██████████████████████████████  █ edge 100 %',
    '1 fallback',
  ])
  known.total = 4
  clock = 4000
  progress.answered(answer)
  assert.match((await stream.lines())[0] ?? '', /50 % {2}2\/4 images {2}0\.5\/s {2}4 s left/)
  progress.close('nothing')
  assert.deepEqual(await stream.lines(), [])
})
