// --offset FROM..TO.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { isInRange, parseOffsetRange } from '../../../src/lab/replay/offset-range.ts'

const offset = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })

test('a range holds exactly what stands between its ends, whichever end is left out', () => {
  fc.assert(
    fc.property(offset, offset, offset, (a, b, probe) => {
      const [from, to] = a < b ? [a, b] : [b, a]
      const both = parseOffsetRange(`${from}..${to}`)
      const open = parseOffsetRange(`${from}..`)
      const until = parseOffsetRange(`..${to}`)
      const one = parseOffsetRange(`${from}`)
      assert.ok(both && open && until && one)
      assert.equal(isInRange(both, probe), from <= probe && probe <= to)
      assert.equal(isInRange(open, probe), from <= probe)
      assert.equal(isInRange(until, probe), probe <= to)
      assert.equal(isInRange(one, probe), from === probe)
      for (const range of [both, open, one]) assert.ok(isInRange(range, from))
      for (const range of [both, until]) assert.ok(isInRange(range, to))
    }),
  )
})

test('a range that ends before it begins is none', () => {
  fc.assert(
    fc.property(offset, offset, (a, b) => {
      fc.pre(a !== b)
      const [low, high] = a < b ? [a, b] : [b, a]
      assert.equal(parseOffsetRange(`${high}..${low}`), undefined)
    }),
  )
})

test('text of another form is no range, whatever it is', () => {
  const form = /^\s*(\d+|\d+\.\.\d*|\.\.\d+)\s*$/
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!form.test(text))
      assert.equal(parseOffsetRange(text), undefined)
    }),
  )
  const none = ['', '..', '-1', '1-2', '1...2', '1..x', '1.5', '0x10', '12345678901234567890']
  for (const text of [...none, '99999999999999999999..', '9999999999999999999']) {
    assert.equal(parseOffsetRange(text), undefined, text)
  }
})
