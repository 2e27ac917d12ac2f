// The binary frame: round trips at every offset, one copy, and every malformation by its code.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { FrameError } from '../../../src/errors.ts'
import { binaryWire } from '../../../src/serving/wire/frame.ts'
import { mostExits, mostRemembered, type Remembered } from '../../../src/domain/exit-memory.ts'
import { maxThresholds } from '../../../src/domain/turned-thresholds.ts'
import { maxHops } from '../../../src/serving/wire/limits.ts'
import {
  arbitraryFloats,
  arbitraryNonFinite,
  arbitraryReply,
  arbitraryShape,
  seeded,
} from './arbitraries.ts'

const limits = { maxElements: 100_000 }
const noMeta = { family: undefined, labelsHash: undefined }

/** The same bytes at some offset of a larger buffer, as records of one fetch lie. */
function shifted(value: Uint8Array, offset: number): Uint8Array {
  const larger = new Uint8Array(value.length + offset + 5).fill(0xaa)
  larger.set(value, offset)
  return larger.subarray(offset, offset + value.length)
}

test('float32 tensors of any finite bits survive at every byte offset', () => {
  const cases = arbitraryShape.chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      data: arbitraryFloats(shape),
      offset: fc.nat(7),
      family: fc.option(fc.string({ maxLength: 40 }), { nil: undefined }),
    }),
  )
  fc.assert(
    fc.property(cases, ({ shape, data, offset, family }) => {
      const value = binaryWire.encodeRequest(
        { dtype: 'float32', shape, data },
        { family, labelsHash: 'ab' },
      )
      const decoded = binaryWire.decodeRequest(shifted(value, offset), limits)
      assert.equal(decoded.family, family)
      assert.equal(decoded.labelsHash, 'ab')
      assert.deepEqual(decoded.shape, shape)
      // A slot in the middle of a batch.
      const batch = new Float32Array(data.length + 3)
      decoded.write(batch.subarray(2, 2 + data.length), 1)
      const written = new Uint32Array(batch.buffer, 8, data.length)
      assert.deepEqual(written, new Uint32Array(data.buffer))
      assert.deepEqual([batch[0], batch[1], batch.at(-1)], [0, 0, 0])
    }),
    seeded,
  )
})

test("a request's own thresholds survive; what is no list of finite numbers is refused on both sides", () => {
  const tensor = { dtype: 'uint8', shape: [1], data: Uint8Array.of(7) } as const
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
  fc.assert(
    fc.property(
      fc.option(fc.array(finite, { minLength: 1, maxLength: maxThresholds }), { nil: undefined }),
      (thresholds) => {
        const value = binaryWire.encodeRequest(tensor, { ...noMeta, thresholds })
        assert.deepEqual(binaryWire.decodeRequest(value, limits).thresholds, thresholds)
      },
    ),
    seeded,
  )
  const refused = { code: 'DDNN_FRAME_VALUE', message: /1 to 64 finite numbers as thresholds/ }
  for (const thresholds of [[], [NaN], [Infinity], new Array<number>(65).fill(0)]) {
    assert.throws(() => binaryWire.encodeRequest(tensor, { ...noMeta, thresholds }), refused)
  }
  const good = binaryWire.encodeRequest(tensor, { ...noMeta, thresholds: [0.123] })
  const text = Buffer.from(good).toString('latin1')
  // As long as the list, so that the frame stays whole.
  for (const other of ['"0.123"', '{"a":1}', '[null ]', '[ "1" ]', '  0.123', '[     ]']) {
    const spoilt = Buffer.from(text.replace('[0.123]', other), 'latin1')
    assert.equal(spoilt.length, good.length)
    assert.throws(() => binaryWire.decodeRequest(spoilt, limits), refused, other)
  }
})

const features = { dtype: 'float32', shape: [1], data: Float32Array.of(7) } as const
const logs = fc
  .array(fc.float({ min: -1000, max: 0, noNaN: true }), { minLength: 1, maxLength: 8 })
  .map((values) => Float32Array.from(values))

