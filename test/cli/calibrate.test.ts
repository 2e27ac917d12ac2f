// The flags of `calibrate`: one goal, and a name that `run` uses for another thing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { readGoal } from '../../src/cli/read-goal.ts'
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
