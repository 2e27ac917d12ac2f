// The loop of a device, with an input and an answerer as plain functions.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { drive, type DriveOptions } from '../../../src/serving/device/drive.ts'
import type { Outcome } from '../../../src/domain/outcome.ts'
import type { Reply } from '../../../src/domain/reply.ts'
import { DdnnError, ReplyError } from '../../../src/errors.ts'
import type { Input, Sample } from '../../../src/input/input.ts'

const labels = ['a', 'b']

function inputOf(count: number, read?: (index: number) => Promise<never> | undefined) {
  const reads: number[] = []
  const sampleAt = (index: number): Sample => ({
    index,
    file: `a/${index}.jpg`,
    label: 0,
    read: async () => {
      reads.push(index)
      await read?.(index)
      return { dtype: 'uint8', shape: [1], data: Uint8Array.of(index) }
    },
    encoded: () => Promise.resolve({ bytes: Uint8Array.of(0xff, index), shape: [1] }),
  })
  const input: Input = {
    labels,
    count,
    *samples() {
      for (let i = 0; i < count; i++) yield sampleAt(i)
    },
    close: () => Promise.resolve(),
  }
  return { input, reads }
}

const replyOf = (prediction: number, changes: Partial<Reply> = {}): Reply => ({
  tier: 'edge',
  result: { exit: 0, logits: [0, 1], prediction, confidence: 0.9 },
  computeMs: 1,
  totalMs: 1,
  fallback: false,
  labelsHash: 'own',
  problem: undefined,
  next: undefined,
  ...changes,
})

function run(
  options: Partial<DriveOptions> & Pick<DriveOptions, 'input' | 'answer'>,
  signal?: AbortSignal,
) {
  const outcomes: Outcome[] = []
  const done = drive(
    {
      send: 'uint8',
      maxInFlight: 4,
      timeoutMs: 1000,
      shutdownTimeoutMs: 50,
      labelsHash: 'own',
      onOutcome: (outcome) => {
        outcomes.push(outcome)
        return Promise.resolve()
      },
      ...options,
    },
    signal ?? new AbortController().signal,
  )
  return { done, outcomes }
}

test('every sample has its own answer, and never more than maxInFlight are open or read ahead', async () => {
  const { input, reads } = inputOf(50)
  let open = 0
  let most = 0
  const { done, outcomes } = run({
    input,
    answer: async (image) => {
      most = Math.max(most, ++open)
      assert.ok(reads.length - outcomes.length <= 4)
      const value = 'data' in image ? (image.data[0] as number) : -1
      await sleep(value % 3)
      open--
      return replyOf(value)
    },
  })
  await done
  assert.equal(most, 4)
  assert.equal(outcomes.length, 50)
  for (const { index, reply } of outcomes) assert.equal(reply?.result?.prediction, index)
})

test('a sample that cannot be read and one without an answer are outcomes, and the run goes on', async () => {
  const { input } = inputOf(4, (index) =>
    index === 1 ? Promise.reject(new DdnnError('DDNN_INPUT_UNREADABLE', 'no image')) : undefined,
  )
  const { done, outcomes } = run({
    input,
    maxInFlight: 1,
    answer: (image) =>
      'data' in image && image.data[0] === 2
        ? Promise.reject(new ReplyError('DDNN_REPLY_TIMEOUT', 'none'))
        : Promise.resolve(replyOf(0)),
  })
  await done
  assert.deepEqual(
    outcomes.map(({ problem }) => problem?.code),
    [undefined, 'DDNN_INPUT_UNREADABLE', 'DDNN_REPLY_TIMEOUT', undefined],
  )
  assert.equal(outcomes[1]?.roundTripMs, undefined)
})

test('an error reply is a failed sample with the tier and its reason', async () => {
  const problem = { code: 'DDNN_FRAME_SHAPE', message: 'too small' }
  const { input } = inputOf(1)
  const { done, outcomes } = run({
    input,
    answer: () => Promise.resolve(replyOf(0, { result: undefined, problem })),
  })
  await done
  assert.deepEqual(outcomes[0]?.problem, problem)
})