test('what exits said survives bit for bit, holes and all, and no exit at all leaves no key', () => {
  const cases = fc.array(fc.option(logs, { nil: undefined }), { maxLength: mostExits })
  fc.assert(
    fc.property(cases, (memory) => {
      const value = binaryWire.encodeRequest(features, { ...noMeta, memory })
      const decoded = binaryWire.decodeRequest(value, limits)
      const isKnown = memory.some((one) => one !== undefined)
      assert.deepEqual(decoded.memory, isKnown ? memory : undefined)
      if (!isKnown) assert.deepEqual(value, binaryWire.encodeRequest(features, noMeta))
      assert.ok(value.length <= binaryWire.maxRequestBytes([1]))
    }),
    seeded,
  )
})

test('more than travels, and what is no log-probability, is not sent', () => {
  const refused: readonly (readonly [memory: Remembered, code: string])[] = [
    [[new Float32Array(mostRemembered + 1)], 'DDNN_FRAME_TOO_LARGE'],
    [[...new Array<undefined>(mostExits), Float32Array.of(-1)], 'DDNN_FRAME_TOO_LARGE'],
    ...[NaN, -Infinity, 0.5].map((odd) => [[Float32Array.of(odd)], 'DDNN_FRAME_VALUE'] as const),
  ]
  for (const [memory, code] of refused) {
    assert.throws(() => binaryWire.encodeRequest(features, { ...noMeta, memory }), { code })
  }
})

test('beside thresholds that leave no room, memory stays behind', () => {
  const memory = [new Float32Array(mostRemembered).fill(-1)]
  const alone = binaryWire.encodeRequest(features, { ...noMeta, memory })
  assert.deepEqual(binaryWire.decodeRequest(alone, limits).memory, memory)
  const thresholds = new Array<number>(maxThresholds).fill(-1.1754943508222875e-38)
  const value = binaryWire.encodeRequest(features, { ...noMeta, memory, thresholds })
  assert.equal(binaryWire.decodeRequest(value, limits).memory, undefined)
  assert.ok(value.length <= binaryWire.maxRequestBytes([1]))
})

const base64Of = (values: readonly number[]) =>
  Buffer.from(Float32Array.from(values).buffer).toString('base64')
const oddMemory: readonly [what: string, memory: unknown, code: string][] = [
  ['no list', base64Of([-1]), 'DDNN_FRAME_MALFORMED'],
  ['numbers', [-1, -2], 'DDNN_FRAME_MALFORMED'],
  ['a list of lists', [[-1]], 'DDNN_FRAME_MALFORMED'],
  ['other text', ['not base64!'], 'DDNN_FRAME_MALFORMED'],
  ['nothing in it', [''], 'DDNN_FRAME_MALFORMED'],
  ['half a number', ['AAA='], 'DDNN_FRAME_MALFORMED'],
  ['NaN', [base64Of([NaN])], 'DDNN_FRAME_VALUE'],
  ['an infinity', [null, base64Of([-1, -Infinity])], 'DDNN_FRAME_VALUE'],
  ['more than certainty', [base64Of([0.1])], 'DDNN_FRAME_VALUE'],
  ['too many exits', new Array<null>(mostExits + 1).fill(null), 'DDNN_FRAME_TOO_LARGE'],
  ['too many values of one', ['A'.repeat(400_000)], 'DDNN_FRAME_TOO_LARGE'],
  [
    'too many values of all',
    new Array(40).fill(base64Of(new Array(20).fill(-1))),
    'DDNN_FRAME_TOO_LARGE',
  ],
]
for (const [what, memory, code] of oddMemory) {
  test(`memory of ${what} is refused as ${code}`, () => {
    const tensors = [{ name: 'input', dtype: 'float32', shape: [1], codec: 'raw', bytes: 4 }]
    const header = Buffer.from(JSON.stringify({ memory, tensors }))
    const start = Buffer.from([0x44, 0x44, 0x4e, 0x4e, 1, 1, 0, 0, 0, 0, 0, 0])
    start.writeUInt32LE(header.length, 8)
    const value = Buffer.concat([start, header, Buffer.alloc(4)])
    assert.throws(() => binaryWire.decodeRequest(value, limits), { code })
  })
}

