// What every input promises, run for each of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sizeOf } from '../../src/domain/tensor.ts'
import type { Input } from '../../src/input/input.ts'

/** `create` opens a fresh input of at least three samples, with two labels or more. */
export function inputContract(name: string, create: () => Promise<Input>): void {
  const withInput = async (run: (input: Input) => Promise<void>) => {
    const input = await create()
    try {
      await run(input)
    } finally {
      await input.close()
    }
  }

  test(`${name}: there are as many samples as it says`, () =>
    withInput((input) => {
      const samples = [...input.samples()]
      assert.ok(samples.length >= 3)
      assert.equal(samples.length, input.count)
      return Promise.resolve()
    }))

  test(`${name}: indices run from 0 on, names differ, labels are indices of labels`, () =>
    withInput((input) => {
      const samples = [...input.samples()]
      assert.deepEqual(
        samples.map((sample) => sample.index),
        samples.map((_, i) => i),
      )
      assert.equal(new Set(samples.map((sample) => sample.file)).size, samples.length)
      assert.ok(samples.every(({ label }) => input.labels[label] !== undefined))
      return Promise.resolve()
    }))

  test(`${name}: two passes give the same samples`, () =>
    withInput(async (input) => {
      const facts = () => [...input.samples()].map(({ index, file, label }) => [index, file, label])
      assert.deepEqual(facts(), facts())
      const [first] = input.samples()
      const [again] = input.samples()
      assert.deepEqual(await first?.read(), await again?.read())
    }))

  test(`${name}: each sample is a tensor of the size of its shape, and all are of one shape`, () =>
    withInput(async (input) => {
      const shapes = new Set<string>()
      for (const sample of input.samples()) {
        const tensor = await sample.read()
        assert.equal(tensor.data.length, sizeOf(tensor.shape))
        assert.equal(tensor.data instanceof Float32Array, tensor.dtype === 'float32')
        shapes.add(tensor.shape.join('x'))
      }
      assert.equal(shapes.size, 1)
    }))

  test(`${name}: samples may be read at the same time and in any order`, () =>
    withInput(async (input) => {
      const alone: unknown[] = []
      for (const sample of input.samples()) alone.push(await sample.read())
      const samples = [...input.samples()].reverse()
      const together = await Promise.all(samples.map((sample) => sample.read()))
      assert.deepEqual(together.reverse(), alone)
    }))

  test(`${name}: what it gives belongs to the caller`, () =>
    withInput(async (input) => {
      const [first] = input.samples()
      const [again] = input.samples()
      const tensor = await first?.read()
      const copy = tensor?.data.slice()
      tensor?.data.fill(0)
      assert.deepEqual((await again?.read())?.data, copy)
    }))
}
