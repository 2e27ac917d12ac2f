// Waits with an end: what is given in time, and what is not waited for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settledOrAborted, settledWithin } from '../../src/domain/settled.ts'

const never = () => new Promise<never>(() => undefined)

test('what is there in time is given, of what is late or fails nothing', async () => {
  assert.equal(await settledWithin(Promise.resolve(7), 60_000), 7)
  assert.equal(await settledWithin(never(), 1), undefined)
  assert.equal(await settledWithin(Promise.reject(new Error('no')), 60_000), undefined)
})

test('a wait that ended leaves no timer that keeps the process', async () => {
  await settledWithin(Promise.resolve(), 60_000)
  await settledWithin(Promise.reject(new Error('no')), 60_000)
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((name) => name === 'Timeout'),
    [],
  )
})

test('all are waited for, however they end, unless the signal says enough', async () => {
  await settledOrAborted([Promise.resolve(), Promise.reject(new Error('no'))])
  const enough = new AbortController()
  const wait = settledOrAborted([never()], enough.signal)
  enough.abort()
  await wait
  await settledOrAborted([never()], AbortSignal.abort())
})
