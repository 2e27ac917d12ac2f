// One request from tensors to outputs, over a backend of the test's own: what is refused, what the backend is
// asked, and what the answers become.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import sharp from 'sharp'
import { hashLabels } from '../../../src/domain/labels.ts'
import type { Reply } from '../../../src/domain/reply.ts'
import { thresholdWords } from '../../../src/domain/threshold-words.ts'
import { infer } from '../../../src/serving/door/infer.ts'
import { createLimit } from '../../../src/serving/door/limit.ts'
import {
  DoorError,
  type InferRequest,
  type InferResponse,
  type InferTensor,
  type Refusal,
} from '../../../src/serving/door/protocol.ts'
import { ReplyError, TransportError } from '../../../src/errors.ts'
import { madeOptions, madeReply, type MadeOptions } from './made-options.ts'

const pixels = Uint8Array.from({ length: 18 }, (_, i) => i * 10)

const uint8: InferTensor = { name: 'x', datatype: 'UINT8', shape: [1, 2, 3, 3], data: pixels }

function bytesOf(values: readonly number[], datatype: 'INT32' | 'INT64' | 'FP32' | 'FP64') {
  const arrays = {
    INT32: () => Int32Array.from(values),
    INT64: () => BigInt64Array.from(values.map(BigInt)),
    FP32: () => Float32Array.from(values),
    FP64: () => Float64Array.from(values),
  }
  return new Uint8Array(arrays[datatype]().buffer)
}

const numbers = (
  datatype: 'INT32' | 'INT64' | 'FP32' | 'FP64',
  values: readonly number[],
  shape: readonly number[] = [1, 2, 3, 3],
): InferTensor => ({ name: 'x', datatype, shape, data: bytesOf(values, datatype) })

const files = (elements: readonly Uint8Array[], shape = [elements.length]): InferTensor => ({
  ...{ name: 'x', datatype: 'BYTES', shape, elements },
})

const request = (change: Partial<InferRequest> = {}): InferRequest => ({
  ...{ model: 'ddnn', version: undefined, id: undefined, parameters: {}, inputs: [uint8] },
  ...{ outputs: undefined, ...change },
})

function ask(change: Partial<InferRequest>, made: MadeOptions = {}, signal?: AbortSignal) {
  const { options, asked } = madeOptions(made)
  const limit = createLimit(options.maxInFlight)
  const call = { signal: signal ?? new AbortController().signal, door: 'http' } as const
  return { response: infer(options, limit, request(change), call), asked, options, limit }
}

/** Holds a refusal, and that its words say what they must. */
async function refuses(
  kind: Refusal,
  words: RegExp,
  change: Partial<InferRequest>,
  made: MadeOptions = {},
): Promise<void> {
  await assert.rejects(ask(change, made).response, (thrown: unknown) => {
    assert.ok(thrown instanceof DoorError, String(thrown))
    assert.equal(thrown.refusal, kind, thrown.message)
    assert.match(`${thrown.message}. ${thrown.hint}`, words)
    return true
  })
}

function output(response: InferResponse, name: string): InferTensor {
  const found = response.outputs.find((tensor) => tensor.name === name)
  assert.ok(found !== undefined, `no output ${name}`)
  return found
}

function texts(tensor: InferTensor): readonly string[] {
  assert.equal(tensor.datatype, 'BYTES')
  return tensor.datatype === 'BYTES'
    ? tensor.elements.map((element) => Buffer.from(element).toString())
    : []
}

test('pixels are asked for as they are, whatever integers carry them, with a batch axis or without', async () => {
  const values = [...pixels]
  for (const input of [
    uint8,
    { ...uint8, shape: [2, 3, 3] },
    numbers('INT32', values),
    numbers('INT64', values),
  ]) {
    const { response, asked } = ask({ inputs: [input] })
    await response
    const image = asked[0]?.image
    assert.deepEqual(image, { dtype: 'uint8', shape: [2, 3, 3], data: pixels })
  }
})

