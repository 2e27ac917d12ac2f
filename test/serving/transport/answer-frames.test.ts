// Answers cut out of what a broker sends, however it comes; and kafkajs, which is given them whole.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { AnswerFrames } from '../../../src/serving/transport/kafka/answer-frames.ts'
import { mendReceiving } from '../../../src/serving/transport/kafka/kafkajs/internals.ts'

const require = createRequire(import.meta.url)

function framed(body: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  head.writeInt32BE(body.length, 0)
  return Buffer.concat([head, body])
}

test('answers come out as they were sent, wherever the reads are cut, and keep nothing of the reads', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 12 })
  fc.assert(
    fc.property(
      bodies,
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
      (sent, cuts) => {
        const stream = Buffer.concat(sent.map(framed))
        const answers: Buffer[] = []
        const frames = new AnswerFrames((answer) => answers.push(answer))
        const read = Buffer.alloc(90)
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const length = stream.copy(read, 0, at, at + (cuts[turn % cuts.length] ?? 1))
          frames.add(read.subarray(0, length))
          read.fill(0xee)
          at += length
        }
        assert.deepEqual(
          answers.map((answer) => answer.toString('hex')),
          sent.map((body) => framed(body).toString('hex')),
        )
      },
    ),
    { seed: 20261129, numRuns: 500 },
  )
})

test('a length that is none is refused', () => {
  for (const head of ['ffffffff', '80000000', '7fffffff']) {
    const frames = new AnswerFrames(() => assert.fail('an answer'))
    assert.throws(() => frames.add(Buffer.from(head, 'hex')), RangeError, head)
  }
})

test('kafkajs hands on an answer that it gets whole without copying it', () => {
  const Connection = require('kafkajs/src/network/connection') as {
    readonly prototype: { processData(this: object, bytes: Buffer): void }
  }
  const receive = (count: number) => {
    const payloads: Buffer[] = []
    const connection = Object.assign(Object.create(Connection.prototype) as object, {
      bytesBuffered: 0,
      bytesNeeded: 4,
      chunks: [],
      authHandlers: null,
      requestQueue: {
        fulfillRequest: ({ payload }: { readonly payload: Buffer }) => payloads.push(payload),
      },
    })
    const answers = Array.from({ length: count }, (_, i) =>
      framed(Buffer.from([0, 0, 0, i, ...Buffer.alloc(10_000, i)])),
    )
    for (const answer of answers) Connection.prototype.processData.call(connection, answer)
    assert.equal(payloads.length, count)
    return payloads.filter((payload, i) => payload.buffer === answers[i]?.buffer).length
  }
  mendReceiving()
  mendReceiving() // once is enough
  assert.equal(receive(5), 5)
})
