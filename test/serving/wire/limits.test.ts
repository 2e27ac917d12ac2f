// The sizes that topics are held against at start are never exceeded.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { sizeOf } from '../../../src/domain/tensor.ts'
import type { Reply } from '../../../src/domain/reply.ts'
import type { DdnnError } from '../../../src/errors.ts'
import { detectWire, wires } from '../../../src/serving/wire/detect.ts'
import { maxReplyBytes } from '../../../src/serving/wire/limits.ts'
import { arbitraryShape, seeded } from './arbitraries.ts'

const meta = { family: 'f'.repeat(200), labelsHash: 'l'.repeat(64) }
const longest = Math.fround(-1.1754943508222875e-38)

test('no request is larger than its largest size', () => {
  fc.assert(
    fc.property(arbitraryShape, (shape) => {
      const data = new Float32Array(sizeOf(shape)).fill(longest)
      const tensor = { dtype: 'float32', shape, data } as const
      const bytes = (form: 'binary' | 'json') => wires[form].encodeRequest(tensor, meta).length
      assert.ok(bytes('binary') <= wires.binary.maxRequestBytes(shape))
      assert.ok(bytes('json') <= wires.json.maxRequestBytes(shape))
      const pixels = { dtype: 'uint8', shape, data: new Uint8Array(data.length) } as const
      const sent = wires.binary.encodeRequest(pixels, meta).length
      assert.ok(sent <= wires.binary.maxRequestBytes(shape, 'uint8'))
    }),
    seeded,
  )
})

test('no request of an original is larger than the largest JSON', () => {
  const rows = Array.from({ length: 8 }, () => Array.from({ length: 8 }, () => [longest]))
  const text = JSON.stringify([rows]).replaceAll(',', ', ')
  assert.ok(Buffer.byteLength(text) <= wires.json.maxRequestBytes([8, 8, 1]))
})

test('no reply is larger than its largest size', () => {
  const classes = 1000
  const result = {
    exit: 20,
    logits: Array.from({ length: classes }, () => -1.1754943508222875e-38),
    prediction: 999,
    confidence: 0.12345678901234567,
  }
  let reply: Reply | undefined
  for (let hops = 1; hops <= 4; hops++) {
    reply = {
      tier: '\u0001'.repeat(100),
      result,
      computeMs: 0.12345678901234567,
      totalMs: 12345678.123456789,
      fallback: true,
      labelsHash: 'l'.repeat(64),
      problem: { code: 'DDNN_FRAME_TOO_LARGE', message: '\u0001'.repeat(5000) },
      next: reply,
    }
    for (const form of ['binary', 'json'] as const) {
      const bytes = wires[form].encodeReply(reply).length
      assert.ok(bytes <= maxReplyBytes(classes, hops, form), `${form}, ${hops} hops: ${bytes}`)
    }
  }
})

for (const [what, text, version, form] of [
  ['nested lists', '[[[0.5]]]', undefined, 'json'],
  ['an object after white space', ' \r\n\t{"a": 1}', undefined, 'json'],
  ['a frame', 'DDNN', undefined, 'binary'],
  ['nothing', '', undefined, 'binary'],
  ['white space', '  ', undefined, 'binary'],
  ['anything', 'hello', undefined, 'binary'],
  ['lists with our version', '[[1]]', '1', 'binary'],
] as const) {
  test(`${what} is taken as ${form}`, () => {
    assert.equal(detectWire(Buffer.from(text), version).form, form)
  })
}

for (const [what, value] of [
  ['a frame', Buffer.from('DDNN\u0001')],
  ['JSON', Buffer.from('[[1]]')],
  ['nothing', Buffer.alloc(0)],
] as const) {
  test(`${what} of another version is refused, whatever it looks like`, () => {
    for (const version of ['0', '2', '01', '', 'x'.repeat(5000)]) {
      assert.throws(
        () => detectWire(value, version),
        (error: DdnnError) => error.code === 'DDNN_FRAME_VERSION' && error.message.length < 100,
        version.slice(0, 5),
      )
    }
  })
}
