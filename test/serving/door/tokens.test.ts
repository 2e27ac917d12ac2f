// Bearer tokens: what is known, what is not, and how long it takes to say so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashToken, tokenProblem } from '../../../src/serving/door/tokens.ts'

const known = [hashToken('sesame'), hashToken('two words')]

test('a token that is known is one, whatever stands around it', () => {
  for (const header of [
    'Bearer sesame',
    'bearer   sesame',
    'Bearer sesame  ',
    'BEARER two words',
  ]) {
    assert.equal(tokenProblem(header, known), undefined, header)
  }
})

test('others are told by what they are', () => {
  assert.equal(tokenProblem(undefined, known), 'none')
  for (const header of ['', 'Bearer', 'Bearer   ', 'Basic sesame', 'Bearersesame']) {
    assert.equal(tokenProblem(header, known), 'another authorization', header)
  }
  for (const header of ['Bearer x', 'Bearer Sesame', 'Bearer sesame x']) {
    assert.equal(tokenProblem(header, known), 'one that is not known', header)
  }
})

test('a header of blanks costs no more than one of letters', () => {
  const costOf = (inside: string) => {
    const header = `Bearer x${inside.repeat(15_000)}y`
    const startedAt = process.cpuUsage()
    for (let i = 0; i < 20; i += 1) tokenProblem(header, known)
    const { user, system } = process.cpuUsage(startedAt)
    return user + system
  }
  costOf('z')
  // Quadratic it would be some thousand times as much.
  assert.ok(costOf(' ') < 100 * Math.max(costOf('z'), 1000))
})