test('a tensor with one value that is none is refused wherever it stands, naming the place', () => {
  fc.assert(
    fc.property(
      fc
        .integer({ min: 1, max: 40 })
        .chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1))),
      arbitraryNonFinite,
      fc.nat(7),
      ([size, at], bits, offset) => {
        const data = new Float32Array(size).fill(0.5)
        new Uint32Array(data.buffer)[at] = bits
        const value = binaryWire.encodeRequest({ dtype: 'float32', shape: [size], data }, noMeta)
        const decoded = binaryWire.decodeRequest(shifted(value, offset), limits)
        assert.throws(() => decoded.write(new Float32Array(size), 1), {
          code: 'DDNN_FRAME_VALUE',
          message: new RegExp(`(NaN|Infinity) at ${at}$`),
        })
      },
    ),
    seeded,
  )
})

test('uint8 tensors are widened by the scale at every byte offset', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.nat(7),
      fc.constantFrom(1 / 255, 1, 2 / 255, 0.5),
      (data, offset, scale) => {
        const value = binaryWire.encodeRequest(
          { dtype: 'uint8', shape: [data.length], data },
          noMeta,
        )
        const slot = new Float32Array(data.length)
        binaryWire.decodeRequest(shifted(value, offset), limits).write(slot, scale)
        assert.deepEqual(
          slot,
          Float32Array.from(data, (v) => v * scale),
        )
      },
    ),
    seeded,
  )
})

test('a tensor that is a view into a larger buffer is sent alone', () => {
  const data = new Float32Array([9, 1, 2, 3, 9]).subarray(1, 4)
  const value = binaryWire.encodeRequest({ dtype: 'float32', shape: [3], data }, noMeta)
  const slot = new Float32Array(3)
  binaryWire.decodeRequest(value, limits).write(slot, 1)
  assert.deepEqual(slot, new Float32Array([1, 2, 3]))
})

test('decoding copies nothing, write copies once', () => {
  const data = new Float32Array([1, 2, 3, 4])
  const value = binaryWire.encodeRequest({ dtype: 'float32', shape: [4], data }, noMeta)
  const decoded = binaryWire.decodeRequest(value, limits)
  assert.equal(decoded.bytes.buffer, value.buffer)
  // What is changed after decoding shows in the slot: so decode held no copy of its own.
  value.set(new Uint8Array(new Float32Array([7]).buffer), value.length - 16)
  const slot = new Float32Array(4)
  decoded.write(slot, 1)
  assert.deepEqual(slot, new Float32Array([7, 2, 3, 4]))
  value.fill(0)
  assert.deepEqual(slot, new Float32Array([7, 2, 3, 4]))
})

test('a slot of another size is refused before anything is written', () => {
  const data = new Float32Array([1, 2, 3])
  const value = binaryWire.encodeRequest({ dtype: 'float32', shape: [3], data }, noMeta)
  const slot = new Float32Array(4)
  assert.throws(() => binaryWire.decodeRequest(value, limits).write(slot, 1), code('SHAPE'))
  assert.deepEqual(slot, new Float32Array(4))
})

test('replies survive with every number, at every byte offset', () => {
  fc.assert(
    fc.property(arbitraryReply, fc.nat(7), (reply, offset) => {
      const value = binaryWire.encodeReply(reply)
      assert.deepEqual(binaryWire.decodeReply(shifted(value, offset)), reply)
    }),
    seeded,
  )
})

/** A frame by hand: kind, header and tail as given. */
function frame(header: unknown, tail = new Uint8Array(0), kind = 1): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const prefix = Buffer.from([0x44, 0x44, 0x4e, 0x4e, 1, kind, 0, 0, 0, 0, 0, 0])
  prefix.writeUInt32LE(text.length, 8)
  return Buffer.concat([prefix, text, tail])
}

const spec = { name: 'input', dtype: 'float32', shape: [2], codec: 'raw', bytes: 8 }
const withSpec = (change: object, bytes = 8) =>
  frame({ tensors: [{ ...spec, ...change }] }, new Uint8Array(bytes))
const patched = (at: number, ...bytes: number[]) => {
  const value = withSpec({})
  value.set(bytes, at)
  return value
}

test('the frame that the malformed ones are made from is well-formed', () => {
  const slot = new Float32Array(2)
  binaryWire.decodeRequest(withSpec({}), limits).write(slot, 1)
})

