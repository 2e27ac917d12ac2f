import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkMemory, freeBytes, neededBytes } from '../../../../src/serving/tier/models/memory.ts'

test('what loading may take grows with the weights and with the workers, each of which has its own', () => {
  assert.ok(neededBytes(0, 1) > 0)
  assert.ok(neededBytes(100e6, 1) > 200e6)
  assert.equal(neededBytes(100e6, 4), 4 * neededBytes(100e6, 1))
})

test('models for which there is no memory are refused with both numbers, to be tried again', () => {
  checkMemory(100 << 20, 100 << 20)
  checkMemory(100 << 20, undefined)
  assert.throws(() => checkMemory(100 << 20, 99 << 20), {
    code: 'DDNN_ENGINE_UNAVAILABLE',
    retriable: true,
    message: /100 MiB .*got 99 MiB$/,
  })
})

test('this machine has some memory free, and less than it has', () => {
  const free = freeBytes()
  if (process.platform !== 'linux') assert.equal(free, undefined)
  else assert.ok(free !== undefined && free > 0 && free < 2 ** 50)
})
