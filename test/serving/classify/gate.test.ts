// Which frames of a video are asked: pure arithmetic over pixels.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGate } from '../../../src/serving/classify/gate.ts'

const height = 48
const width = 64
const grey = (value: number) => new Uint8Array(height * width * 3).fill(value)

test('the first frame passes, the same one again does not', () => {
  const gate = createGate(0.02, height, width)
  assert.equal(gate.passes(grey(100)), true)
  assert.equal(gate.passes(grey(100)), false)
})

test('a change is measured as a share of the whole range of brightness', () => {
  const gate = createGate(0.1, height, width)
  gate.passes(grey(0))
  assert.equal(gate.passes(grey(25)), false) // 25 / 255 < 0.1
  assert.equal(gate.passes(grey(26)), true)
})

test('frames are held against the last one that passed, so that slow changes add up', () => {
  const gate = createGate(0.1, height, width)
  const passed = Array.from({ length: 52 }, (_, i) => i).filter((i) => gate.passes(grey(i)))
  assert.deepEqual(passed, [0, 26])
})

test('a small part that changes much counts by its share of the picture', () => {
  const gate = createGate(0.24, height, width)
  gate.passes(grey(0))
  const half = grey(0)
  half.fill(255, 0, half.length / 4)
  assert.equal(gate.passes(half), true)
  const next = createGate(0.26, height, width)
  next.passes(grey(0))
  assert.equal(next.passes(half), false)
})

test('noise of single pixels is averaged away', () => {
  const gate = createGate(0.02, height, width)
  gate.passes(grey(128))
  const noisy = grey(128).map((value, i) => value + (i % 2 === 0 ? 40 : -40))
  assert.equal(gate.passes(noisy), false)
})

test('a least change of 0 lets every frame through', () => {
  const gate = createGate(0, height, width)
  assert.deepEqual(
    [1, 1, 1].map((value) => gate.passes(grey(value))),
    [true, true, true],
  )
})

test('after a frame without an answer the next one is asked, whatever it shows', () => {
  const gate = createGate(0.5, height, width)
  gate.passes(grey(7))
  gate.open()
  assert.equal(gate.passes(grey(7)), true)
})

test('images smaller than the cells are compared pixel by pixel', () => {
  const gate = createGate(0.1, 2, 3)
  gate.passes(new Uint8Array(18))
  assert.equal(gate.passes(new Uint8Array(18).fill(255)), true)
})
