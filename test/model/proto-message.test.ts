// Protocol buffers' messages, written here byte by byte.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtoMessage } from '../../src/model/proto-message.ts'

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}

function field(number: number, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes])
}

test('fields of every wire type are read, and long ones are found', () => {
  const long = 'x'.repeat(300)
  const fixed64 = Buffer.from([1 * 8 + 1, 0, 0, 0, 0, 0, 0, 240, 63])
  const fixed32 = Buffer.from([2 * 8 + 5, 0, 0, 128, 63])
  const bytes = Buffer.concat([fixed64, fixed32, field(3, 'a'), field(70, long), field(3, 'b')])
  const message = new ProtoMessage(bytes)
  assert.deepEqual(
    message.fields.map(({ number }) => number),
    [1, 2, 3, 70, 3],
  )
  assert.deepEqual([message.doubles(1), message.floats(2)], [[1], [1]])
  assert.deepEqual([message.texts(3), message.text(70), message.text(4)], [['a', 'b'], long, ''])
  assert.deepEqual(Buffer.concat(message.fields.map(({ raw }) => raw)), bytes)
})

test('repeated numbers are the same one by one and packed, and none where the list is empty', () => {
  const alone = Buffer.from([7 * 8, 5, 7 * 8, 200, 1])
  const packed = field(7, Buffer.from([5, 200, 1]))
  for (const bytes of [alone, packed]) assert.deepEqual(new ProtoMessage(bytes).ints(7), [5, 200])
  assert.deepEqual(new ProtoMessage(field(7, '')).ints(7), [])
  const negative = Buffer.from([7 * 8, ...Array<number>(9).fill(255), 1])
  assert.equal(new ProtoMessage(negative).int(7), -1)
})

test('a message that is cut short is an error', () => {
  const message = field(3, 'a'.repeat(200))
  for (const end of [1, 2, 100, 202]) {
    assert.throws(() => new ProtoMessage(message.subarray(0, end)), RangeError, String(end))
  }
})
