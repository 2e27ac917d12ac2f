// Bodies to requests and responses to bodies: what is taken, what is refused, and that nothing a body claims
// makes the door crash or take more memory than the body is worth.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../helpers/property.ts'
import { readRequest, type Received } from '../../../../src/serving/door/http/codec/read-request.ts'
import { writeResponse } from '../../../../src/serving/door/http/codec/write-response.ts'
import { DoorError, type InferTensor } from '../../../../src/serving/door/protocol.ts'
import { elementSizes, writeRawTensor } from '../../../../src/serving/door/raw-tensor.ts'
import { DdnnError, FrameError } from '../../../../src/errors.ts'
import { madeModel } from '../made-options.ts'

const path = { model: 'ddnn', version: undefined }

const received = (body: Uint8Array | string, change: Partial<Received> = {}): Received => ({
  ...{ path, query: new URLSearchParams(), contentType: 'application/json' },
  ...{ jsonLength: undefined, body: Buffer.from(body), ...change },
})

const read = (body: Uint8Array | string, change: Partial<Received> = {}) =>
  readRequest(received(body, change), madeModel)

/** JSON and, where `tensors` are given, their bytes behind it. */
function binaryBody(json: object, tensors: readonly Uint8Array[]) {
  const head = Buffer.from(JSON.stringify(json))
  return { body: Buffer.concat([head, ...tensors]), jsonLength: String(head.byteLength) }
}

const numberTypes = ['UINT8', 'INT32', 'INT64', 'FP32', 'FP64'] as const

/** A tensor of any datatype with values that JSON can carry. */
const anyTensor: fc.Arbitrary<InferTensor> = fc
  .record({
    datatype: fc.constantFrom(...numberTypes, 'BYTES' as const),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 3 }),
    seed: fc.array(fc.uint8Array({ minLength: 8, maxLength: 8 }), { minLength: 64, maxLength: 64 }),
  })
  .map(({ datatype, shape, seed }): InferTensor => {
    const count = shape.reduce((product, axis) => product * axis, 1)
    if (datatype === 'BYTES') {
      return { name: 'x', datatype, shape, elements: seed.slice(0, count) }
    }
    const size = elementSizes[datatype]
    const data = new Uint8Array(count * size)
    for (let i = 0; i < count; i++) data.set(sane(datatype, seed[i] as Uint8Array), i * size)
    return { name: 'x', datatype, shape, data }
  })

/** Eight bytes as an element: a number, no negative zero, and of INT64 one that a double holds. */
function sane(datatype: (typeof numberTypes)[number], bytes: Uint8Array): Uint8Array {
  const size = elementSizes[datatype]
  const element = bytes.slice(0, size)
  const view = new DataView(element.buffer)
  if (datatype === 'INT64') view.setBigInt64(0, view.getBigInt64(0, true) >> 12n, true)
  const isGood = (value: number) => Number.isFinite(value) && !Object.is(value, -0)
  if (datatype === 'FP32' && !isGood(view.getFloat32(0, true))) element.fill(0)
  if (datatype === 'FP64' && !isGood(view.getFloat64(0, true))) element.fill(0)
  return element
}

function jsonValues(tensor: InferTensor): readonly unknown[] {
  if (tensor.datatype === 'BYTES') {
    return tensor.elements.map((element) => Buffer.from(element).toString('base64'))
  }
  const response = { model: 'm', version: undefined, id: undefined, parameters: {} }
  const { body } = writeResponse({ ...response, outputs: [tensor] }, () => false)
  const { outputs } = JSON.parse(Buffer.from(body).toString()) as { outputs: [{ data: unknown[] }] }
  return outputs[0].data
}

const plain = (tensor: InferTensor) => ({ ...tensor, raw: Buffer.from(writeRawTensor(tensor)) })

test('a tensor is the same one by JSON, flat or nested, and by the binary extension', () => {
  fc.assert(
    fc.property(anyTensor, fc.boolean(), (tensor, isNested) => {
      const { name, datatype, shape } = tensor
      const values = jsonValues(tensor)
      const data = isNested ? values.map((value) => [[value]]) : values
      const byJson = read(JSON.stringify({ inputs: [{ name, datatype, shape, data }] }))
      const raw = writeRawTensor(tensor)
      const input = { name, datatype, shape, parameters: { binary_data_size: raw.byteLength } }
      const { body, jsonLength } = binaryBody({ inputs: [input] }, [raw])
      const byBytes = read(body, { jsonLength })
      const expected = plain(tensor)
      for (const { request } of [byJson, byBytes]) {
        const [found] = request.inputs
        assert.ok(found !== undefined)
        assert.deepEqual(plain(found).raw, expected.raw)
        assert.deepEqual([found.datatype, found.shape], [datatype, shape])
      }
    }),
    { numRuns: 300 },
  )
})