const malformed: readonly (readonly [string, string, Uint8Array])[] = [
  ['no bytes', 'MALFORMED', new Uint8Array(0)],
  ['11 bytes', 'MALFORMED', withSpec({}).subarray(0, 11)],
  ['another magic', 'MALFORMED', patched(0, 0x45)],
  ['version 2', 'VERSION', patched(4, 2)],
  ['version 0', 'VERSION', patched(4, 0)],
  ['a reply where a request is due', 'MALFORMED', patched(5, 2)],
  ['an unknown kind', 'MALFORMED', patched(5, 9)],
  ['reserved bytes in use', 'MALFORMED', patched(6, 1)],
  ['a header longer than the value', 'MALFORMED', patched(8, 0xff, 0xff, 0, 0)],
  ['a header of 4 GB', 'TOO_LARGE', patched(8, 0xff, 0xff, 0xff, 0xff)],
  ['a header that is cut short', 'MALFORMED', patched(8, 10, 0, 0, 0)],
  ['a header that is no JSON', 'MALFORMED', frame('{tensors')],
  ['a header that is a list', 'MALFORMED', frame([1])],
  ['a header that is null', 'MALFORMED', frame('null')],
  ['no tensors', 'MALFORMED', frame({})],
  ['an empty list of tensors', 'MALFORMED', frame({ tensors: [] })],
  ['two tensors', 'MALFORMED', frame({ tensors: [spec, spec] }, new Uint8Array(16))],
  ['a tensor that is a number', 'MALFORMED', frame({ tensors: [1] })],
  ['a family that is a number', 'MALFORMED', frame({ family: 1, tensors: [spec] })],
  ['a labels hash that is a list', 'MALFORMED', frame({ labels: [], tensors: [spec] })],
  ['an unknown dtype', 'SHAPE', withSpec({ dtype: 'float16' })],
  ['a dtype of Object', 'SHAPE', withSpec({ dtype: 'constructor' })],
  ['no dtype', 'SHAPE', withSpec({ dtype: null })],
  ['an unknown codec', 'SHAPE', withSpec({ codec: 'zip' })],
  ['no shape', 'MALFORMED', withSpec({ shape: null })],
  ['a shape that is text', 'MALFORMED', withSpec({ shape: '2' })],
  ['nine axes', 'SHAPE', withSpec({ shape: [1, 1, 1, 1, 1, 1, 1, 1, 2] })],
  ['a negative axis', 'MALFORMED', withSpec({ shape: [-2] })],
  ['two negative axes', 'MALFORMED', withSpec({ shape: [-1, -2] })],
  ['a fractional axis', 'MALFORMED', withSpec({ shape: [0.5, 4] })],
  ['an axis of 0', 'MALFORMED', withSpec({ shape: [0] }, 0)],
  ['an axis that is text', 'MALFORMED', withSpec({ shape: ['2'] })],
  ['an axis beyond exact numbers', 'MALFORMED', withSpec({ shape: [2 ** 60] })],
  ['a huge claimed axis', 'TOO_LARGE', withSpec({ shape: [2 ** 31] })],
  ['a product that overflows', 'TOO_LARGE', withSpec({ shape: [99_999, 2 ** 52, 2 ** 52] })],
  ['bytes that are not there', 'MALFORMED', withSpec({ bytes: 12 })],
  ['negative bytes', 'MALFORMED', withSpec({ bytes: -8 })],
  ['no bytes named', 'MALFORMED', withSpec({ bytes: null })],
  ['a tensor cut short', 'MALFORMED', withSpec({}, 7)],
  ['bytes after the tensor', 'MALFORMED', withSpec({}, 9)],
  ['bytes that do not fit the shape', 'MALFORMED', withSpec({ bytes: 12 }, 12)],
  ['a uint8 shape with float32 bytes', 'MALFORMED', withSpec({ dtype: 'uint8' })],
  ['a JPEG of floats', 'SHAPE', withSpec({ codec: 'jpeg', shape: [2, 2, 3] })],
  ['a JPEG of two axes', 'SHAPE', withSpec({ codec: 'jpeg', dtype: 'uint8', shape: [2, 3] })],
  ['a JPEG of 4 channels', 'SHAPE', withSpec({ codec: 'jpeg', dtype: 'uint8', shape: [2, 2, 4] })],
  [
    'a JPEG of a huge claimed size',
    'TOO_LARGE',
    withSpec({ codec: 'jpeg', dtype: 'uint8', shape: [65_535, 65_535, 3] }),
  ],
]

