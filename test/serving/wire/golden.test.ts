// Golden files, written by Python from docs/wire-format.md (test/golden/wire/make.py): ours reads them
// and writes the very same bytes.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Reply } from '../../../src/domain/reply.ts'
import type { Tensor } from '../../../src/domain/tensor.ts'
import { binaryWire } from '../../../src/serving/wire/frame.ts'
import { jsonWire } from '../../../src/serving/wire/legacy-json.ts'
import type { EncodedTensor, RequestMeta } from '../../../src/serving/wire/wire.ts'
import { repoPath } from '../../helpers/paths.ts'

const golden = (name: string) => readFileSync(repoPath('test', 'golden', 'wire', name))

const requests: Record<string, { tensor: Tensor | EncodedTensor; meta: RequestMeta }> = {
  'request-float32.bin': {
    tensor: {
      dtype: 'float32',
      shape: [2, 2, 2],
      data: new Float32Array([
        0, -0, 0.1, -1.5, 1e-45, 3.4028234663852886e38, -3.4028234663852886e38, 1,
      ]),
    },
    meta: { family: '6f1c', labelsHash: '9b2e0123456789ab' },
  },
  'request-memory.bin': {
    tensor: { dtype: 'float32', shape: [2], data: Float32Array.of(0.5, -2) },
    meta: {
      ...{ family: '6f1c', labelsHash: '9b2e0123456789ab' },
      memory: [Float32Array.of(-0.25, -1.5), undefined, Float32Array.of(-0.25, -1.5)],
    },
  },
  'request-uint8.bin': {
    tensor: {
      dtype: 'uint8',
      shape: [2, 2, 3],
      data: Uint8Array.from({ length: 12 }, (_, i) => i * 20),
    },
    meta: { family: undefined, labelsHash: '9b2e0123456789ab' },
  },
  'request-jpeg.bin': {
    tensor: {
      codec: 'jpeg',
      dtype: 'uint8',
      shape: [180, 180, 3],
      bytes: Buffer.from('ffd8ffe0' + Buffer.from('not really').toString('hex'), 'hex'),
    },
    meta: { family: undefined, labelsHash: undefined },
  },
  'request-webp.bin': {
    tensor: {
      codec: 'webp',
      dtype: 'uint8',
      shape: [180, 180, 3],
      bytes: Buffer.from('RIFFnot really'),
    },
    meta: { family: undefined, labelsHash: undefined },
  },
  'request-avif.bin': {
    tensor: {
      codec: 'avif',
      dtype: 'uint8',
      shape: [180, 180, 3],
      bytes: Buffer.from('\0\0\0 ftypavifnot really'),
    },
    meta: { family: undefined, labelsHash: undefined },
  },
}

for (const [name, { tensor, meta }] of Object.entries(requests)) {
  test(`${name} is read and written byte for byte`, () => {
    const bytes = golden(name)
    assert.deepEqual(Buffer.from(binaryWire.encodeRequest(tensor, meta)), bytes)
    const decoded = binaryWire.decodeRequest(bytes, { maxElements: 100_000 })
    assert.equal(decoded.family, meta.family)
    assert.equal(decoded.labelsHash, meta.labelsHash)
    assert.deepEqual(decoded.memory, meta.memory)
    assert.deepEqual(decoded.shape, tensor.shape)
    assert.equal(decoded.dtype, tensor.dtype)
    if ('codec' in tensor) {
      assert.equal(decoded.codec, tensor.codec)
      assert.deepEqual(Buffer.from(decoded.bytes), Buffer.from(tensor.bytes))
      return
    }
    const slot = new Float32Array(tensor.data.length)
    decoded.write(slot, 1)
    assert.deepEqual(slot, Float32Array.from(tensor.data))
  })
}

const edge = {
  exit: 0,
  logits: [1.5, -0.25],
  prediction: 0,
  confidence: 0.8519528019683106,
}
const base = { fallback: false, labelsHash: undefined, problem: undefined, next: undefined }
const cloud: Reply = {
  ...base,
  tier: 'cloud',
  result: {
    exit: 2,
    isLast: true,
    logits: [NaN, -Infinity, -0],
    prediction: 2,
    confidence: NaN,
  },
  computeMs: 20,
  totalMs: 21,
}

