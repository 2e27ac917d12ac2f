// Features by every codec: what comes back is within what the codec states, in bytes no larger than without it,
// and bytes of anyone give a tensor or a FrameError.
import assert from 'node:assert/strict'
import { deflateRawSync } from 'node:zlib'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { plainBytes } from '../../../src/domain/feature-bytes.ts'
import {
  featureCodecs,
  partsOfCodec,
  type FeatureCodec,
  type FeatureForm,
} from '../../../src/domain/feature-codec.ts'
import { sizeOf, type Shape } from '../../../src/domain/tensor.ts'
import { FrameError } from '../../../src/errors.ts'
import { binaryWire } from '../../../src/serving/wire/frame.ts'
import { decodeFeatures, encodeFeatures } from '../../../src/serving/wire/features/features.ts'
import { canPack } from '../../../src/serving/wire/features/node-zstd.ts'
import { arbitraryFloats, arbitraryNonFinite, arbitraryShape, seeded } from './arbitraries.ts'

const limits = { maxElements: 100_000 }
const meta = { family: '6f1c', labelsHash: 'ab' }
const writable = featureCodecs.filter((codec) => {
  const { pack } = partsOfCodec(codec)
  return pack === undefined || canPack(pack)
})

function roundTrip(values: Float32Array, shape: Shape, codec: FeatureCodec): Float32Array {
  const { codec: used, bytes } = encodeFeatures(values, shape, codec)
  const slot = new Float32Array(values.length).fill(7)
  decodeFeatures(bytes, shape, used, slot)
  return slot
}

const bits = (values: Float32Array) => new Uint32Array(values.buffer, 0, values.length)

test('every codec that is written is known by its name, and no name comes twice', () => {
  assert.equal(new Set(featureCodecs).size, 24)
})

for (const codec of writable.filter((codec) => partsOfCodec(codec).form === 'float32')) {
  test(`${codec} gives every bit back`, () => {
    const cases = arbitraryShape.chain((shape) =>
      fc.tuple(fc.constant(shape), arbitraryFloats(shape)),
    )
    fc.assert(
      fc.property(cases, ([shape, values]) => {
        assert.deepEqual(bits(roundTrip(values, shape, codec)), bits(values))
      }),
      seeded,
    )
  })
}

const groupsOf = (form: FeatureForm, shape: Shape) =>
  form.endsWith('-channel') ? (shape.at(-1) ?? 1) : 1

/** Values of the group that a place belongs to. */
function groupAt(values: Float32Array, groups: number, at: number): Float32Array {
  return groups === 1 ? values : values.filter((_, i) => i % groups === at % groups)
}

const stepsOf = { int8: 255, int4: 15, int2: 3 } as const

/** Values as networks give them: zeros of a ReLU among them. */
function arbitraryFeatures(shape: Shape): fc.Arbitrary<Float32Array> {
  const length = sizeOf(shape)
  const value = fc.oneof(
    fc.constant(0),
    fc.float({ min: -100, max: 100, noNaN: true }),
    fc.float({
      noNaN: true,
      noDefaultInfinity: true,
      min: Math.fround(-1e30),
      max: Math.fround(1e30),
    }),
  )
  return fc
    .array(value, { minLength: length, maxLength: length })
    .map((values) => Float32Array.from(values))
}

for (const codec of writable.filter((codec) => codec.startsWith('int'))) {
  test(`${codec} gives values back within half a step, zeros as zeros`, () => {
    const { form } = partsOfCodec(codec)
    const steps = stepsOf[form.split('-')[0] as keyof typeof stepsOf]
    const cases = arbitraryShape.chain((shape) =>
      fc.tuple(fc.constant(shape), arbitraryFeatures(shape)),
    )
    fc.assert(
      fc.property(cases, ([shape, values]) => {
        const restored = roundTrip(values, shape, codec)
        const groups = groupsOf(form, shape)
        for (const [at, value] of values.entries()) {
          const got = restored[at] as number
          if (value === 0) assert.equal(got, 0)
          const own = groupAt(values, groups, at)
          const range = Math.max(0, ...own) - Math.min(0, ...own)
          // A bfloat16 is at most 1/128 above what it stands for. The zero point is whole, so the ends are
          // up to half a step off; with few bits they may be cut to 3/10 of the range.
          const step = (range / steps) * (1 + 1 / 128) + 1e-38
          const cut = form.startsWith('int8') ? step / 2 : range * 0.7 + step
          assert.ok(Math.abs(got - value) <= step / 2 + cut, `${value} came back as ${got}`)
        }
      }),
      seeded,
    )
  })
}