test('numbers of the network are asked for as float32, from bytes at any place', async () => {
  const values = Array.from({ length: 18 }, (_, i) => i / 17)
  const odd = new Uint8Array(73)
  odd.set(bytesOf(values, 'FP32'), 1)
  for (const input of [
    numbers('FP32', values),
    { ...numbers('FP32', values), data: odd.subarray(1) } as InferTensor,
    numbers('FP64', values, [2, 3, 3]),
  ]) {
    const { response, asked } = ask({ inputs: [input] })
    await response
    assert.deepEqual(asked[0]?.image, {
      ...{ dtype: 'float32', shape: [2, 3, 3], data: Float32Array.from(values) },
    })
  }
})

test('image files of any kind and size are decoded to the size of the model, rows in their order', async () => {
  const file = (kind: 'png' | 'jpeg' | 'webp', value: number) =>
    sharp({ create: { width: 9, height: 5, channels: 3, background: { r: value, g: 0, b: 0 } } })
      .toFormat(kind)
      .toBuffer()
  const images = [await file('png', 10), await file('jpeg', 120), await file('webp', 250)]
  for (const shape of [[3], [3, 1]]) {
    const { response, asked } = ask({ inputs: [files(images, shape)] })
    assert.deepEqual(output(await response, 'class').shape, [3])
    const reds = asked.map(({ image }) => ('data' in image ? (image.data[0] ?? -1) : -1))
    for (const [i, red] of [10, 120, 250].entries()) {
      assert.ok(
        reds.some((other) => Math.abs(other - red) <= 3),
        `${i}: ${reds.join()}`,
      )
    }
  }
})

test('rows of the outputs are in the order of the images, however late each answer comes', async () => {
  const data = new Uint8Array(18 * 3)
  data.fill(0, 0, 18).fill(1, 18, 36).fill(2, 36)
  const { response } = ask(
    { inputs: [{ ...uint8, shape: [3, 2, 3, 3], data }] },
    {
      answer: async (image) => {
        const place = 'data' in image ? (image.data[0] ?? 0) : 0
        for (let turns = 0; turns < 3 - place; turns++) await new Promise(setImmediate)
        return { ...madeReply, tier: `tier ${place}` }
      },
    },
  )
  assert.deepEqual(texts(output(await response, 'tier')), ['tier 0', 'tier 1', 'tier 2'])
})

test('every output says what the deepest hop with an answer says', async () => {
  const next: Reply = {
    ...madeReply,
    ...{ tier: 'cloud', labelsHash: hashLabels(['rose', 'tulip']) },
    result: { exit: 2, logits: [3, 1], prediction: 0, confidence: 0.9 },
  }
  const { response } = ask(
    { id: 'seven' },
    { answer: () => Promise.resolve({ ...madeReply, next, fallback: true }) },
  )
  const answered = await response
  assert.equal(answered.id, 'seven')
  assert.equal(answered.version, '3')
  assert.deepEqual(
    answered.outputs.map(({ name, datatype, shape }) => [name, datatype, shape]),
    [
      ['class', 'INT64', [1]],
      ['label', 'BYTES', [1]],
      ['confidence', 'FP32', [1]],
      ['probabilities', 'FP32', [1, 2]],
      ['logits', 'FP32', [1, 2]],
      ['exit', 'INT64', [1]],
      ['tier', 'BYTES', [1]],
      ['fallback', 'BOOL', [1]],
      ['hops', 'BYTES', [1]],
    ],
  )
  assert.deepEqual(texts(output(answered, 'label')), ['rose'])
  assert.deepEqual(texts(output(answered, 'tier')), ['cloud'])
  const raw = (name: string) => {
    const tensor = output(answered, name)
    assert.notEqual(tensor.datatype, 'BYTES')
    return tensor.datatype === 'BYTES' ? new DataView(new ArrayBuffer(0)) : viewOf(tensor.data)
  }
  assert.equal(raw('class').getBigInt64(0, true), 0n)
  assert.equal(raw('exit').getBigInt64(0, true), 2n)
  assert.equal(raw('fallback').getUint8(0), 1)
  assert.equal(raw('logits').getFloat32(4, true), 1)
  const sum = raw('probabilities').getFloat32(0, true) + raw('probabilities').getFloat32(4, true)
  assert.ok(Math.abs(sum - 1) < 1e-6)
  const hops = JSON.parse(texts(output(answered, 'hops'))[0] ?? '') as readonly object[]
  assert.deepEqual(
    hops.map((hop) => ({ ...hop, compute_ms: 0, total_ms: 0 })),
    [
      {
        ...{ tier: 'edge', exit: 0, confidence: 0.75, class: 1, fallback: true },
        ...{ compute_ms: 0, total_ms: 0 },
      },
      {
        ...{ tier: 'cloud', exit: 2, confidence: 0.9, class: 0, fallback: false },
        ...{ compute_ms: 0, total_ms: 0 },
      },
    ],
  )
})

