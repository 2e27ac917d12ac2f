// Bytes of anyone: decoders throw FrameError or give a value, and nothing else, and memory stays small.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { FrameError } from '../../../src/errors.ts'
import { sizeOf } from '../../../src/domain/tensor.ts'
import { detectWire, wires } from '../../../src/serving/wire/detect.ts'
import { isImageCodec } from '../../../src/serving/wire/wire.ts'
import { arbitraryReply, seeded } from './arbitraries.ts'

const limits = { maxElements: 10_000 }
const runs = { ...seeded, numRuns: 3000 }

function survive(value: Uint8Array): void {
  for (const wire of [wires.binary, wires.json, detectWire(value, undefined)]) {
    expectFrameError(() => {
      const request = wire.decodeRequest(value, limits)
      const elements = sizeOf(request.shape)
      assert.ok(elements <= limits.maxElements)
      if (!isImageCodec(request.codec)) request.write(new Float32Array(elements), 1 / 255)
    })
    expectFrameError(() => wire.decodeReply(value))
  }
}

function expectFrameError(run: () => void): void {
  try {
    run()
  } catch (thrown) {
    if (!(thrown instanceof FrameError)) throw thrown
  }
}

const frames = [
  wires.binary.encodeRequest(
    { dtype: 'float32', shape: [2, 3], data: new Float32Array([1, 2, 3, 4, 5, 6]) },
    { family: 'f', labelsHash: 'l' },
  ),
  wires.binary.encodeRequest(
    { dtype: 'uint8', shape: [4], data: Uint8Array.of(1, 2, 3, 4) },
    { family: undefined, labelsHash: undefined },
  ),
  ...(['float32+deflate', 'float16', 'int8', 'int4-channel+deflate', 'int2-channel'] as const).map(
    (codec) =>
      wires.binary.encodeRequest(
        {
          dtype: 'float32',
          shape: [6, 6, 3],
          data: Float32Array.from({ length: 108 }, (_, i) => (i % 7) / 2),
        },
        { family: 'f', labelsHash: 'l', codec },
      ),
  ),
  wires.json.encodeRequest(
    { dtype: 'float32', shape: [2, 3], data: new Float32Array([1, 2.5, -3, NaN, 5e-20, 6]) },
    { family: undefined, labelsHash: undefined },
  ),
  ...fc
    .sample(arbitraryReply, { ...seeded, numRuns: 20 })
    .flatMap((reply) => [wires.binary.encodeReply(reply), wires.json.encodeReply(reply)]),
]

test('random bytes never throw anything but FrameError', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), survive), runs)
})

test('random bytes after a good prefix never throw anything but FrameError', () => {
  const prefixes = [
    Buffer.from('DDNN\x01\x01\0\0', 'latin1'),
    Buffer.from('[[['),
    Buffer.from('{"'),
  ]
  fc.assert(
    fc.property(fc.constantFrom(...prefixes), fc.uint8Array({ maxLength: 200 }), (prefix, tail) =>
      survive(Buffer.concat([prefix, tail])),
    ),
    runs,
  )
})

test('random JSON in a header never throws anything but FrameError', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2),
      fc.json(),
      fc.uint8Array({ maxLength: 16 }),
      (kind, json, tail) => {
        const text = Buffer.from(json)
        const prefix = Buffer.from([0x44, 0x44, 0x4e, 0x4e, 1, kind, 0, 0, 0, 0, 0, 0])
        prefix.writeUInt32LE(text.length, 8)
        survive(Buffer.concat([prefix, text, tail]))
        survive(text)
      },
    ),
    runs,
  )
})

test('mutated frames never throw anything but FrameError', () => {
  const mutation = fc.record({
    frame: fc.constantFrom(...frames),
    cut: fc.option(fc.nat(400), { nil: undefined }),
    changes: fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }),
    tail: fc.uint8Array({ maxLength: 8 }),
  })
  const before = process.memoryUsage().arrayBuffers
  fc.assert(
    fc.property(mutation, ({ frame, cut, changes, tail }) => {
      const value = Buffer.concat([frame.subarray(0, cut), tail])
      for (const [at, byte] of changes) if (at < value.length) value[at] = byte
      survive(value)
    }),
    { ...runs, numRuns: 10_000 },
  )
  assert.ok(process.memoryUsage().arrayBuffers - before < 64_000_000)
})
