// The gRPC door as a client sees it: answers, refusals with their statuses, budgets, and how it ends.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { credentials, Metadata, status, type ClientReadableStream } from '@grpc/grpc-js'
import type { ImageCall } from '../../../../src/serving/device/device.ts'
import type { Reply } from '../../../../src/domain/reply.ts'
import { healthService } from '../../../../src/serving/door/grpc/services.ts'
import { tempFolder } from '../../../helpers/cli.ts'
import { makeCertificates } from '../../../helpers/certificates.ts'
import { until } from '../../../helpers/until.ts'
import { call, openDoor, reply, request } from './made-door.ts'

/** A backend that answers when it is let go, and keeps what it was asked. */
function createHeld() {
  const asked: ImageCall[] = []
  let letGo: () => void = () => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const answer = async (_: unknown, image: ImageCall): Promise<Reply> => {
    asked.push(image)
    await Promise.race([held, once(image.signal, 'abort')])
    image.signal.throwIfAborted()
    return reply
  }
  return { asked, answer, letGo }
}

test('an image is answered with raw outputs, in the order of the door', async () => {
  const { client } = await openDoor()
  const { message, error } = await call(client, 'ModelInfer', request(2, { id: 'seven' }))
  assert.equal(error, undefined)
  assert.equal(message?.['id'], 'seven')
  assert.equal(message['modelVersion'], '3')
  const outputs = message['outputs'] as readonly { name: string; shape: readonly number[] }[]
  const raw = message['rawOutputContents'] as readonly Buffer[]
  const of = (name: string) => raw[outputs.findIndex((output) => output.name === name)]
  assert.equal(of('class')?.readBigInt64LE(8), 1n)
  assert.equal(of('confidence')?.readFloatLE(4), 0.75)
  assert.equal(of('label')?.toString('latin1'), '\x05\0\0\0tulip\x05\0\0\0tulip')
  assert.deepEqual(outputs.find(({ name }) => name === 'logits')?.shape, [2, 2])
})

test('typed contents are the same tensor as raw ones', async () => {
  const seen: unknown[] = []
  const { client } = await openDoor({
    answer: (image) => {
      seen.push('data' in image ? [image.dtype, ...image.data] : image)
      return Promise.resolve(reply)
    },
  })
  const pixels = Array.from({ length: 12 }, (_, i) => i * 20)
  const typed = (datatype: string, contents: object, shape = [1, 2, 2, 3]) =>
    request(1, {
      inputs: [{ name: 'image', datatype, shape, contents }],
      rawInputContents: [],
    })
  for (const asked of [
    request(1, { rawInputContents: [Uint8Array.from(pixels)] }),
    typed('UINT8', { uintContents: pixels }),
    typed('INT32', { intContents: pixels }),
    typed('INT64', { int64Contents: pixels }),
    typed('FP32', { fp32Contents: pixels }),
    typed('FP64', { fp64Contents: pixels }),
  ]) {
    const { error } = await call(client, 'ModelInfer', asked)
    assert.equal(error, undefined)
  }
  const [uint8, float32] = [
    ['uint8', ...pixels],
    ['float32', ...pixels],
  ]
  assert.deepEqual(seen, [uint8, uint8, uint8, uint8, float32, float32])
})

