// --since and --until.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { parseMoment } from '../../../src/lab/replay/moment.ts'

const now = Date.UTC(2026, 10, 28, 12)

test('a time ago counts back from now, in each of its units', () => {
  assert.equal(parseMoment('90s', now), now - 90_000)
  assert.equal(parseMoment('15m', now), now - 900_000)
  assert.equal(parseMoment(' 2h ', now), now - 7_200_000)
  assert.equal(parseMoment('1.5d', now), now - 129_600_000)
})

test('every moment is read back from its ISO text', () => {
  const date = fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(date, (moment) => {
      assert.equal(parseMoment(moment.toISOString(), now), moment.getTime())
    }),
  )
  assert.equal(parseMoment('2026-11-28', now), Date.UTC(2026, 10, 28))
  assert.equal(parseMoment('2026-11-28T10:00+02:00', now), Date.UTC(2026, 10, 28, 8))
})

test('what is neither is none: no guess is made of it', () => {
  for (const text of [
    '',
    '1',
    'may',
    '2',
    '2 weeks',
    '-2h',
    '2H',
    '2026-13-01',
    '2026-11-28T25:00',
    'now',
  ]) {
    assert.equal(parseMoment(text, now), undefined, text)
  }
})
