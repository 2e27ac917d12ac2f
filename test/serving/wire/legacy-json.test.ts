// The original's JSON: round trips, what is accepted, and every malformation by its code.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { FrameError } from '../../../src/errors.ts'
import { sizeOf } from '../../../src/domain/tensor.ts'
import { jsonWire } from '../../../src/serving/wire/legacy-json.ts'
import { arbitraryFloats, arbitraryReply, arbitraryShape, seeded } from './arbitraries.ts'

const limits = { maxElements: 100 }
const noMeta = { family: undefined, labelsHash: undefined }
const decode = (text: string) => jsonWire.decodeRequest(Buffer.from(text), limits)
const values = (text: string) => {
  const decoded = decode(text)
  const slot = new Float32Array(sizeOf(decoded.shape))
  decoded.write(slot, 1 / 255)
  return { shape: decoded.shape, data: Array.from(slot) }
}

test('float32 tensors of any shape and finite bits survive', () => {
  const cases = arbitraryShape.chain((shape) =>
    fc.record({ shape: fc.constant(shape), data: arbitraryFloats(shape) }),
  )
  fc.assert(
    fc.property(cases, ({ shape, data }) => {
      const value = jsonWire.encodeRequest({ dtype: 'float32', shape, data }, noMeta)
      const decoded = jsonWire.decodeRequest(value, { maxElements: data.length })
      assert.deepEqual(decoded.shape, shape)
      const slot = new Float32Array(data.length)
      decoded.write(slot, 1)
      assert.deepEqual(slot, data)
    }),
    seeded,
  )
})

test('requests are nested lists with a batch axis, as JSON.parse reads them', () => {
  const data = new Float32Array([0, 0.5, 1, 2, 3, -4, 0.25, 8])
  const value = jsonWire.encodeRequest({ dtype: 'float32', shape: [2, 2, 2], data }, noMeta)
  assert.deepEqual(JSON.parse(Buffer.from(value).toString()), [
    [
      [
        [0, 0.5],
        [1, 2],
      ],
      [
        [3, -4],
        [0.25, 8],
      ],
    ],
  ])
})

test('tensors larger than the first guess of their text survive', () => {
  const data = Float32Array.from({ length: 5000 }, (_, i) => -1.1754943e-38 * (i + 1))
  const value = jsonWire.encodeRequest({ dtype: 'float32', shape: [50, 100], data }, noMeta)
  const slot = new Float32Array(5000)
  jsonWire.decodeRequest(value, { maxElements: 5000 }).write(slot, 1)
  assert.deepEqual(slot, data)
})

test('pixels go as pixel / 255', () => {
  const data = Uint8Array.of(0, 51, 255)
  const value = jsonWire.encodeRequest({ dtype: 'uint8', shape: [3], data }, noMeta)
  assert.equal(Buffer.from(value).toString(), '[[0.0,0.2,1.0]]')
})

test('a JPEG has no JSON form', () => {
  const image = {
    codec: 'jpeg',
    dtype: 'uint8',
    shape: [2, 2, 3],
    bytes: Uint8Array.of(255),
  } as const
  assert.throws(() => jsonWire.encodeRequest(image, noMeta), code('SHAPE'))
})

