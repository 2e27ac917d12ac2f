// Lines of several processes on one terminal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasColours } from '../../../src/domain/has-colours.ts'
import { createOutput } from '../../../src/serving/supervisor/output.ts'

const target = (isTTY: boolean) => {
  const texts: string[] = []
  return { texts, isTTY, write: (text: string) => texts.push(text) }
}

test('names stand in one width before lines, without colours on a pipe', () => {
  const [stdout, stderr] = [target(false), target(false)]
  const show = createOutput(['edge', 'cloud.1', 'kafka'], { stdout, stderr })
  show('edge', 'stdout', 'one')
  show('cloud.1', 'stderr', 'two')
  show('ddnn', 'stderr', 'three')
  assert.deepEqual(stdout.texts, ['edge    | one\n'])
  assert.deepEqual(stderr.texts, ['cloud.1 | two\n', 'ddnn    | three\n'])
})

test('on a terminal each name has a colour of its own, and the line has none', () => {
  const [stdout, stderr] = [target(true), target(false)]
  const saved = { ...process.env }
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'TERM']) delete process.env[name]
  const show = createOutput(['edge', 'fog'], { stdout, stderr })
  Object.assign(process.env, saved)
  show('edge', 'stdout', 'one')
  show('fog', 'stdout', 'two')
  show('fog', 'stderr', 'three')
  assert.deepEqual(stdout.texts, [
    '\u001B[36medge |\u001B[39m one\n',
    '\u001B[33mfog  |\u001B[39m two\n',
  ])
  assert.deepEqual(stderr.texts, ['fog  | three\n'])
})

test('NO_COLOR counts before FORCE_COLOR, and both before the terminal', () => {
  const [terminal, pipe] = [target(true), target(false)]
  assert.equal(hasColours(terminal, {}), true)
  assert.equal(hasColours(terminal, { TERM: 'dumb' }), false)
  assert.equal(hasColours(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }), false)
  assert.equal(hasColours(terminal, { FORCE_COLOR: '0' }), false)
  assert.equal(hasColours(pipe, {}), false)
  assert.equal(hasColours(pipe, { FORCE_COLOR: '1' }), true)
})