const replies: Record<string, Reply> = {
  'reply-exit.bin': {
    ...base,
    tier: 'local_edge',
    result: edge,
    computeMs: 4.5,
    totalMs: 5.25,
    labelsHash: '9b2e0123456789ab',
  },
  'reply-nested.bin': {
    ...base,
    tier: 'edge',
    result: edge,
    computeMs: 4,
    totalMs: 60.5,
    next: { ...base, tier: 'fög', result: undefined, computeMs: 0, totalMs: 30, next: cloud },
  },
  'reply-fallback.bin': {
    ...base,
    tier: 'edge',
    result: edge,
    computeMs: 4,
    totalMs: 2000,
    fallback: true,
  },
  'reply-error.bin': {
    ...base,
    tier: 'edge',
    result: undefined,
    computeMs: 0,
    totalMs: 0.5,
    problem: { code: 'DDNN_FRAME_SHAPE', message: 'Expected 180x180x3, got 32x32x3' },
  },
}

for (const [name, reply] of Object.entries(replies)) {
  test(`${name} is read and written byte for byte`, () => {
    const bytes = golden(name)
    assert.deepEqual(Buffer.from(binaryWire.encodeReply(reply)), bytes)
    assert.deepEqual(binaryWire.decodeReply(bytes), reply)
  })
}

test('a reader that passes over what it does not know gets the request without its memory', () => {
  const { tensor, meta } = requests['request-memory.bin'] as (typeof requests)[string]
  const headerOf = (frame: Uint8Array) => {
    const { buffer, byteOffset, length } = frame
    const bytes = Buffer.from(buffer, byteOffset, length)
    return JSON.parse(bytes.toString('utf8', 12, 12 + bytes.readUInt32LE(8))) as object
  }
  const { memory, ...known } = headerOf(golden('request-memory.bin')) as { memory: unknown }
  assert.ok(Array.isArray(memory))
  assert.deepEqual(
    known,
    headerOf(binaryWire.encodeRequest(tensor, { ...meta, memory: undefined })),
  )
})

test('a request of an original gives its float32 values', () => {
  const decoded = jsonWire.decodeRequest(golden('original-request.json'), { maxElements: 12 })
  assert.deepEqual(decoded.shape, [2, 2, 3])
  const slot = new Float32Array(12)
  decoded.write(slot, 1 / 255)
  assert.deepEqual(
    slot,
    Float32Array.from({ length: 12 }, (_, i) => (i * 20) / 255),
  )
})

const early = { exit: -1, isLast: false, logits: [1.5, -0.25], prediction: 0 }
const originals: Record<string, Reply> = {
  'original-reply-early.json': {
    ...base,
    tier: 'edge',
    result: { ...early, confidence: undefined },
    computeMs: 4.5,
    totalMs: 5.25,
  },
  'original-reply-last.json': {
    ...base,
    tier: 'cloud',
    result: { ...early, isLast: true, confidence: undefined },
    computeMs: 20,
    totalMs: 21,
  },
}
originals['original-reply-offloaded.json'] = {
  ...base,
  tier: 'edge',
  result: undefined,
  computeMs: 4,
  totalMs: 60,
  next: originals['original-reply-last.json'],
}

for (const [name, reply] of Object.entries(originals)) {
  test(`${name} is read as the reply that it is`, () => {
    const read = jsonWire.decodeReply(golden(name))
    const rounded = JSON.parse(JSON.stringify(read), (key, value: unknown) =>
      key.endsWith('Ms') ? Number((value as number).toFixed(6)) : value,
    ) as unknown
    assert.deepEqual(rounded, JSON.parse(JSON.stringify(reply)))
  })
}

test("replies of ours are written as the original's, extra keys aside", () => {
  const known = (reply: Reply) => {
    const { result, device, next } = JSON.parse(
      Buffer.from(jsonWire.encodeReply(reply)).toString(),
    ) as Record<string, unknown>
    return { result, device, hasNext: next !== undefined }
  }
  const exit = replies['reply-exit.bin'] as Reply
  assert.deepEqual(known(exit), {
    result: [[1.5, -0.25]],
    device: 'local_edge',
    hasNext: false,
  })
  const last = { ...exit, result: { ...edge, isLast: true } }
  assert.deepEqual(known(last).result, [1.5, -0.25])
  assert.deepEqual(known(replies['reply-error.bin'] as Reply).result, [])
})