test('a response reads back: JSON for some outputs, bytes for others', () => {
  fc.assert(
    fc.property(fc.array(anyTensor, { maxLength: 4 }), fc.nat(15), (tensors, mask) => {
      const named = tensors.map((tensor, i) => ({ ...tensor, name: `t${i}` }))
      const isBinary = (name: string) => ((mask >> Number(name.slice(1))) & 1) === 1
      const response = { model: 'm', version: '1', id: 'i', parameters: {}, outputs: named }
      const { headers, body } = writeResponse(response, isBinary)
      const length = headers['inference-header-content-length']
      const end = length === undefined ? body.length : Number(length)
      const json = JSON.parse(Buffer.from(body.subarray(0, end)).toString()) as {
        readonly outputs: readonly { readonly parameters?: { readonly binary_data_size: number } }[]
      }
      let at = end
      for (const [i, tensor] of named.entries()) {
        const size = json.outputs[i]?.parameters?.binary_data_size
        assert.equal(size !== undefined, isBinary(tensor.name))
        if (size === undefined) continue
        assert.deepEqual(
          Buffer.from(body.subarray(at, at + size)),
          Buffer.from(writeRawTensor(tensor)),
        )
        at += size
      }
      assert.equal(at, body.length)
    }),
    { numRuns: 200 },
  )
})

/** Holds that it is read or refused as an asker's fault, never as one of ours. */
function readOrRefuse(body: Uint8Array, change: Partial<Received>): void {
  try {
    read(body, change)
  } catch (thrown) {
    const isTold =
      (thrown instanceof DoorError && thrown.refusal === 'invalid') || thrown instanceof FrameError
    assert.ok(isTold, String(thrown))
  }
}

test('a body that is cut, changed or follows another length is read or refused, whatever it claims', () => {
  const whole = binaryBody(
    {
      id: 'one',
      parameters: { thresholds: [0.5, 0.25], budget_ms: 500 },
      inputs: [
        { name: 'a', datatype: 'FP32', shape: [2], parameters: { binary_data_size: 8 } },
        { name: 'b', datatype: 'BYTES', shape: [1], parameters: { binary_data_size: 7 } },
        {
          name: 'c',
          datatype: 'UINT8',
          shape: [2, 2],
          data: [
            [1, 2],
            [3, 4],
          ],
        },
      ],
      outputs: [{ name: 'class', parameters: { binary_data: true } }],
    },
    [new Uint8Array(8), Uint8Array.of(3, 0, 0, 0, 1, 2, 3)],
  )
  assert.equal(read(whole.body, { jsonLength: whole.jsonLength }).request.inputs.length, 3)
  const place = fc.nat(whole.body.length - 1)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(place, fc.nat(255)), { maxLength: 4 }),
      fc.nat(whole.body.length),
      fc.option(fc.constantFrom(whole.jsonLength, '0', '1', '99999999999999', '-1', 'x', '')),
      (changes, end, jsonLength) => {
        const body = Uint8Array.from(whole.body).subarray(0, end)
        for (const [at, byte] of changes) if (at < end) body[at] = byte
        readOrRefuse(body, { jsonLength: jsonLength ?? undefined })
      },
    ),
    { numRuns: 3000 },
  )
})

test('any JSON at all is read or refused', () => {
  const json = fc.jsonValue({ maxDepth: 4 })
  const key = fc.constantFrom('name', 'datatype', 'shape', 'data', 'parameters', 'x')
  const input = fc.dictionary(key, fc.oneof(json, fc.constantFrom('FP32', 'BYTES', [1], [2])))
  const body = fc.record(
    { inputs: fc.oneof(fc.array(input), json), outputs: json, parameters: json, id: json },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(json, body), (value) =>
      readOrRefuse(Buffer.from(JSON.stringify(value)), {}),
    ),
    { numRuns: 2000 },
  )
})