for (const [what, result, message] of [
  ['no prediction', { exit: 0, logits: [0, 1], prediction: -1 }, /'edge', got no prediction/],
  ['NaN', { exit: 0, logits: [1, Number.NaN], prediction: 0 }, /'edge', got NaN at 1/],
  ['infinity', { exit: 0, logits: [Infinity, 0], prediction: 0 }, /'edge', got Infinity at 0/],
] as const) {
  test(`a reply of ${what} is a failed sample`, async () => {
    const { input } = inputOf(1)
    const reply = replyOf(0, { result: { ...result, confidence: 1 } })
    const { done, outcomes } = run({ input, answer: () => Promise.resolve(reply) })
    await done
    assert.equal(outcomes[0]?.problem?.code, 'DDNN_REPLY_FAILED')
    assert.match(outcomes[0].problem.message, message)
  })
}

test("a user's own values that are none are a failed sample, and not sent", async () => {
  const { input } = inputOf(3)
  const values = [0.5, Number.NaN, -Infinity]
  const own: Input = {
    ...input,
    *samples() {
      for (const sample of input.samples()) {
        const data = Float32Array.of(1, values[sample.index] as number)
        yield { ...sample, read: () => Promise.resolve({ dtype: 'float32', shape: [2], data }) }
      }
    },
  }
  let sent = 0
  const { done, outcomes } = run({
    input: own,
    send: 'own',
    maxInFlight: 1,
    answer: () => {
      sent++
      return Promise.resolve(replyOf(0))
    },
  })
  await done
  assert.equal(sent, 1)
  assert.deepEqual(
    outcomes.map(({ problem }) => problem?.code),
    [undefined, 'DDNN_FRAME_VALUE', 'DDNN_FRAME_VALUE'],
  )
})

test("labels that are not the tier's end the run", async () => {
  const { input } = inputOf(100)
  let answers = 0
  const { done } = run({
    input,
    answer: () => {
      answers++
      return Promise.resolve(replyOf(0, { labelsHash: 'other' }))
    },
  })
  await assert.rejects(done, (error) => (error as DdnnError).code === 'DDNN_LABELS_MISMATCH')
  assert.ok(answers < 100)
})

test('a stop begins no further sample, and lets those under way finish', async () => {
  const { input } = inputOf(100)
  const stop = new AbortController()
  const { done, outcomes } = run(
    {
      input,
      maxInFlight: 2,
      shutdownTimeoutMs: 5000,
      answer: async () => {
        await sleep(5)
        stop.abort()
        return replyOf(0)
      },
    },
    stop.signal,
  )
  await done
  assert.ok(outcomes.length >= 2 && outcomes.length <= 4, String(outcomes.length))
})

test('after a stop, answers that do not come are given up when the shutdown time-out is over', async () => {
  const { input } = inputOf(10)
  const stop = new AbortController()
  const { done, outcomes } = run(
    {
      input,
      maxInFlight: 3,
      answer: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new ReplyError('DDNN_REPLY_TIMEOUT', 'x')))
          stop.abort()
        }),
    },
    stop.signal,
  )
  await done
  assert.equal(outcomes.length, 0)
})

test('images travel as they were asked to: pixels, float32 of pixel / 255, or the file', async () => {
  const sent: unknown[] = []
  for (const send of ['uint8', 'float32', 'jpeg'] as const) {
    const { input } = inputOf(1)
    const { done } = run({
      input,
      send,
      answer: (image) => {
        sent.push('codec' in image ? [...image.bytes] : [image.dtype, ...image.data])
        return Promise.resolve(replyOf(0))
      },
    })
    await done
  }
  assert.deepEqual(sent, [
    ['uint8', 0],
    ['float32', 0],
    [0xff, 0],
  ])
})

test('an image is encoded anew where an encoder is given, and its pixels go where they are smaller', async () => {
  const pixels = new Uint8Array(12).fill(9)
  const sent: unknown[] = []
  for (const bytes of [11, 12]) {
    const { input } = inputOf(1)
    const large: Input = {
      ...input,
      *samples() {
        for (const sample of input.samples()) {
          const read = () =>
            Promise.resolve({ dtype: 'uint8', shape: [2, 2, 3], data: pixels } as const)
          yield { ...sample, read }
        }
      },
    }
    const { done } = run({
      input: large,
      send: 'webp',
      encode: (data, height, width) => {
        assert.deepEqual([data, height, width], [pixels, 2, 2])
        return Promise.resolve(new Uint8Array(bytes))
      },
      answer: (image) => {
        sent.push('codec' in image ? [image.codec, image.bytes.length] : image.data)
        return Promise.resolve(replyOf(0))
      },
    })
    await done
  }
  assert.deepEqual(sent, [['webp', 11], pixels])
})