test('a request that is not right ends with INVALID_ARGUMENT and says what was expected', async () => {
  const { client } = await openDoor()
  const input = { name: 'image', datatype: 'UINT8', shape: [1, 2, 2, 3] }
  const typed = { ...input, contents: { uintContents: Array.from({ length: 12 }, () => 1) } }
  const rows: readonly (readonly [object, RegExp])[] = [
    [request(1, { inputs: [] }), /raw_input_contents of each of 0 inputs, got 1/],
    [request(1, { rawInputContents: [new Uint8Array(11)] }), /Expected 12 bytes .* got 11/],
    [request(1, { inputs: [{ ...input, shape: [1, 5, 5, 3] }] }), /Expected 75 bytes/],
    [request(1, { inputs: [{ ...input, datatype: 'FP16' }] }), /one of BOOL.* got 'FP16'/],
    [request(1, { inputs: [{ ...input, shape: [-1, 2, 2, 3] }] }), /to be lengths/],
    [request(1, { inputs: [typed] }), /raw or as typed contents, got both/],
    [request(1, { inputs: [input], rawInputContents: [] }), /Expected 12 elements/],
    [
      request(1, {
        inputs: [{ ...typed, contents: { uintContents: Array.from({ length: 12 }, () => 256) } }],
        rawInputContents: [],
      }),
      /0 to 255, got 256/,
    ],
    [
      request(1, {
        outputs: [{ name: 'class', parameters: { classification: { int64Param: 2 } } }],
      }),
      /no parameter 'classification'/,
    ],
    [
      request(1, {
        inputs: [{ ...input, parameters: { shared_memory_region: { stringParam: 'x' } } }],
      }),
      /no parameter 'shared_memory_region'/,
    ],
    [request(1, { outputs: [{ name: 'clas' }] }), /got 'clas'/],
    [request(1, { parameters: { budget_ms: { stringParam: 'soon' } } }), /budget_ms/],
    [request(1, { parameters: { threshold: { boolParam: true } } }), /threshold/],
  ]
  for (const [asked, expected] of rows) {
    const { error } = await call(client, 'ModelInfer', asked)
    assert.equal(error?.code, status.INVALID_ARGUMENT, String(error))
    assert.match(error.details, expected)
  }
})

test('another model is NOT_FOUND, however it is spelled', async () => {
  const { client } = await openDoor()
  // The last one is cut in the middle of a letter of two halves.
  for (const modelName of ['dddn', '', '%00\n', `${'x'.repeat(127)}\u{1f337}`]) {
    const { error } = await call(client, 'ModelInfer', request(1, { modelName }))
    assert.equal(error?.code, status.NOT_FOUND, String(error))
  }
  const { error } = await call(client, 'ModelInfer', request(1, { modelVersion: '2' }))
  assert.equal(error?.code, status.NOT_FOUND)
  const { message } = await call(client, 'ModelInfer', request(1, { modelVersion: '3' }))
  assert.equal(message?.['modelVersion'], '3')
})

test('what Triton has and ddnn has not is UNIMPLEMENTED', async () => {
  const { client } = await openDoor()
  const code = await new Promise((resolve) =>
    client.makeUnaryRequest(
      '/inference.GRPCInferenceService/RepositoryModelLoad',
      () => Buffer.alloc(0),
      (bytes) => bytes,
      {},
      (error) => resolve(error?.code),
    ),
  )
  assert.equal(code, status.UNIMPLEMENTED)
})

test('images beyond the limit are RESOURCE_EXHAUSTED and told when to come again', async () => {
  const held = createHeld()
  const { client, metrics } = await openDoor({ maxInFlight: 4, answer: held.answer })
  const first = call(client, 'ModelInfer', request(3))
  await until('three images', () => held.asked.length === 3)
  const { error } = await call(client, 'ModelInfer', request(2))
  assert.equal(error?.code, status.RESOURCE_EXHAUSTED)
  assert.deepEqual(error.metadata.get('retry-after'), ['1'])
  const fourth = call(client, 'ModelInfer', request(1))
  held.letGo()
  assert.equal((await first).error, undefined)
  assert.equal((await fourth).error, undefined)
  assert.equal((await call(client, 'ModelInfer', request(5))).error?.code, status.INVALID_ARGUMENT)
  const text = await metrics.text()
  assert.match(text, /ddnn_door_requests_total\{door="grpc",status="OK"\} 2/)
  assert.match(text, /ddnn_door_requests_total\{door="grpc",status="RESOURCE_EXHAUSTED"\} 1/)
})