test('a grid with few bits is not worse in squares than one of the whole range', () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 2, maxLength: 60 }),
      fc.constantFrom('int4' as const, 'int2' as const),
      (numbers, codec) => {
        const values = Float32Array.from(numbers)
        const most = stepsOf[codec]
        const low = Math.min(0, ...values)
        const step = (Math.max(0, ...values) - low) / most
        if (step === 0) return
        const zero = Math.round(-low / step)
        const whole = values.map((v) => {
          const code = Math.min(most, Math.max(0, Math.round(v / step) + zero))
          return step * (code - zero)
        })
        const squares = (other: Float32Array) =>
          values.reduce((sum, v, i) => sum + (v - (other[i] as number)) ** 2, 0)
        // The step is rounded up to a bfloat16, which costs at most a little.
        const allowed = squares(whole) * 1.1 + values.length * (step * most * 0.008) ** 2
        assert.ok(squares(roundTrip(values, [values.length], codec)) <= allowed)
      },
    ),
    seeded,
  )
})

test('float16 gives back the nearest half, and refuses what is beyond it', () => {
  const values = Float32Array.of(1, 0.1, -65504, 2 ** -24, -0, 1000.3)
  const restored = roundTrip(values, [2, 3], 'float16')
  for (const [i, value] of values.entries()) {
    const step = Math.max(2 ** -24, Math.abs(value) * 2 ** -10)
    assert.ok(Math.abs((restored[i] as number) - value) <= step / 2, String(value))
  }
  assert.throws(() => encodeFeatures(Float32Array.of(65_520), [1], 'float16'), {
    code: 'DDNN_FRAME_VALUE',
    message: /65504.*65520/,
  })
})

test('the largest numbers of float32 come back as numbers', () => {
  const values = Float32Array.of(3.4028234663852886e38, -3.4028234663852886e38, 0, 1e38)
  for (const codec of writable.filter((codec) => !codec.startsWith('float16'))) {
    assert.ok(roundTrip(values, [4], codec).every(Number.isFinite), codec)
  }
})

test('a value that is none is refused by every codec, naming it', () => {
  fc.assert(
    fc.property(arbitraryNonFinite, fc.constantFrom(...writable), (value, codec) => {
      const data = new Float32Array(8).fill(0.5)
      new Uint32Array(data.buffer)[5] = value
      if (codec === 'float32') return
      const request = { dtype: 'float32', shape: [2, 4], data } as const
      assert.throws(() => binaryWire.encodeRequest(request, { ...meta, codec }), {
        code: 'DDNN_FRAME_VALUE',
        message: /(NaN|Infinity) at 5$/,
      })
    }),
    seeded,
  )
})

test('a frame is never larger than without its codec, and says what it carries', () => {
  const cases = arbitraryShape.chain((shape) =>
    fc.tuple(fc.constant(shape), arbitraryFeatures(shape), fc.constantFrom(...writable)),
  )
  fc.assert(
    fc.property(cases, ([shape, values, codec]) => {
      if (codec.startsWith('float16') && values.some((v) => Math.abs(v) > 65_504)) return
      const value = binaryWire.encodeRequest(
        { dtype: 'float32', shape, data: values },
        { ...meta, codec },
      )
      assert.ok(value.length <= binaryWire.maxRequestBytes(shape))
      const decoded = binaryWire.decodeRequest(value, limits)
      const { form } = partsOfCodec(codec)
      const plain = form === 'float32' ? 'raw' : form
      assert.ok([codec, plain].includes(decoded.codec), `${codec} became ${decoded.codec}`)
      assert.ok(decoded.bytes.length <= plainBytes(shape, form))
      const slot = new Float32Array(values.length)
      decoded.write(slot, 1 / 255)
      assert.deepEqual(slot, roundTrip(values, shape, codec))
    }),
    seeded,
  )
})

test('a release that knows raw and jpeg alone finds a codec in the header that it refuses', () => {
  const data = new Float32Array(64).fill(0.5)
  const request = { dtype: 'float32', shape: [8, 8], data } as const
  for (const codec of writable.filter((codec) => codec !== 'float32')) {
    const value = Buffer.from(binaryWire.encodeRequest(request, { ...meta, codec }))
    const header = value.toString('utf8', 12, 12 + value.readUInt32LE(8))
    const { tensors } = JSON.parse(header) as { tensors: [{ codec: string; dtype: string }] }
    assert.ok(!['raw', 'jpeg'].includes(tensors[0].codec), codec)
    assert.equal(tensors[0].dtype, 'float32')
  }
})

const shape = [4, 4, 3]
const frameOf = (codec: FeatureCodec, bytes: Uint8Array, change: object = {}) => {
  const spec = { name: 'input', dtype: 'float32', shape, codec, bytes: bytes.length, ...change }
  const header = Buffer.from(JSON.stringify({ tensors: [spec] }))
  const prefix = Buffer.from([0x44, 0x44, 0x4e, 0x4e, 1, 1, 0, 0, 0, 0, 0, 0])
  prefix.writeUInt32LE(header.length, 8)
  return Buffer.concat([prefix, header, bytes])
}
const readFrame = (value: Uint8Array) => {
  const slot = new Float32Array(48)
  binaryWire.decodeRequest(value, limits).write(slot, 1)
  return slot
}

