// The end of a request's wait: what it has in common with an AbortSignal, and what it leaves behind.
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { Deadline } from '../../../src/serving/transport/deadline.ts'
import { until } from '../../helpers/until.ts'

test('a deadline tells its listeners once when its time is over', async () => {
  const deadline = new Deadline(5)
  let told = 0
  deadline.addEventListener('abort', () => told++)
  assert.equal(deadline.aborted, false)
  await until('the time to be over', () => deadline.aborted)
  deadline.abort()
  assert.equal(told, 1)
})

test('a deadline ends with the signal that it follows, and tells no listener that was removed', () => {
  const controller = new AbortController()
  const deadline = new Deadline(60_000, controller.signal)
  const told: string[] = []
  const removed = () => told.push('removed')
  deadline.addEventListener('abort', removed)
  deadline.addEventListener('abort', () => told.push('kept'))
  deadline.removeEventListener('abort', removed)
  controller.abort()
  assert.equal(deadline.aborted, true)
  assert.deepEqual(told, ['kept'])
})

test('no time left, or a signal that has aborted, is the end at once', () => {
  assert.equal(new Deadline(0).aborted, true)
  assert.equal(new Deadline(-5).aborted, true)
  assert.equal(new Deadline(60_000, AbortSignal.abort()).aborted, true)
})

test('more time than a timer can count is a long time, not none', async () => {
  const deadline = new Deadline(2 ** 40)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(deadline.aborted, false)
  deadline.release()
})

test('a thousand that follow one signal leave nothing at it, and nobody warns of them', async () => {
  const { signal } = new AbortController()
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  const all = Array.from({ length: 1000 }, () => new Deadline(60_000, signal))
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(getEventListeners(signal, 'abort').length, 1000)
  for (const deadline of all) deadline.release()
  assert.equal(getEventListeners(signal, 'abort').length, 0)
  process.off('warning', onWarning)
  assert.deepEqual(warnings, [])
})
