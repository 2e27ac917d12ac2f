// The checkpoint file: what is written comes back to the bit, and what is cut short is refused.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  readCheckpoint,
  writeCheckpoint,
  type Checkpoint,
} from '../../../src/lab/training/checkpoint.ts'
import { checkFacts } from '../../../src/lab/training/run-facts.ts'

let folder = ''
before(async () => void (folder = await mkdtemp(join(tmpdir(), 'ddnn-checkpoint-'))))
after(() => rm(folder, { recursive: true, force: true }))

const checkpoint: Checkpoint = {
  snapshot: {
    position: {
      epoch: 3,
      step: 7,
      done: 107,
      elapsedMs: 1234.5678901234,
      meter: { losses: [0.1 + 0.2, 1 / 3], hits: [5, 6], samples: 56 },
    },
    // Views into one buffer, as a program may have them.
    arrays: [
      Float32Array.from([1 / 3, -0, NaN, 1e-42, Infinity]),
      new Float32Array(Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i)).buffer, 40, 500),
      new Float32Array(0),
    ],
  },
  state: {
    epochsSinceRise: 1,
    history: { loss: [1.5, 0.1 + 0.2] },
    epochSeconds: [1.2, 1.3],
    startedAt: '2026-01-01T00:00:00.000Z',
    resumedAt: [],
  },
  facts: { '--seed': 1, labels: ['ä', 'b'] },
}

test('what is written comes back to the bit, and replaces what was there', async () => {
  const file = join(folder, 'a.bin')
  await writeFile(file, 'an older one')
  await writeCheckpoint(file, checkpoint)
  const read = await readCheckpoint(file)
  assert.deepEqual(read, {
    ...checkpoint,
    snapshot: {
      ...checkpoint.snapshot,
      arrays: checkpoint.snapshot.arrays.map((array) => array.slice()),
    },
  })
  assert.deepEqual(await readdir(folder), ['a.bin'])
})

test('where there is none, there is none', async () => {
  assert.equal(await readCheckpoint(join(folder, 'nowhere.bin')), undefined)
})

test('a file that is cut short anywhere is refused, naming it', async () => {
  const file = join(folder, 'b.bin')
  await writeCheckpoint(file, checkpoint)
  const { length } = await readFile(file)
  for (const bytes of [length - 1, length - 3000, 300, 17, 10, 0]) {
    await truncate(file, bytes)
    await assert.rejects(
      readCheckpoint(file),
      (error: Error & { code?: string; hint?: string }) => {
        assert.equal(error.code, 'DDNN_CONFIG_INVALID')
        assert.ok(error.message.includes(file), error.message)
        assert.match(error.hint ?? '', /Delete it/)
        return true
      },
    )
  }
})

test('bytes of something else are refused', async () => {
  const file = join(folder, 'c.bin')
  await writeFile(file, Buffer.alloc(5000, 'x'))
  await assert.rejects(readCheckpoint(file), { code: 'DDNN_CONFIG_INVALID' })
})

test('a checkpoint that cannot be written says so and leaves the one before', async () => {
  const file = join(folder, 'gone', 'd.bin')
  await assert.rejects(writeCheckpoint(file, checkpoint), { code: 'DDNN_OUTPUT_FAILED' })
})

test('a run that goes on with other options is told each difference', () => {
  const before = { '--seed': 1, 'recipe.warmup': 0.1, labels: ['a', 'b'], '--patience': null }
  checkFacts(before, before)
  const now = { ...before, '--seed': 2, 'recipe.warmup': 0.2, '--patience': 5 }
  assert.throws(
    () => checkFacts(now, before),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'DDNN_CONFIG_INVALID')
      assert.match(error.message, /--seed to be 1 as when the run began, got 2/)
      assert.match(error.message, /recipe\.warmup to be 0\.1 .*, got 0\.2/)
      assert.match(error.message, /--patience to be none .*, got 5/)
      assert.doesNotMatch(error.message, /labels/)
      return true
    },
  )
})

test('a difference far behind in a long value is found, and shown where it is', () => {
  const labels = Array.from({ length: 200 }, (_, i) => `label ${i}`)
  for (const [now, shown] of [
    [
      labels.with(150, 'other'),
      /to be \.\.\..*"label 150".* as when.*, got \.\.\..*"other".*\.\.\.$/,
    ],
    [labels.slice(0, -1), /to be \.\.\..*"label 199"\] as when.*, got \.\.\..*"label 198"\]$/],
    [[...labels, 'more'], /to be .*"label 199"\] as when.*, got .*"label 199","more"\]$/],
    [labels.with(0, 'other'), /to be \["label 0".*\.\.\. as when.*, got \["other".*\.\.\.$/],
  ] as const) {
    assert.throws(() => checkFacts({ labels: now }, { labels }), { message: shown })
  }
  checkFacts({ labels }, { labels: [...labels] })
})