test('a message beyond the limit is RESOURCE_EXHAUSTED', async () => {
  const { client } = await openDoor({ maxBodyBytes: 4096 })
  const large = request(1, { rawInputContents: [new Uint8Array(5000)] })
  const { error } = await call(client, 'ModelInfer', large)
  assert.equal(error?.code, status.RESOURCE_EXHAUSTED)
})

test("a client's deadline is a budget, of which something is kept for the way back", async () => {
  const budgets: number[] = []
  const { client } = await openDoor({
    answer: (_, { budgetMs }) => {
      budgets.push(budgetMs)
      return Promise.resolve(reply)
    },
  })
  const budget = { budget_ms: { int64Param: 5000 } }
  const soon = () => ({ deadline: Date.now() + 10_000 })
  for (const [asked, settings] of [
    [request(), {}],
    [request(), soon()],
    [request(1, { parameters: budget }), soon()],
    [request(1, { parameters: { budget_ms: { doubleParam: 20_000 } } }), soon()],
  ] as const) {
    const { error } = await call(client, 'ModelInfer', asked, settings)
    assert.equal(error, undefined)
  }
  const [none = 0, deadline = 0, own = 0, both = 0] = budgets
  assert.ok(none > 20_000 && none <= 30_000, `${none} without a deadline`)
  assert.ok(deadline > 5_000 && deadline <= 9_900, `${deadline} of a deadline of 10 s`)
  assert.ok(own > 2000 && own <= 5000, `${own} of a budget of 5 s`)
  assert.ok(both > 5_000 && both <= 9_900, `${both} of the smaller one`)
  const asked = request(1, { parameters: { budget_ms: { int64Param: 60_000 } } })
  const refused = await call(client, 'ModelInfer', asked, soon())
  assert.equal(refused.error?.code, status.INVALID_ARGUMENT)
})

test('a cancelled call aborts its images', async () => {
  const held = createHeld()
  const { client } = await openDoor({ answer: held.answer })
  let cancel: () => void = () => undefined
  const running = call(client, 'ModelInfer', request(), {
    onStart: (started) => (cancel = () => started.cancel()),
  })
  await until('the image', () => held.asked.length === 1)
  cancel()
  assert.equal((await running).error?.code, status.CANCELLED)
  await until('the abort', () => held.asked[0]?.signal.aborted === true)
})

test('inference needs a token where there is a token file, and nothing else does', async () => {
  const tokenFile = join(tempFolder(), 'tokens')
  writeFileSync(tokenFile, 'secret\n')
  const { client } = await openDoor({ access: { tokenFile }, maxBodyBytes: 4096 })
  // Too large as well: what tells is that it was never read.
  const large = request(1, { rawInputContents: [new Uint8Array(100_000)] })
  for (const metadata of [{}, { authorization: 'Bearer wrong' }] as const) {
    const { error } = await call(client, 'ModelInfer', large, { metadata })
    assert.equal(error?.code, status.UNAUTHENTICATED)
  }
  const metadata = { authorization: 'Bearer secret' }
  assert.equal((await call(client, 'ModelInfer', request(), { metadata })).error, undefined)
  assert.equal((await call(client, 'ServerReady', {})).message?.['ready'], true)
  assert.equal((await call(client, 'Check', {})).message?.['status'], 'SERVING')
})

test('the server, the model and its configuration are told', async () => {
  const { client } = await openDoor()
  const told = async (method: string, message: object = { name: 'ddnn' }) =>
    (await call(client, method, message)).message
  assert.deepEqual(await told('ServerLive'), { live: true })
  assert.equal((await told('ServerMetadata'))?.['name'], 'ddnn')
  const metadata = await told('ModelMetadata')
  assert.deepEqual(metadata?.['versions'], ['3'])
  assert.deepEqual(metadata['inputs'], [{ name: 'image', datatype: 'UINT8', shape: [-1, 2, 2, 3] }])
  const config = (await told('ModelConfig'))?.['config'] as Readonly<Record<string, unknown>>
  assert.equal(config['maxBatchSize'], 8)
  assert.deepEqual(config['input'], [{ name: 'image', dataType: 'TYPE_UINT8', dims: [2, 2, 3] }])
  assert.deepEqual(await told('RepositoryIndex', {}), {
    models: [{ name: 'ddnn', version: '3', state: 'READY', reason: '' }],
  })
})