for (const [what, wanted, value] of malformed) {
  test(`a request with ${what} is DDNN_FRAME_${wanted}`, () => {
    const before = process.memoryUsage().arrayBuffers
    assert.throws(() => binaryWire.decodeRequest(value, limits), code(wanted))
    assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000)
  })
}

const good = { tier: 'edge', computeMs: 1, totalMs: 1, fallback: false }
const result = { exit: 0, logits: [1, 2], prediction: 1, confidence: 0.7 }
const deep = (hops: number): object => (hops === 1 ? good : { ...good, next: deep(hops - 1) })

const malformedReplies: readonly (readonly [string, string, Uint8Array])[] = [
  ['a request where a reply is due', 'MALFORMED', withSpec({})],
  ['bytes after the header', 'MALFORMED', frame(good, new Uint8Array(1), 2)],
  ['no tier', 'MALFORMED', frame({ ...good, tier: undefined }, undefined, 2)],
  ['times that are text', 'MALFORMED', frame({ ...good, totalMs: '1' }, undefined, 2)],
  ['negative times', 'MALFORMED', frame({ ...good, computeMs: -1 }, undefined, 2)],
  ['logits of text', 'MALFORMED', reply({ logits: ['one'] })],
  ['no logits', 'MALFORMED', reply({ logits: undefined })],
  ['a prediction beyond the logits', 'MALFORMED', reply({ prediction: 2 })],
  ['a fractional prediction', 'MALFORMED', reply({ prediction: 0.5 })],
  ['an exit that is text', 'MALFORMED', reply({ exit: '0' })],
  ['a confidence that is an object', 'MALFORMED', reply({ confidence: {} })],
  ['an error without a code', 'MALFORMED', frame({ ...good, problem: {} }, undefined, 2)],
  ['more hops than tiers have', 'MALFORMED', frame(deep(maxHops + 1), undefined, 2)],
  ['a nesting of 50,000', 'MALFORMED', frame('{"next":'.repeat(50_000), undefined, 2)],
]

function reply(change: object): Uint8Array {
  return frame({ ...good, result: { ...result, ...change } }, undefined, 2)
}

for (const [what, wanted, value] of malformedReplies) {
  test(`a reply with ${what} is DDNN_FRAME_${wanted}`, () => {
    assert.throws(() => binaryWire.decodeReply(value), code(wanted))
  })
}

test('as many hops as are allowed are read', () => {
  assert.doesNotThrow(() => binaryWire.decodeReply(frame(deep(maxHops), undefined, 2)))
})

test('a version of another release is named beside our own', () => {
  assert.throws(
    () => binaryWire.decodeRequest(patched(4, 7), limits),
    (error: FrameError) => /\b1\b.*\b7\b/.test(error.message) && error.hint !== undefined,
  )
})

test('a reply whose header names another version is not read, whatever its frame says', () => {
  const ours = frame(good, undefined, 2)
  assert.throws(() => binaryWire.decodeReply(ours, '2'), code('VERSION'))
  assert.equal(binaryWire.decodeReply(ours, '1').tier, 'edge')
  assert.equal(binaryWire.decodeReply(ours).tier, 'edge')
})

test('keys that are not known are passed over', () => {
  const value = frame({ later: true, tensors: [{ ...spec, scale: 2 }] }, new Uint8Array(8))
  assert.deepEqual(binaryWire.decodeRequest(value, limits).shape, [2])
})

test('a tensor whose data is not of its shape is not sent', () => {
  const tensor = { dtype: 'float32', shape: [3], data: new Float32Array(2) } as const
  assert.throws(() => binaryWire.encodeRequest(tensor, noMeta), code('SHAPE'))
})

function code(suffix: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof FrameError, String(error))
    assert.equal(error.code, `DDNN_FRAME_${suffix}`)
    return true
  }
}

test('an error of an earlier release is read by the name that its code has today', () => {
  const reply = { tier: 'fog', result: undefined, labelsHash: undefined, next: undefined }
  const problem = { code: 'DDNN_FRONT_OPEN', message: 'held back' }
  const value = binaryWire.encodeReply({
    ...reply,
    ...{ computeMs: 0, totalMs: 0, fallback: false, problem },
  })
  assert.equal(binaryWire.decodeReply(value).problem?.code, 'DDNN_FRONT_SILENT')
})
