// Progress on a terminal and elsewhere, by a clock of the test.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createProgress } from '../../src/report/progress.ts'
import { createTrainProgress } from '../../src/report/train-progress.ts'
import { Screen } from '../helpers/screen.ts'
import { failureOf, outcomeOf } from './outcomes.ts'

test('where there is no terminal a line comes every few seconds, and one at the end', async () => {
  const stream = new Screen(false)
  let clock = 0
  const progress = createProgress({ stream, total: 100, intervalMs: 5000, now: () => clock })
  for (let i = 0; i < 12; i++) {
    clock += 1000
    await progress.add(i === 3 ? failureOf(i) : outcomeOf(i))
  }
  await progress.close()
  await progress.close()
  assert.deepEqual(stream.text.trimEnd().split('\n'), [
    '5 of 100 images in 5.0 s, 1.0 a second, 1 failed',
    '10 of 100 images in 10.0 s, 1.0 a second, 1 failed',
    '12 of 100 images in 12.0 s, 1.0 a second, 1 failed',
  ])
})

test('on a terminal a bar shows how many are done', async () => {
  const stream = new Screen(true)
  const progress = createProgress({ stream, total: 4 })
  for (let i = 0; i < 4; i++) await progress.add(i === 3 ? failureOf(i) : outcomeOf(i))
  await progress.close()
  assert.match(stream.text, /4\/4 images/)
  assert.match(stream.text, /1 failed/)
  assert.match(stream.text, /█/)
})

const numbers = { loss: [1, 0.5], accuracy: [0.5, 0.75] }
const step = { epoch: 1, epochs: 2, step: 1, steps: 10, etaMs: 60_000, training: numbers }
const epoch = {
  epoch: 1,
  epochs: 2,
  exitNames: ['near', 'far'],
  training: { ...numbers, accuracy: [0.4, 0.6] },
  validation: numbers,
  isBest: true,
  seconds: 65,
}

for (const isTTY of [true, false]) {
  test(`a training tells each epoch ${isTTY ? 'with a bar' : 'by lines alone'}`, () => {
    const stream = new Screen(isTTY)
    const progress = createTrainProgress(stream)
    progress.update(step)
    progress.update({ ...step, step: 2 })
    progress.endEpoch(epoch)
    progress.close()
    progress.close()
    assert.match(
      stream.text,
      /epoch 1 of 2 in 1 min 5 s, 1 min 0 s left: near 50\.0 % \(training 40\.0 %\), far 75\.0 % \(training 60\.0 %\), best so far/,
    )
    assert.equal(/loss 0\.500/.test(stream.text), isTTY)
  })
}