test('ints, floats, exponents and white space are read', () => {
  assert.deepEqual(values(' [ [1, -2.5 ,\n3e1],\t[0,-0.0,1E-2] ]'.replace(/^ \[/, '[[') + ']'), {
    shape: [2, 3],
    data: [1, -2.5, 30, 0, -0, Math.fround(0.01)],
  })
  assert.deepEqual(values('[5]'), { shape: [], data: [5] })
})

for (const [text, found] of [
  ['[[1, NaN]]', 'NaN at 1'],
  ['[[Infinity, 1]]', 'Infinity at 0'],
  ['[[1, 2, -Infinity]]', '-Infinity at 2'],
  // Finite as a double, which no network takes.
  ['[[1e39]]', 'Infinity at 0'],
  ['[[-1e400]]', '-Infinity at 0'],
] as const) {
  test(`${text} is refused, though Python's json may write it`, () => {
    assert.throws(() => values(text), { code: 'DDNN_FRAME_VALUE', message: new RegExp(found) })
  })
}

const malformed: readonly (readonly [string, string, string])[] = [
  ['nothing', 'MALFORMED', ''],
  ['white space alone', 'MALFORMED', '  '],
  ['an object', 'MALFORMED', '{"a": 1}'],
  ['a bare number', 'MALFORMED', '1'],
  ['a string', 'MALFORMED', '"[1]"'],
  ['an empty list', 'MALFORMED', '[]'],
  ['an empty inner list', 'MALFORMED', '[[1], []]'],
  ['an unclosed list', 'MALFORMED', '[[1, 2]'],
  ['a missing comma', 'MALFORMED', '[[1 2]]'],
  ['a comma too many', 'MALFORMED', '[[1,,2]]'],
  ['a comma at the end', 'MALFORMED', '[[1,2,]]'],
  ['a comma at the start', 'MALFORMED', '[[,1]]'],
  ['text among the numbers', 'MALFORMED', '[[1, "2"]]'],
  ['null among the numbers', 'MALFORMED', '[[1, null]]'],
  ['true among the numbers', 'MALFORMED', '[[1, true]]'],
  ['an object among the numbers', 'MALFORMED', '[[1, {}]]'],
  ['a leading zero', 'MALFORMED', '[[01]]'],
  ['rows of two lengths', 'MALFORMED', '[[[1, 2], [3]]]'],
  ['longer rows later', 'MALFORMED', '[[[1], [2, 3]]]'],
  ['a number beside a list', 'MALFORMED', '[[[1], 2]]'],
  ['a list beside a number', 'MALFORMED', '[[1, [2]]]'],
  ['planes of two sizes', 'MALFORMED', '[[[[1],[2]],[[3]]]]'],
  ['text after the list', 'MALFORMED', '[[1]] [2]'],
  ['a number of 2000 digits', 'MALFORMED', `[[${'1'.repeat(2000)}]]`],
  ['a batch of two', 'SHAPE', '[[1], [2]]'],
  ['ten axes', 'SHAPE', `${'['.repeat(10)}1${']'.repeat(10)}`],
  ['a million brackets', 'SHAPE', '['.repeat(1_000_000)],
  ['more elements than the model takes', 'TOO_LARGE', `[[${'1,'.repeat(100)}1]]`],
]

for (const [what, wanted, text] of malformed) {
  test(`a request with ${what} is DDNN_FRAME_${wanted}`, () => {
    const write = () => {
      const decoded = decode(text)
      decoded.write(new Float32Array(sizeOf(decoded.shape)), 1)
    }
    assert.throws(write, code(wanted))
  })
}

test('a slot of another size is refused', () => {
  assert.throws(() => decode('[[1, 2]]').write(new Float32Array(3), 1), code('SHAPE'))
})

test('replies of ours survive in JSON, less what an original would not know', () => {
  fc.assert(
    fc.property(arbitraryReply, (reply) => {
      const read = jsonWire.decodeReply(jsonWire.encodeReply(reply))
      for (let want = reply as typeof reply | undefined, got = read as typeof want; want;) {
        assert.ok(got)
        assert.equal(got.tier, want.tier)
        assert.equal(got.fallback, want.fallback)
        assert.equal(got.labelsHash, want.labelsHash)
        assert.deepEqual(got.problem, want.problem)
        assert.ok(Math.abs(got.totalMs - want.totalMs) <= want.totalMs * 1e-12 + 1e-300)
        assert.deepEqual(got.result?.logits, want.result?.logits)
        assert.equal(got.result?.exit, want.result?.exit)
        assert.ok(Object.is(got.result?.confidence, want.result?.confidence))
        assert.equal(got.result?.isLast, want.result && want.result.isLast === true)
        want = want.next
        got = got.next
      }
    }),
    seeded,
  )
})

test('a reply of an original is read with the tokens of Python', () => {
  const text = '{"result": [[NaN, -Infinity, 2]], "device": "a\\u0062\\"", "execution-time": 1e-3}'
  const reply = jsonWire.decodeReply(Buffer.from(text))
  assert.equal(reply.tier, 'ab"')
  assert.equal(reply.computeMs, 1)
  assert.equal(reply.totalMs, 0)
  assert.deepEqual(reply.result?.logits, [NaN, -Infinity, 2])
  assert.equal(reply.result?.prediction, 2)
  assert.equal(reply.result?.confidence, undefined)
})

for (const [what, result] of [
  ['raw input of four axes', '[[[[0.5, 0.5]]]]'],
  ['two lists', '[[1, 2], [3, 4]]'],
  ['no values', '[]'],
  ['lists of tensors of two shapes', '[[1], [2, 3]]'],
  ['null', 'null'],
  ['text', '"[1]"'],
  ['an object', '{"a": [1]}'],
] as const) {
  test(`a reply whose result is ${what} is read without a result`, () => {
    const reply = jsonWire.decodeReply(Buffer.from(`{"result": ${result}, "device": "a"}`))
    assert.equal(reply.result, undefined)
    assert.equal(reply.tier, 'a')
  })
}

test('the result of an original that offloaded is its raw input, whatever its shape', () => {
  const last = '{"result": [2, 1], "device": "cloud"}'
  const text = `{"result": [[1, 2, 3]], "device": "fog", "next": ${last}}`
  const reply = jsonWire.decodeReply(Buffer.from(text))
  assert.equal(reply.result, undefined)
  assert.equal(reply.next?.result?.prediction, 0)
})

test('null as next is no next', () => {
  const text = '{"result": [[1, 2, 3]], "device": "fog", "next": null}'
  assert.equal(jsonWire.decodeReply(Buffer.from(text)).result?.prediction, 2)
})

const nested = (hops: number): string =>
  hops === 0 ? 'null' : `{"result": [], "device": "a", "next": ${nested(hops - 1)}}`

for (const [what, text] of [
  ['nothing', ''],
  ['a list', '[1]'],
  ['an object without result', '{"device": "a"}'],
  ['an object without device', '{"result": []}'],
  ['a device that is a number', '{"result": [], "device": 1}'],
  ['a bad escape', '{"result": [], "device": "\\x"}'],
  ['an unclosed object', '{"result": [], "device": "a"'],
  ['an unclosed string', '{"result": [], "device": "a'],
  ['a missing colon', '{"result" [], "device": "a"}'],
  ['a comma too many', '{"result": [], "device": "a",}'],
  ['too many hops', nested(17)],
  ['a list nested too deep', `{"result": ${'['.repeat(100)}${']'.repeat(100)}, "device": "a"}`],
  ['a million open lists', `{"result": ${'['.repeat(1_000_000)}`],
  ['an error that is text', '{"result": [], "device": "a", "error": "no"}'],
] as const) {
  test(`a reply that is ${what} is DDNN_FRAME_MALFORMED`, () => {
    assert.throws(() => jsonWire.decodeReply(Buffer.from(text)), code('MALFORMED'))
  })
}

function code(suffix: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof FrameError, String(error))
    assert.equal(error.code, `DDNN_FRAME_${suffix}`)
    return true
  }
}
