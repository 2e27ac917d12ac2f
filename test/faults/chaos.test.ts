// `npm run chaos` in its short form: a device killed and resumed, connections reset in mid-frame, and lost
// acknowledgements, over three brokers. Times are told by the full run, and are no matter here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runFaults } from './run-faults.ts'

interface Result {
  readonly name: string
  readonly images: number
  readonly rows: number
  readonly lost: number
  readonly wrong: number
  readonly double: number
  readonly note: string
}

test('under faults each image has one answer, the one that a local run gives', async () => {
  const { code, stdout, stderr } = await runFaults('chaos.mjs', ['--short', '--no-limits'])
  assert.equal(code, 0, stderr)
  const { results } = JSON.parse(stdout) as { readonly results: readonly Result[] }
  assert.deepEqual(
    results.map(({ name }) => name),
    ['device-killed', 'link-reset', 'ack-swallowed'],
  )
  for (const { name, images, rows, lost, wrong, double, note } of results) {
    assert.ok(images > 50, name)
    assert.deepEqual({ rows, lost, wrong, double }, { rows: images, lost: 0, wrong: 0, double: 0 })
    // The fault was really there: rows before the kill, connections reset, acknowledgements swallowed.
    assert.match(
      note,
      /^[1-9]\d* (rows before|connections reset|acknowledgements swallowed)$/,
      name,
    )
  }
})