test('sizes that lie are refused before anything of their size is set aside', () => {
  const huge = 2 ** 40
  const before = process.memoryUsage()
  for (const [datatype, shape] of [
    ['FP64', [huge]],
    ['UINT8', [2 ** 31, 2 ** 20]],
    ['BYTES', [huge]],
    ['INT64', [2 ** 32, 3, 3]],
  ] as const) {
    const input = { name: 'x', datatype, shape }
    assert.throws(() => read(JSON.stringify({ inputs: [{ ...input, data: [1, 2, 3] }] })), {
      name: 'DoorError',
    })
    for (const size of [3, huge]) {
      const told = { ...input, parameters: { binary_data_size: size } }
      const { body, jsonLength } = binaryBody({ inputs: [told] }, [Uint8Array.of(255, 255, 255)])
      assert.throws(() => read(body, { jsonLength }), { name: 'DoorError' })
    }
  }
  const deep = Buffer.alloc(1 << 20, '[')
  assert.throws(() => read(`{"inputs":${deep.toString()}`), DdnnError)
  const after = process.memoryUsage()
  assert.ok(after.arrayBuffers - before.arrayBuffers < 1 << 26)
})

test('what an input may not be is refused by name', () => {
  const one = (change: object) =>
    JSON.stringify({
      inputs: [{ name: 'x', datatype: 'UINT8', shape: [2], data: [1, 2], ...change }],
    })
  for (const [body, words] of [
    [one({ data: [1, 256] }), /0 to 255 in input 'x' of UINT8, got 256/],
    [one({ data: [1, -1] }), /got -1/],
    [one({ data: [1, 1.5] }), /got 1.5/],
    [one({ data: [1, '2'] }), /got "2"/],
    [one({ data: [1, null] }), /got null/],
    [one({ data: [1] }), /2 values of input 'x', as its shape says, got 1/],
    [one({ data: [1, 2, 3] }), /got more/],
    [one({ data: { a: 1, b: 2 } }), /to be a list/],
    [one({ data: [{ a: 1 }, 2] }), /got \{/],
    [one({ datatype: 'INT32', data: [1, 2147483648] }), /32 bits .* got 2147483648/],
    [one({ datatype: 'INT64', data: [1, 9007199254740993] }), /2\^53/],
    [one({ datatype: 'BOOL', data: [true, 1] }), /true and false .* got 1/],
    [one({ datatype: 'FP16' }), /one of BOOL, UINT8, .*, got 'FP16'/],
    [one({ datatype: undefined }), /a datatype/],
    [one({ shape: undefined }), /a shape/],
    [one({ shape: [1.5] }), /lengths, got \[1.5\]/],
    [one({ shape: Array.from({ length: 10 }, () => 1) }), /at most 9 axes/],
    [one({ data: undefined }), /to have data/],
    [one({ parameters: { binary_data_size: 0 } }), /got both/],
    [one({ parameters: { shared_memory_region: 'r' } }), /no parameter 'shared_memory_region'/],
    [one({ datatype: 'BYTES', data: ['AAAA', 'not base64!'] }), /base64 of an image file/],
    [one({ datatype: 'BYTES', data: ['AAAA', 'AAAAA'] }), /base64/],
    [one({ datatype: 'BYTES', data: ['AAAA', 1] }), /texts/],
    ['{"inputs":7}', /'inputs' to be a list/],
    ['{"inputs":[7]}', /'{'/],
    ['{"inputs":[]} {}', /one JSON object, got more/],
    ['{"inputs":[],"id":7}', /'id' to be a text/],
    ['{"inputs":[],"parameters":[]}', /'parameters' to be an object/],
    ['{"inputs":[],"parameters":{"budget_ms":null}}', /'budget_ms' to be a number/],
    ['{"inputs":[],"outputs":[{}]}', /outputs to have a name/],
    ['{"inputs":[],"outputs":[{"name":"class","parameters":{"classification":3}}]}', /'label'/],
    ['[]', /'{'/],
    ['', /'{'/],
  ] as const) {
    assert.throws(
      () => read(body),
      (thrown: unknown) => {
        assert.ok(thrown instanceof DdnnError, String(thrown))
        assert.match(`${thrown.message}. ${thrown.hint}`, words, body)
        return true
      },
    )
  }
})

test('base64 is read with and without its padding, in both alphabets and as a data address', () => {
  const file = Buffer.from([0xff, 0xfe, 0xfd, 0xfc])
  const data = ['//79/A==', '//79/A', '__79_A', 'data:image/jpeg;base64,//79/A==']
  const { request } = read(
    JSON.stringify({ inputs: [{ name: 'x', datatype: 'BYTES', shape: [4], data }] }),
  )
  const [input] = request.inputs
  assert.ok(input?.datatype === 'BYTES')
  for (const element of input.elements) assert.deepEqual(Buffer.from(element), file)
})

test('parameters keep their kinds, a list of thresholds becomes its text, foreign lists are passed over', () => {
  const parameters = { thresholds: [0.9, 0.8], budget_ms: 100, x: [1], y: { z: 1 }, flag: true }
  const { request } = read(JSON.stringify({ inputs: [], parameters }))
  assert.deepEqual(request.parameters, { thresholds: '0.9,0.8', budget_ms: 100, flag: true })
})

test('outputs are binary where they or the whole request ask for it', () => {
  const outputs = [
    { name: 'class', parameters: { binary_data: false } },
    { name: 'exit' },
    { name: 'tier', parameters: { binary_data: true } },
  ]
  const asked = read(JSON.stringify({ inputs: [], outputs }))
  assert.deepEqual(['class', 'exit', 'tier'].map(asked.isBinary), [false, false, true])
  assert.deepEqual(asked.request.outputs, ['class', 'exit', 'tier'])
  const parameters = { binary_data_output: true }
  const all = read(JSON.stringify({ inputs: [], outputs, parameters }))
  assert.deepEqual(['class', 'exit', 'tier'].map(all.isBinary), [false, true, true])
  assert.equal(read(JSON.stringify({ inputs: [], parameters })).isBinary('logits'), true)
})

test('a body without JSON is an image file, or the one raw tensor where its length says so', () => {
  const query = new URLSearchParams('budget_ms=250&thresholds=0.9,0.8&outputs=class, exit&id=a&x=1')
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)
  const asFile = { name: 'image', datatype: 'BYTES', shape: [1], elements: [Buffer.from(jpeg)] }
  for (const change of [
    { contentType: 'image/jpeg' },
    { contentType: 'IMAGE/JPEG; q=1' },
    { contentType: 'application/octet-stream' },
    { contentType: 'application/x-www-form-urlencoded' },
    { contentType: undefined },
    { contentType: undefined, jsonLength: '0' },
  ]) {
    const { request } = read(jpeg, { query, ...change })
    assert.deepEqual(request.inputs, [asFile])
    assert.deepEqual(request.parameters, { budget_ms: 250, thresholds: '0.9,0.8' })
    assert.deepEqual(request.outputs, ['class', 'exit'])
    assert.equal(request.id, 'a')
  }
  const raw = read(new Uint8Array(18), { contentType: 'application/octet-stream', jsonLength: '0' })
  assert.deepEqual(raw.request.inputs, [
    { name: 'image', datatype: 'UINT8', shape: [1, 2, 3, 3], data: Buffer.alloc(18) },
  ])
  const features = { ...madeModel, takesImages: false, input: [2] }
  const floats = readRequest(received(new Uint8Array(8), { jsonLength: '0' }), features)
  assert.equal(floats.request.inputs[0]?.datatype, 'FP32')
})

test('JSON that curl calls a form is JSON, and a form of parts is refused with what to do', () => {
  const { request } = read(' \n{"inputs":[]}', { contentType: 'application/x-www-form-urlencoded' })
  assert.deepEqual(request.inputs, [])
  assert.throws(() => read('--x', { contentType: 'multipart/form-data; boundary=x' }), {
    hint: /--data-binary/,
  })
})

test('FP32 in JSON has the digits that read back as the same FP32, and no more than nine', () => {
  const data = new Uint8Array(Float32Array.of(0.1, 1 / 3, 16777216, 1e-7, -0.8).buffer)
  const outputs: InferTensor[] = [{ name: 'x', datatype: 'FP32', shape: [5], data }]
  const response = { model: 'm', version: undefined, id: undefined, parameters: {}, outputs }
  const text = Buffer.from(writeResponse(response, () => false).body).toString()
  assert.match(text, /"data":\[0.100000001,0.333333343,16777216,1.00000001e-7,-0.800000012\]/)
})