const viewOf = (data: Uint8Array) => new DataView(data.buffer, data.byteOffset, data.byteLength)

test('labels are left out where nobody knows them, or where they are not those of who answered', async () => {
  const unknown = await ask({}, { model: { labels: undefined } }).response
  assert.equal(
    unknown.outputs.some(({ name }) => name === 'label'),
    false,
  )
  const three = await ask({}, { model: { labels: ['a', 'b', 'c'] } }).response
  assert.equal(
    three.outputs.some(({ name }) => name === 'label'),
    false,
  )
  const answer = () => Promise.resolve({ ...madeReply, labelsHash: hashLabels(['tulip', 'rose']) })
  const other = await ask({}, { answer }).response
  assert.deepEqual(texts(output(other, 'label')), [''])
})

test('outputs are those that are asked for', async () => {
  const some = await ask({ outputs: ['exit', 'class'] }).response
  assert.deepEqual(
    some.outputs.map(({ name }) => name),
    ['class', 'exit'],
  )
  await refuses('invalid', /class, label, .*hops, got 'klass'/, { outputs: ['klass'] })
  const made = { model: { labels: undefined } }
  await refuses('invalid', /class, confidence, .* got 'label'/, { outputs: ['label'] }, made)
})

test('budget and thresholds of the request go with each image; parameters of others are passed over', async () => {
  const asking = async (parameters: InferRequest['parameters']) => {
    const { response, asked } = ask({ parameters })
    await response
    return asked[0]?.call
  }
  const plain = await asking({ sequence_id: 7, priority: 'x', binary_data_output: true })
  assert.equal(plain?.thresholds, undefined)
  assert.ok((plain?.budgetMs ?? 0) > 29_000)
  const own = await asking({ budget_ms: 500, threshold: 0.5 })
  assert.deepEqual(own?.thresholds, [0.5])
  assert.deepEqual((await asking({ threshold: 'never' }))?.thresholds, [thresholdWords.never])
  assert.deepEqual((await asking({ thresholds: 'always,0.5' }))?.thresholds, [
    thresholdWords.always,
    0.5,
  ])
  assert.ok((own?.budgetMs ?? 501) <= 500)
  assert.deepEqual((await asking({ thresholds: '0.9, 0.8,2' }))?.thresholds, [0.9, 0.8, 2])
})

test('a parameter of ours that is not what it must be is refused', async () => {
  for (const [parameters, words] of [
    [{ budget_ms: 0 }, /'budget_ms' to be a number from 1 to 30000, got 0/],
    [{ budget_ms: 30_001 }, /from 1 to 30000, got 30001/],
    [{ budget_ms: Number.NaN }, /got NaN/],
    [{ budget_ms: '500' }, /got '500'/],
    [{ threshold: '0.5' }, /'threshold' to be a finite number, got '0.5'/],
    [{ threshold: true }, /got true/],
    [{ threshold: Number.POSITIVE_INFINITY }, /got Infinity/],
    [{ thresholds: 0.5 }, /1 to 64 finite numbers as text, got 0.5/],
    [{ thresholds: '0.5,' }, /got '0.5,'/],
    [{ thresholds: '' }, /got ''/],
    [{ thresholds: Array.from({ length: 65 }, () => '1').join() }, /1 to 64/],
    [{ threshold: 0.5, thresholds: '0.5' }, /got both/],
  ] as const) {
    await refuses('invalid', words, { parameters })
  }
})

