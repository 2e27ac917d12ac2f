// Which letters pass.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { passes, type LetterFilter } from '../../../src/lab/replay/filter.ts'
import { codeOf, letterOf } from '../../../src/lab/replay/letter.ts'
import { makeLetter, unreadable, usualHeaders } from './letters.ts'

const all: LetterFilter = {
  codes: undefined,
  clients: undefined,
  sinceMs: undefined,
  untilMs: undefined,
  partitions: undefined,
  offsets: undefined,
}

const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values)
const setOf = <T>(...values: readonly T[]) =>
  fc.option(fc.uniqueArray(oneOf(...values)), { nil: undefined })

test('a letter passes where it passes each filter alone', () => {
  const letter = fc.record({
    code: oneOf('A', 'B', 'C'),
    client: oneOf('x', 'y', 'z'),
    timestampMs: fc.integer({ min: 1, max: 9 }),
    partition: fc.integer({ min: 0, max: 3 }),
    offset: fc.bigInt({ min: 0n, max: 9n }),
  })
  const filter = fc.record({
    codes: setOf('A', 'B'),
    clients: setOf('x', 'y'),
    sinceMs: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    untilMs: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    partitions: setOf(0, 1, 2),
    offsets: fc.option(fc.tuple(fc.bigInt({ min: 0n, max: 9n }), fc.bigInt({ min: 0n, max: 9n })), {
      nil: undefined,
    }),
  })
  fc.assert(
    fc.property(letter, filter, ({ code, client, timestampMs, partition, offset }, given) => {
      const headers = { ...usualHeaders, 'error-code': code, 'client-id': client }
      const made = makeLetter({ headers, timestampMs, partition, offset })
      const expected =
        (given.codes?.includes(code) ?? true) &&
        (given.clients?.includes(client) ?? true) &&
        timestampMs >= (given.sinceMs ?? 0) &&
        timestampMs < (given.untilMs ?? 10) &&
        (given.partitions?.includes(partition) ?? true) &&
        (given.offsets === undefined || (offset >= given.offsets[0] && offset <= given.offsets[1]))
      const checked: LetterFilter = {
        codes: given.codes && new Set(given.codes),
        clients: given.clients && new Set(given.clients),
        sinceMs: given.sinceMs,
        untilMs: given.untilMs,
        partitions: given.partitions && new Set(given.partitions),
        offsets: given.offsets && { from: given.offsets[0], to: given.offsets[1] },
      }
      assert.equal(passes(checked, made), expected)
    }),
    { numRuns: 1000 },
  )
})

test('what is not known passes no filter of it', () => {
  const bare = letterOf(0, unreadable)
  assert.ok(passes(all, bare))
  assert.equal(codeOf(bare), '(unreadable)')
  assert.equal(passes({ ...all, sinceMs: 0 }, bare), false)
  assert.equal(passes({ ...all, untilMs: Infinity }, bare), false)
  assert.equal(passes({ ...all, clients: new Set(['edge-1']) }, bare), false)
  assert.equal(passes({ ...all, codes: new Set(['DDNN_FRAME_MALFORMED']) }, bare), false)
})

test('a process that names itself in its ids alone is told by them', () => {
  const { 'correlation-id': id } = usualHeaders
  const headers = { 'correlation-id': id }
  assert.equal(makeLetter({ headers }).clientId, 'edge-1')
  assert.equal(makeLetter({ headers: { 'correlation-id': 'none' } }).clientId, undefined)
})
