// What is shown of letters came over the network.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { letterJson, summaryJson } from '../../../src/lab/replay/json.ts'
import { letterText, summaryText } from '../../../src/lab/replay/text.ts'
import { Tally } from '../../../src/lab/replay/summary.ts'
import { makeLetter, usualHeaders } from './letters.ts'

const fate = { kind: 'kept', reason: 'of \x1b[31m no use' } as const
const steers = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\x1b]0;title\x07', 'a\nb', 'a\r', '\u202eabc', '\x9b31m', '"\\'),
)

test('no text of a letter steers the terminal or begins a line, and JSON keeps it as it was', () => {
  fc.assert(
    fc.property(nasty, nasty, nasty, nasty, (code, message, id, topic) => {
      const headers = {
        ...usualHeaders,
        'error-code': code,
        'error-message': message,
        'correlation-id': id,
        'client-id': id,
        'origin-topic': topic,
      }
      const letter = makeLetter({ headers })
      const tally = new Tally()
      tally.count(letter, fate)
      const summary = tally.summary('requests_dlq', true)
      const lines = letterText(letter, fate, letter.value, 0)
      assert.doesNotMatch(lines + summaryText(summary), steers)
      assert.equal(lines.split('\n').length, message === '' ? 4 : 5)
      const json = letterJson(letter, fate, letter.value, 0)
      assert.doesNotMatch(json + summaryJson(summary), steers)
      assert.equal(json.split('\n').length, 2)
      const read = JSON.parse(json) as { code: string; message: string; correlationId: string }
      assert.deepEqual([read.code, read.message, read.correlationId], [code, message, id])
    }),
  )
})

test('the first bytes are shown where they are asked for, and no more of them', () => {
  const value = Buffer.from('DDNN\x01\x1b[31m, and the rest of a value')
  const letter = makeLetter({ value })
  const text = letterText(letter, fate, value, 18)
  assert.match(text, /44 44 4e 4e 01 1b 5b 33 31 6d 2c 20 61 6e 64 20 {2}DDNN\.\.\[31m, and \n/)
  assert.match(text, /\n {4}74 68 +th\n$/)
  assert.doesNotMatch(letterText(letter, fate, value, 0), /44 44/)
  const { value: shown } = JSON.parse(letterJson(letter, fate, value, 4)) as { value: string }
  assert.equal(shown, '44444e4e')
})

test('whoever chooses codes makes the summary no longer than a page', () => {
  const tally = new Tally()
  for (let index = 0; index < 1000; index++) {
    const headers = { ...usualHeaders, 'error-code': `CODE_${index}` }
    tally.count(makeLetter({ headers }), fate)
  }
  const { codes, matching } = tally.summary('requests_dlq', true)
  assert.equal(matching, 1000)
  assert.equal(codes.length, 101)
  assert.deepEqual(codes[0], ['(others)', 900])
})
