// The flags of `calibrate`: one goal, and a name that `run` uses for another thing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { readGoal } from '../../src/cli/read-goal.ts'
import { splitOf, testInputOf } from '../../src/cli/read-proof.ts'
import type { Goal } from '../../src/lab/evaluation/goal.ts'

function goalOf(
  line: string,
  env: Record<string, string> = {},
): { goal: Goal; problems: string[] } {
  const parsed = parseCommandLine(
    'calibrate',
    ['--models', 'm', ...line.split(' ').filter(Boolean)],
    env,
  )
  const problems = [...parsed.problems]
  return { goal: readGoal(parsed.values, problems), problems }
}

test('each goal is read in shares, and half a proven point is the default', () => {
  const rows: readonly [string, Goal][] = [
    ['', { kind: 'loss', maxLoss: 0.005, by: 'proven' }],
    ['--max-accuracy-loss 2 --empirical', { kind: 'loss', maxLoss: 0.02, by: 'measured' }],
    [
      '--max-accuracy-loss 2 --loss-among left-by',
      { kind: 'loss', maxLoss: 0.02, by: 'proven', among: 'left-by' },
    ],
    [
      '--max-accuracy-loss 1 --loss-of net',
      { kind: 'loss', maxLoss: 0.01, by: 'proven', of: 'net' },
    ],
    ['--exit-rate 0.6', { kind: 'exit-rate', shares: [0.6] }],
    ['--exit-rate 0.4,0.85', { kind: 'exit-rate', shares: [0.4, 0.85] }],
    ['--latency-ms 12.5', { kind: 'latency', meanMs: 12.5 }],
  ]
  for (const [line, goal] of rows) assert.deepEqual(goalOf(line), { goal, problems: [] }, line)
})

test('two goals, shares that are none, and a proof of what is not proved are named', () => {
  const rows: readonly [string, RegExp][] = [
    ['--exit-rate 0.5 --latency-ms 3', /one goal, got --exit-rate and --latency-ms/],
    ['--exit-rate 60', /shares from 0 to 1.*got '60'/],
    ['--exit-rate half', /got 'half'/],
    ['--exit-rate 0.5 --empirical', /--empirical with --max-accuracy-loss/],
    ['--exit-rate 0.5 --loss-among left-at', /--loss-among with --max-accuracy-loss/],
    [
      '--exit-rate 0.5 --loss-of net',
      /--loss-of net with a proof of --max-accuracy-loss, got --exit-rate/,
    ],
    ['--empirical --loss-of net', /--loss-of net with a proof.*got --empirical/],
    ['--loss-of net --loss-among left-at', /--loss-among all with --loss-of net, got left-at/],
    ['--loss-among some', /--loss-among to be one of all, left-by, left-at/],
    [
      '--criterion patience',
      /--criterion to be one of softmax, entropy, margin, raw, learned, best/,
    ],
    ['--confidence 95', /--confidence to be a number from 0.5/],
  ]
  for (const [line, problem] of rows) assert.match(goalOf(line).problems.join('\n'), problem)
})

test('--confidence is a number here and the old name of --criterion in run, each with a variable of its own', () => {
  const env = { DDNN_CONFIDENCE: 'entropy', DDNN_CALIBRATE_CONFIDENCE: '0.9' }
  const here = parseCommandLine('calibrate', ['--models', 'm'], env)
  assert.deepEqual(here.problems, [])
  assert.equal(here.values.number('confidence'), 0.9)
  const run = parseCommandLine('run', ['--name', 'x'], env)
  assert.deepEqual(run.problems, [])
  assert.equal(run.values.string('criterion'), 'entropy')
})

test('a share of the images tests, or folds, or a folder of its own: one of them', () => {
  const proofOf = (line: string) => {
    const parsed = parseCommandLine(
      'calibrate',
      ['--models', 'm', '-i', 'photos', ...line.split(' ').filter(Boolean)],
      {},
    )
    const problems = [...parsed.problems]
    const split = splitOf(parsed.values, problems)
    return { split, test: testInputOf(parsed.values, problems)?.folder, problems: problems.join() }
  }
  const fine = { test: undefined, problems: '' }
  assert.deepEqual(proofOf(''), { ...fine, split: 0.5 })
  assert.deepEqual(proofOf('--fit-share 0.3'), { ...fine, split: 0.3 })
  assert.deepEqual(proofOf('--folds 5 --fit-share 1'), { ...fine, split: 1 })
  assert.deepEqual(proofOf('--test-input others'), { ...fine, split: 1, test: 'others' })
  assert.equal(proofOf('--cifar10 --test-input bin').test, 'bin')
  assert.match(proofOf('--folds 5 --test-input others').problems, /got --folds and --test-input/)
  assert.match(proofOf('--folds 5 --fit-share 0.5').problems, /got --fit-share and --folds/)
  assert.match(proofOf('--test-input photos').problems, /another folder than --input/)
  assert.match(proofOf('--folds 1').problems, /--folds/)
})
