import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitInput } from '../../src/input/limit.ts'
import type { Input } from '../../src/input/input.ts'

/** Five samples of label 0, then two of label 1, then one of label 2: sorted, as folders are. */
const labelOf = [0, 0, 0, 0, 0, 1, 1, 2]
const input: Input = {
  labels: ['a', 'b', 'c'],
  count: labelOf.length,
  *samples() {
    for (const [index, label] of labelOf.entries()) {
      yield {
        index,
        file: `${label}/${index}.jpg`,
        label,
        read: () => Promise.resolve({ dtype: 'uint8', shape: [1], data: Uint8Array.of(index) }),
      }
    }
  },
  close: () => Promise.resolve(),
}

test('a limit takes samples of every label in turn, in the order of the input, numbered from 0', async () => {
  const limited = limitInput(input, 5)
  const samples = [...limited.samples()]
  assert.equal(limited.count, 5)
  assert.deepEqual(
    samples.map(({ index, file }) => [index, file]),
    [
      [0, '0/0.jpg'],
      [1, '0/1.jpg'],
      [2, '1/5.jpg'],
      [3, '1/6.jpg'],
      [4, '2/7.jpg'],
    ],
  )
  assert.deepEqual([...(await (samples[2] ?? assert.fail()).read()).data], [5])
})

test('a limit above the number of samples takes them all', () => {
  assert.equal([...limitInput(input, 100).samples()].length, labelOf.length)
})
