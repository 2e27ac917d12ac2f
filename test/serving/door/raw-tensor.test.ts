// Tensors as bytes: what is written is read again, and bytes that lie about their tensor are refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { dataTypes, DoorError, type InferTensor } from '../../../src/serving/door/protocol.ts'
import {
  elementSizes,
  readRawTensor,
  writeRawTensor,
} from '../../../src/serving/door/raw-tensor.ts'

const shapes = fc.array(fc.nat({ max: 4 }), { maxLength: 3 })
const countOf = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1)

const numbers = fc
  .tuple(fc.constantFrom('BOOL', 'UINT8', 'INT32', 'INT64', 'FP32', 'FP64'), shapes)
  .chain(([datatype, shape]) => {
    const byteLength = countOf(shape) * elementSizes[datatype]
    return fc
      .uint8Array({ minLength: byteLength, maxLength: byteLength })
      .map((data): InferTensor => ({ name: 'x', datatype, shape, data }))
  })
const texts = shapes.chain((shape) =>
  fc
    .array(fc.uint8Array({ maxLength: 9 }), {
      minLength: countOf(shape),
      maxLength: countOf(shape),
    })
    .map((elements): InferTensor => ({ name: 'x', datatype: 'BYTES', shape, elements })),
)

const plain = (tensor: InferTensor) =>
  'elements' in tensor
    ? { ...tensor, elements: tensor.elements.map((element) => [...element]) }
    : { ...tensor, data: [...tensor.data] }

const isInvalid = (thrown: unknown) => thrown instanceof DoorError && thrown.refusal === 'invalid'

test('a tensor is read again as it was written', () => {
  fc.assert(
    fc.property(fc.oneof(numbers, texts), (tensor) => {
      assert.deepEqual(plain(readRawTensor(tensor, writeRawTensor(tensor))), plain(tensor))
    }),
  )
})

test('bytes that are cut short, or have something behind, are refused', () => {
  const cut = fc.tuple(fc.oneof(numbers, texts), fc.double({ min: 0, max: 1, noNaN: true }))
  fc.assert(
    fc.property(cut, fc.uint8Array({ minLength: 1, maxLength: 5 }), ([tensor, part], more) => {
      const raw = writeRawTensor(tensor)
      const short = raw.subarray(0, Math.floor(part * Math.max(0, raw.byteLength - 1)))
      if (raw.byteLength > 0) assert.throws(() => readRawTensor(tensor, short), isInvalid)
      const long = Buffer.concat([raw, more])
      assert.throws(() => readRawTensor(tensor, long), isInvalid)
    }),
  )
})

test('any bytes of any shape and type are read or refused, and nothing is allocated for a claim', () => {
  const length = fc.oneof(fc.nat({ max: 3 }), fc.constantFrom(-1, 0.5, NaN, 2 ** 53, 4_000_000_000))
  const claims = fc.record({
    name: fc.string(),
    datatype: fc.oneof(fc.constantFrom(...dataTypes, 'FP16', 'UINT64'), fc.string()),
    shape: fc.array(length, { maxLength: 4 }),
  })
  fc.assert(
    fc.property(claims, fc.uint8Array({ maxLength: 64 }), (claim, raw) => {
      try {
        const tensor = readRawTensor(claim, raw)
        const size = 'elements' in tensor ? tensor.elements.length : tensor.data.byteLength
        assert.ok(size <= raw.byteLength)
      } catch (thrown) {
        if (!isInvalid(thrown)) throw thrown
      }
    }),
  )
})