test('a door that misses something is live, not ready, and says what it misses', async () => {
  const { client } = await openDoor({ missing: () => ['no broker'] })
  assert.equal((await call(client, 'ServerLive', {})).message?.['live'], true)
  assert.equal((await call(client, 'ServerReady', {})).message?.['ready'], false)
  assert.equal((await call(client, 'ModelReady', { name: 'ddnn' })).message?.['ready'], false)
  assert.equal((await call(client, 'Check', {})).message?.['status'], 'NOT_SERVING')
  const { message } = await call(client, 'RepositoryIndex', {})
  assert.deepEqual(message?.['models'], [
    { name: 'ddnn', version: '', state: 'UNAVAILABLE', reason: 'no broker' },
  ])
})

test('who watches is told of every change, and of the end', async () => {
  let missing: readonly string[] = ['starting']
  const { client, door } = await openDoor({ missing: () => missing })
  const { error } = await call(client, 'Check', { service: 'other' })
  assert.equal(error?.code, status.NOT_FOUND)
  const watch = healthService['Watch']
  assert.ok(watch)
  const stream = client.makeServerStreamRequest(
    watch.path,
    watch.requestSerialize,
    watch.responseDeserialize,
    { service: 'ddnn' },
    new Metadata(),
  ) as ClientReadableStream<{ status: string }>
  const told: string[] = []
  stream.on('data', ({ status: now }: { status: string }) => told.push(now))
  const ended = once(stream, 'end')
  await until('the first status', () => told.length === 1)
  missing = []
  await until('the second status', () => told.length === 2)
  await door.close(AbortSignal.timeout(10_000))
  await ended
  assert.deepEqual(told, ['NOT_SERVING', 'SERVING', 'NOT_SERVING'])
})

test('a door that closes finishes what is under way and takes no more', async () => {
  const held = createHeld()
  const { client, door } = await openDoor({ answer: held.answer })
  const running = call(client, 'ModelInfer', request())
  await until('the image', () => held.asked.length === 1)
  const closed = door.close(AbortSignal.timeout(10_000))
  const late = await call(client, 'ModelInfer', request())
  assert.equal(late.error?.code, status.UNAVAILABLE)
  held.letGo()
  assert.equal((await running).error, undefined)
  await closed
})

test('a door that may not wait aborts what is under way', async () => {
  const held = createHeld()
  const { client, door } = await openDoor({ answer: held.answer })
  const running = call(client, 'ModelInfer', request())
  await until('the image', () => held.asked.length === 1)
  await door.close(AbortSignal.abort())
  assert.notEqual((await running).error, undefined)
  await until('the abort', () => held.asked[0]?.signal.aborted === true)
})

test('it speaks TLS with a certificate, and refuses one that is none', async () => {
  const certificates = makeCertificates()
  const store = readFileSync(certificates.brokerStore)
  const { client } = await openDoor({
    tls: { cert: store, key: store },
    credentials: credentials.createSsl(readFileSync(certificates.authority)),
  })
  assert.equal((await call(client, 'ModelInfer', request())).error, undefined)
  const none = Buffer.from('none')
  await assert.rejects(openDoor({ tls: { cert: none, key: none } }), {
    code: 'DDNN_CONFIG_INVALID',
  })
})

test('a port that is taken is told by its number', async () => {
  const { door } = await openDoor()
  await assert.rejects(openDoor({ port: door.port }), {
    code: 'DDNN_CONFIG_INVALID',
    message: `Expected --grpc-port ${door.port} on '127.0.0.1' to be free, got EADDRINUSE`,
  })
})