test('an input that does not fit the model is refused with what was expected and what came', async () => {
  const file = Uint8Array.from([1, 2, 3])
  for (const [inputs, words] of [
    [[], /one input, got 0.*UINT8 \[N,2,3,3\]/],
    [[uint8, uint8], /one input, got 2/],
    [[{ ...uint8, shape: [1, 3, 2, 3] }], /UINT8 \[N,2,3,3\], got \[1,3,2,3\].*BYTES/],
    [[{ ...uint8, shape: [18] }], /got \[18\]/],
    [[{ ...uint8, shape: [2, 2, 3, 3] }], /36 bytes.*got 18/],
    [[{ ...uint8, shape: [0, 2, 3, 3], data: new Uint8Array() }], /at least one image/],
    [[{ ...uint8, datatype: 'BOOL' }], /got BOOL/],
    [[numbers('INT32', [...pixels.slice(1), 256])], /0 to 255 of INT32, got 256/],
    [[numbers('INT64', [...pixels.slice(1), -1])], /0 to 255 of INT64, got -1/],
    [
      [
        numbers(
          'FP32',
          Array.from({ length: 18 }, () => Number.NaN),
        ),
      ],
      /finite numbers.*the image/,
    ],
    [[numbers('FP64', [...pixels.slice(1), 1e300])], /finite numbers/],
    [[files([file], [2])], /\[N\] or \[N,1\].*got \[2\] with 1/],
    [[files([file], [1, 1, 1])], /got \[1,1,1\]/],
    [[files([], [0])], /at least one image/],
    [[files([file])], /input 'x': Expected a JPEG, .*image, got /],
    [[files([Buffer.from('<svg width="9" height="9"/>')])], /got a drawing \(SVG\)/],
  ] as const) {
    await refuses('invalid', words, { inputs: inputs as readonly InferTensor[] })
  }
})

test('a broken image in a batch is named by its place, and no answer is given', async () => {
  const good = await sharp({
    create: { width: 4, height: 4, channels: 3, background: 'red' },
  })
    .png()
    .toBuffer()
  const inputs = [files([good, good.subarray(0, 40), good])]
  await refuses('invalid', /image 2 of 3 of input 'x': Expected/, { inputs })
})

test('a model of features takes float32 alone', async () => {
  const made = { model: { takesImages: false, input: [4] } }
  const { response, asked } = ask({ inputs: [numbers('FP32', [1, 2, 3, 4], [1, 4])] }, made)
  await response
  assert.deepEqual(asked[0]?.image, {
    ...{ dtype: 'float32', shape: [4], data: Float32Array.of(1, 2, 3, 4) },
  })
  await refuses('invalid', /FP32 \[N,4\], which are features, got UINT8/, {}, made)
  const bytes = { inputs: [files([Uint8Array.of(1)])] }
  await refuses('invalid', /which are features, got BYTES/, bytes, made)
})

test('another name or version is not found, with what there is', async () => {
  await refuses('not-found', /got 'dnn'. Did you mean 'ddnn'\?/, { model: 'dnn' })
  await refuses('not-found', /got 'resnet-50'. There is 'ddnn'/, { model: 'resnet-50' })
  await refuses('not-found', /got '2'. There is '3'/, { version: '2' })
  await refuses('not-found', /does not say/, { version: '2' }, { model: { version: undefined } })
  await ask({ version: '3' }).response
})

test('a process that does not know its model yet says what is missing', async () => {
  const made = { model: 'none', missing: ['no tier has answered'] } as const
  await refuses('unavailable', /got: no tier has answered/, {}, made)
})

