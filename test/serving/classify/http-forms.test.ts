// What an asker over HTTP sends and takes: the forms alone. test/e2e/classify.test.ts asks a real door.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  readAnswer,
  readMetadata,
  writeQuestion,
} from '../../../src/serving/classify/askers/http-forms.ts'

const image = { name: 'image', datatype: 'UINT8', shape: [-1, 3, 2, 3] }

test('metadata tell size, labels and the name of the input', () => {
  const parameters = { labels: '["a","b"]', tier: 'edge' }
  assert.deepEqual(readMetadata({ name: 'ddnn', inputs: [image], parameters }), {
    ...{ height: 3, width: 2, labels: ['a', 'b'], orientation: undefined, input: 'image' },
  })
  assert.equal(readMetadata({ inputs: [image] }).labels, undefined)
  const list = { inputs: [image], parameters: { labels: ['a', 'b'] } }
  assert.deepEqual(readMetadata(list).labels, ['a', 'b'])
})

test('a model that takes features is refused, and so is what is no metadata', () => {
  const features = { name: 'features', datatype: 'FP32', shape: [-1, 8, 8, 32] }
  assert.throws(() => readMetadata({ inputs: [features] }), { code: 'DDNN_CONFIG_INVALID' })
  for (const other of [null, [], 'page', { inputs: 3 }]) {
    assert.throws(() => readMetadata(other), { code: 'DDNN_REPLY_FAILED' })
  }
})

test('a question is a head of JSON, as long as its header says, and the pixels', () => {
  const data = Uint8Array.from({ length: 18 }, (_, i) => i)
  const pixels = { dtype: 'uint8', shape: [3, 2, 3], data } as const
  const { body, headers } = writeQuestion('image', pixels, { threshold: 0.5 })
  const length = Number(headers['inference-header-content-length'])
  const head = JSON.parse(Buffer.from(body.subarray(0, length)).toString()) as object
  assert.deepEqual(head, {
    inputs: [
      {
        ...{ name: 'image', shape: [1, 3, 2, 3], datatype: 'UINT8' },
        parameters: { binary_data_size: 18 },
      },
    ],
    parameters: { threshold: 0.5 },
  })
  assert.deepEqual(Uint8Array.from(body.subarray(length)), data)
})

test('what is no answer to one image is refused', () => {
  for (const other of [null, {}, { outputs: [] }, { outputs: [{ name: 'class', data: ['x'] }] }]) {
    assert.throws(() => readAnswer(other, undefined), { code: 'DDNN_REPLY_FAILED' })
  }
})
