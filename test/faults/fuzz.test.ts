// `npm run fuzz` in its short form.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runFaults } from './run-faults.ts'

interface Results {
  readonly decoders: {
    readonly values: number
    readonly decoded: number
    readonly faults: unknown[]
  }
  readonly tier: {
    readonly good: number
    readonly wrong: number
    readonly isAlive: boolean
    readonly deadLetters: number
    readonly failure?: string
  }
}

test('mutated values are refused or decoded, and a live tier answers the good ones in between', async () => {
  const { code, stdout, stderr } = await runFaults('fuzz.mjs', ['--short'])
  const { decoders, tier } = JSON.parse(stdout) as Results
  assert.deepEqual(decoders.faults, [])
  assert.ok(decoders.values >= 50_000 && decoders.decoded > 0)
  assert.equal(tier.failure, undefined)
  assert.ok(tier.isAlive)
  assert.equal(tier.wrong, 0)
  assert.ok(tier.good >= 10 && tier.deadLetters > 0)
  assert.equal(code, 0, stderr)
})