test('packed features that are more than their shape stop there', () => {
  for (const form of ['int8', 'float32'] as const) {
    const bomb = deflateRawSync(new Uint8Array(64 * 1024 * 1024))
    const before = process.memoryUsage().arrayBuffers
    assert.throws(() => readFrame(frameOf(`${form}+deflate`, bomb)), {
      code: 'DDNN_FRAME_MALFORMED',
      message: /got more$/,
    })
    assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000)
  }
})

const good = encodeFeatures(
  Float32Array.from({ length: 48 }, (_, i) => i % 5),
  shape,
  'int8',
).bytes
const malformed: readonly (readonly [string, string, Uint8Array])[] = [
  ['one byte too few', 'MALFORMED', frameOf('int8', good.subarray(1))],
  ['one byte too many', 'MALFORMED', frameOf('int8', Buffer.concat([good, Buffer.of(0)]))],
  [
    'fewer packed bytes than the shape has',
    'MALFORMED',
    frameOf('int8+deflate', deflateRawSync(good.subarray(1))),
  ],
  [
    'more packed bytes than the shape has',
    'MALFORMED',
    frameOf('int8+deflate', deflateRawSync(Buffer.concat([good, Buffer.of(0)]))),
  ],
  [
    'packed bytes that are cut short',
    'MALFORMED',
    frameOf('int8+deflate', deflateRawSync(good).subarray(0, -3)),
  ],
  [
    'bytes behind the packed ones',
    'MALFORMED',
    frameOf('int8+deflate', Buffer.concat([deflateRawSync(good), Buffer.of(0)])),
  ],
  ['no packed bytes', 'MALFORMED', frameOf('int8+deflate', new Uint8Array(0))],
  ['zstd that is none', canPack('zstd') ? 'MALFORMED' : 'SHAPE', frameOf('int8+zstd', good)],
  [
    'no bytes of zstd',
    canPack('zstd') ? 'MALFORMED' : 'SHAPE',
    frameOf('int8+zstd', new Uint8Array(0)),
  ],
  ['pixels under a codec of features', 'SHAPE', frameOf('int8', good, { dtype: 'uint8' })],
  [
    'a scale of 0',
    'MALFORMED',
    frameOf('int8', Buffer.concat([Buffer.of(0, 0), good.subarray(2)])),
  ],
  [
    'a scale below 0',
    'MALFORMED',
    frameOf('int8', Buffer.concat([Buffer.of(0x80, 0xbf), good.subarray(2)])),
  ],
  [
    'a scale that is none',
    'MALFORMED',
    frameOf('int8', Buffer.concat([Buffer.of(0xc0, 0x7f), good.subarray(2)])),
  ],
  [
    'a scale that overflows',
    'VALUE',
    frameOf('int8', Buffer.concat([Buffer.of(0x7f, 0x7f), good.subarray(2)])),
  ],
  [
    'a zero point beyond its codes',
    'MALFORMED',
    frameOf('int4', Buffer.concat([good.subarray(0, 2), Buffer.of(16), new Uint8Array(24)])),
  ],
  ['float32 as a codec of its own', 'SHAPE', frameOf('float32', new Uint8Array(192))],
]
for (const [what, wanted, value] of malformed) {
  test(`features with ${what} are DDNN_FRAME_${wanted}`, () => {
    assert.throws(() => readFrame(value), { code: `DDNN_FRAME_${wanted}` })
  })
}

test('the frame that the malformed ones are made from is well-formed', () => {
  assert.equal(Math.round(readFrame(frameOf('int8', good))[4] as number), 4)
  const packed = readFrame(frameOf('int8+deflate', deflateRawSync(good)))
  assert.equal(Math.round(packed[4] as number), 4)
})

test('any bytes under any codec give finite values or a FrameError', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 250 }),
    fc.uint8Array({ maxLength: 250 }).map((plain) => new Uint8Array(deflateRawSync(plain))),
    // Of the very length that the codec wants.
    fc.constantFrom(...featureCodecs).chain((codec) => {
      const length = plainBytes(shape, partsOfCodec(codec).form)
      return fc
        .uint8Array({ minLength: length, maxLength: length })
        .map((plain) => (partsOfCodec(codec).pack === 'deflate' ? deflateRawSync(plain) : plain))
    }),
  )
  fc.assert(
    fc.property(fc.constantFrom(...featureCodecs), bytes, (codec, tail) => {
      try {
        assert.ok(readFrame(frameOf(codec, tail)).every(Number.isFinite))
      } catch (thrown) {
        if (!(thrown instanceof FrameError)) throw thrown
      }
    }),
    { ...seeded, numRuns: 5000 },
  )
})
