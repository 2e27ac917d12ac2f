// Numbers of JSON text: read as Number and fround would read them, written so that they read back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import {
  maxNumberBytes,
  numberText,
  parseFloat32,
  skipNumber,
  writeFloat32,
} from '../../../src/serving/wire/json-numbers.ts'
import { seeded } from './arbitraries.ts'

const read = (text: string) => {
  const bytes = Buffer.from(text)
  assert.equal(skipNumber(bytes, 0), bytes.length, `'${text}' is a number`)
  return parseFloat32(bytes, 0, bytes.length)
}

const written = (value: number) => {
  const target = new Uint8Array(maxNumberBytes + 5)
  const end = writeFloat32(value, target, 2)
  assert.ok(end - 2 <= maxNumberBytes)
  return Buffer.from(target.buffer, 2, end - 2).toString()
}

test('every float32 reads back as it was written', () => {
  const check = (bits: number) => {
    const value = new Float32Array(Uint32Array.of(bits).buffer)[0] as number
    assert.ok(Object.is(read(written(value)), value), `${value} as ${written(value)}`)
    if (!Number.isFinite(value)) return
    // Other readers round to double first, as Python and JSON.parse do.
    assert.ok(Object.is(Math.fround(JSON.parse(written(value)) as number), value))
  }
  fc.assert(fc.property(fc.nat(0xffffffff), check), { ...seeded, numRuns: 20_000 })
  // Every power of two and its neighbours, where rounding is hardest.
  for (let exponent = 0; exponent < 256; exponent++) {
    for (const fraction of [0, 1, 2, 0x3fffff, 0x400000, 0x7ffffe, 0x7fffff]) {
      check(((exponent << 23) | fraction) >>> 0)
      check((0x80000000 | (exponent << 23) | fraction) >>> 0)
    }
  }
})

for (const [value, text] of [
  [0, '0.0'],
  [-0, '-0.0'],
  [1, '1.0'],
  [-3, '-3.0'],
  [180, '180.0'],
  [99_999_992, '99999992.0'],
  [0.5, '0.5'],
  [Math.fround(0.1), '0.1'],
  [Math.fround(1 / 3), '0.33333334'],
  [2 ** -15, '0.000030517578'],
  [NaN, 'NaN'],
  [Infinity, 'Infinity'],
  [-Infinity, '-Infinity'],
] as const) {
  test(`float32 ${text} is written in few digits`, () => {
    assert.equal(written(value), text)
  })
}

test('any decimal text reads as fround of its double', () => {
  const digits = fc.stringMatching(/^[0-9]{1,25}$/)
  const text = fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.constantFrom('0', '7', '12345678901234567890123'),
      fc.option(digits, { nil: undefined }),
      fc.option(fc.integer({ min: -60, max: 60 }), { nil: undefined }),
    )
    .map(([sign, whole, fraction, exponent]) => {
      const decimals = fraction === undefined ? '' : `.${fraction}`
      return `${sign}${whole}${decimals}${exponent === undefined ? '' : `e${exponent}`}`
    })
  fc.assert(
    fc.property(text, (number) => {
      assert.ok(Object.is(read(number), Math.fround(Number(number))), number)
    }),
    { ...seeded, numRuns: 20_000 },
  )
})

test('the text of doubles half-way between two float32 is rounded as by Number', () => {
  const halfway = fc.tuple(fc.integer({ min: 1, max: 0x7f7ffffe }), fc.integer({ min: -2, max: 2 }))
  fc.assert(
    fc.property(halfway, ([bits, ulps]) => {
      const [low, high] = new Float32Array(Uint32Array.of(bits, bits + 1).buffer)
      const middle = new Float64Array([((low as number) + (high as number)) / 2])
      const raw = new BigInt64Array(middle.buffer)
      raw[0] = (raw[0] as bigint) + BigInt(ulps)
      const text = String(middle[0])
      assert.equal(read(text), Math.fround(Number(text)), text)
    }),
    { ...seeded, numRuns: 20_000 },
  )
})

for (const text of [
  '',
  '-',
  '+1',
  '.5',
  '1.',
  '1.e5',
  '1e',
  '1e+',
  'nan',
  '-NaN',
  'Inf',
  'x',
  '"1"',
]) {
  test(`'${text}' is no number`, () => {
    assert.equal(skipNumber(Buffer.from(text), 0), -1)
  })
}

test('a number ends where JSON ends it', () => {
  assert.equal(skipNumber(Buffer.from('0123'), 0), 1)
  assert.equal(skipNumber(Buffer.from('1.5,'), 0), 3)
  assert.equal(skipNumber(Buffer.from('[-1e5]'), 1), 5)
})

test('doubles are written as by Python', () => {
  assert.deepEqual([0, -0, 1, 0.1, 1e21, 1e-7, NaN, Infinity, -Infinity].map(numberText), [
    '0.0',
    '-0.0',
    '1.0',
    '0.1',
    '1e+21',
    '1e-7',
    'NaN',
    'Infinity',
    '-Infinity',
  ])
})