test('what the backend throws, and a reply without an answer, become refusals by their code', async () => {
  const rows = [
    ['DDNN_OVERLOADED', 'overloaded'],
    ['DDNN_FRAME_SHAPE', 'invalid'],
    ['DDNN_INPUT_UNREADABLE', 'invalid'],
    ['DDNN_REPLY_TIMEOUT', 'unavailable'],
    ['DDNN_FRONT_SILENT', 'unavailable'],
    ['DDNN_TRANSPORT_UNREACHABLE', 'unavailable'],
    ['DDNN_REPLY_FAILED', 'unavailable'],
    ['DDNN_ENGINE_FAILED', 'failed'],
    ['DDNN_MODEL_MISMATCH', 'failed'],
  ] as const
  for (const [code, kind] of rows) {
    await refuses(
      kind,
      /what it was/,
      {},
      {
        answer: () => Promise.reject(new TransportError(code, 'what it was')),
      },
    )
    const problem = { code, message: 'what it was' }
    const empty = { ...madeReply, result: undefined, problem }
    await refuses(kind, /what it was/, {}, { answer: () => Promise.resolve(empty) })
  }
  const code = 'DDNN_OF_ANOTHER_RELEASE'
  const strange = { ...madeReply, result: undefined, problem: { code, message: 'strange' } }
  await refuses('unavailable', /strange/, {}, { answer: () => Promise.resolve(strange) })
  const spoilt = { exit: 0, logits: [Number.NaN, 1], prediction: 1, confidence: 1 }
  await refuses(
    'failed',
    /finite class values of 'edge', got NaN/,
    {},
    {
      answer: () => Promise.resolve({ ...madeReply, result: spoilt }),
    },
  )
})

test('images that others have under way count, and places are given back however a request ends', async () => {
  const { options } = madeOptions({ maxInFlight: 2 })
  const limit = createLimit(2)
  const signal = new AbortController().signal
  const two = { ...uint8, shape: [2, 2, 3, 3], data: new Uint8Array(36) }
  const asking = (inputs: readonly InferTensor[], answer = options.backend.answer) => {
    const backend = { ...options.backend, answer }
    return infer({ ...options, backend }, limit, request({ inputs }), { signal, door: 'http' })
  }
  let letGo: () => void = () => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const first = asking([uint8], async () => held.then(() => madeReply))
  const isOverloaded = (thrown: unknown) =>
    thrown instanceof DoorError && thrown.refusal === 'overloaded'
  await assert.rejects(asking([two]), isOverloaded)
  await asking([uint8])
  letGo()
  await first
  await asking([two])
  await assert.rejects(
    asking([two], () => Promise.reject(new ReplyError('DDNN_REPLY_FAILED', 'x'))),
  )
  await asking([two])
  const three = { ...uint8, shape: [3, 2, 3, 3], data: new Uint8Array(54) }
  await assert.rejects(
    asking([three]),
    (thrown: unknown) => thrown instanceof DoorError && thrown.refusal === 'invalid',
  )
})

test('one failed image ends the others of its request, and so does an asker that goes away', async () => {
  const ended: string[] = []
  const two = { ...uint8, shape: [2, 2, 3, 3], data: Uint8Array.from({ length: 36 }, (_, i) => i) }
  const hold = async (signal: AbortSignal) => {
    if (!signal.aborted) await once(signal, 'abort')
    ended.push('held')
    signal.throwIfAborted()
    return madeReply
  }
  await refuses(
    'overloaded',
    /full/,
    { inputs: [two] },
    {
      answer: (image, { signal }) =>
        'data' in image && image.data[0] === 0
          ? hold(signal)
          : Promise.reject(new ReplyError('DDNN_OVERLOADED', 'full')),
    },
  )
  assert.deepEqual(ended, ['held'])

  const gone = new AbortController()
  const { response } = ask({}, { answer: (_, { signal }) => hold(signal) }, gone.signal)
  await new Promise(setImmediate)
  gone.abort()
  await assert.rejects(response)
  assert.deepEqual(ended, ['held', 'held'])
})
