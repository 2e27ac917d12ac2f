// Text of others as it may be shown.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../helpers/property.ts'
import { visibleLines, visibleText } from '../../src/domain/visible.ts'

const hidden = [
  ...Array.from({ length: 0x20 }, (_, i) => i),
  ...Array.from({ length: 0x21 }, (_, i) => 0x7f + i),
  0x2028,
  0x2029,
  ...Array.from({ length: 5 }, (_, i) => 0x202a + i),
  ...Array.from({ length: 4 }, (_, i) => 0x2066 + i),
  ...Array.from({ length: 5 }, (_, i) => 0x2060 + i),
  ...[0xad, 0x200b, 0x200e, 0x200f, 0xfeff],
].map((code) => String.fromCharCode(code))

test('each character that steers is spelt out', () => {
  assert.equal(visibleText('a\u001b[31mb'), 'a\\x1b[31mb')
  assert.equal(visibleText('\r\n\t\0\u007f\u009b'), '\\x0d\\x0a\\x09\\x00\\x7f\\x9b')
  assert.equal(visibleText('gpj.\u202eexe\u2066'), 'gpj.\\u202eexe\\u2066')
  assert.equal(visibleText('ro\u00adses\u200b\ufeff'), 'ro\\xadses\\u200b\\ufeff')
  assert.equal(visibleText('👩\u200d🌾 نمی\u200cخواهم'), '👩\u200d🌾 نمی\u200cخواهم')
  assert.equal(visibleLines('a\nb\r\u001b'), 'a\nb\\x0d\\x1b')
})

test('none is left, whatever stands around it, and all other text stays', () => {
  const piece = fc.oneof(fc.constantFrom(...hidden), fc.string({ unit: 'grapheme', maxLength: 5 }))
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('')
      const shown = visibleText(text)
      assert.ok(!hidden.some((character) => shown.includes(character)))
      if (!hidden.some((character) => text.includes(character))) assert.equal(shown, text)
      assert.equal(visibleText(shown), shown)
      assert.equal(visibleLines(text), text.split('\n').map(visibleText).join('\n'))
    }),
    { seed: 10, numRuns: 1000 },
  )
})
