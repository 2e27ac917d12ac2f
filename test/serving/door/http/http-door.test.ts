// The HTTP door as a client sees it: paths, statuses and headers, bodies that are too large, broken or slow, who
// goes away, and how it ends.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { get as getSecure } from 'node:https'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import type { Reply } from '../../../../src/domain/reply.ts'
import { ModelError, ReplyError } from '../../../../src/errors.ts'
import { makeCertificates } from '../../../helpers/certificates.ts'
import { tempFolder } from '../../../helpers/cli.ts'
import { until } from '../../../helpers/until.ts'
import { madeReply } from '../made-options.ts'
import { inferPath, jsonRequest, openDoor, tell, type MadeDoor } from './made-door.ts'

type Body = NonNullable<RequestInit['body']>

function post({ url }: MadeDoor, body: Body, headers: Record<string, string> = {}) {
  return tell(
    fetch(`${url}${inferPath}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    }),
  )
}

/** What a backend that answers when it is let go was asked. */
function createHeld() {
  let letGo: () => void = () => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const state = { asked: 0, aborted: 0 }
  const answer = async (_: unknown, { signal }: { signal: AbortSignal }): Promise<Reply> => {
    state.asked++
    signal.addEventListener('abort', () => state.aborted++)
    await Promise.race([held, once(signal, 'abort')])
    signal.throwIfAborted()
    return madeReply
  }
  return { state, answer, letGo: () => letGo() }
}

async function connectTo({ port }: MadeDoor): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

test('server and model tell what they are, and whether they are ready', async () => {
  const { url } = await openDoor()
  const get = (path: string, method = 'GET') => tell(fetch(url + path, { method }))
  const server = await get('/v2')
  assert.equal(server.json?.['name'], 'ddnn')
  assert.equal(server.json['version'], '1.2.3')
  assert.ok((server.json['extensions'] as readonly string[]).includes('binary_tensor_data'))
  assert.equal((await get('/v2/')).status, 200)
  for (const path of ['/v2/models/ddnn', '/v2/models/ddnn/versions/3', '/v2/models/ddn%6E/']) {
    const { status, json } = await get(path)
    assert.equal(status, 200, path)
    assert.deepEqual(json?.['inputs'], [{ name: 'image', datatype: 'UINT8', shape: [-1, 2, 3, 3] }])
    assert.deepEqual(json['versions'], ['3'])
    assert.deepEqual(json['parameters'], {
      ...{ tier: 'edge', family: 'made', labels: ['rose', 'tulip'] },
    })
  }
  for (const path of ['/v2/models/ddnn/ready', '/v2/models/ddnn/versions/3/ready']) {
    const { status, json } = await get(path)
    assert.deepEqual([status, json], [200, { name: 'ddnn', ready: true, missing: [] }])
  }
  assert.equal((await get('/v2/models/ddnn/ready', 'HEAD')).status, 200)
})

test('a model of features says so', async () => {
  const { url } = await openDoor({
    model: { takesImages: false, input: [4, 4, 8], labels: undefined, version: undefined },
  })
  const { json } = await tell(fetch(`${url}/v2/models/ddnn`))
  assert.deepEqual(json?.['inputs'], [{ name: 'features', datatype: 'FP32', shape: [-1, 4, 4, 8] }])
  assert.deepEqual(json['versions'], [])
  assert.equal(JSON.stringify(json).includes('label'), false)
})

test('what is not there is 404 as JSON, another method 405 with what is allowed', async () => {
  const { url } = await openDoor()
  for (const path of [
    '/v2/x',
    '/v2/models/ddnn/x',
    '/v2/models/ddnn/infer/x',
    '/v2/models/ddnn/versions',
    '/v2/models/ddnn/versions/',
    '/v2/models/%ZZ',
    '/v2/models/ddnn/constructor',
    '/v2/models/other',
    '/v2/models/other/ready',
    '/v2/models/ddnn/versions/9/ready',
  ]) {
    const { status, json } = await tell(fetch(url + path))
    assert.equal(status, 404, path)
    assert.equal(typeof json?.['error'], 'string', path)
  }
  const get = await tell(fetch(url + inferPath))
  assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST'])
  const put = await tell(fetch(`${url}/v2`, { method: 'PUT', body: 'x' }))
  assert.deepEqual([put.status, put.headers.get('allow')], [405, 'GET, HEAD'])
  assert.match(put.text, /"error"/)
})

test('health, the list of models and metrics stay beside the door', async () => {
  const { url } = await openDoor()
  for (const path of ['/v2/health/ready', '/v2/health/live', '/livez', '/v2/models', '/metrics']) {
    assert.equal((await fetch(url + path)).status, 200, path)
  }
})

test('a process that does not know its model yet is 503 with Retry-After', async () => {
  const door = await openDoor({ model: 'none', missing: ['no tier has answered'] })
  const ready = await tell(fetch(`${door.url}/v2/models/ddnn/ready`))
  assert.equal(ready.status, 503)
  assert.deepEqual(ready.json?.['missing'], ['no tier has answered'])
  assert.equal((await fetch(`${door.url}/v2/models/other/ready`)).status, 404)
  const asked = await post(door, jsonRequest())
  assert.deepEqual([asked.status, asked.headers.get('retry-after')], [503, '1'])
  assert.match(asked.text, /no tier has answered/)
})

test('JSON, binary tensors, raw bytes and a file as the body are answered, and counted', async () => {
  const door = await openDoor()
  const asJson = await post(door, jsonRequest({ id: 'a' }))
  assert.equal(asJson.status, 200)
  assert.ok(asJson.json !== undefined)
  assert.deepEqual([asJson.json['model_name'], asJson.json['model_version']], ['ddnn', '3'])
  assert.equal(asJson.json['id'], 'a')
  const outputs = asJson.json['outputs'] as readonly { name: string; data: readonly unknown[] }[]
  assert.deepEqual(outputs.find(({ name }) => name === 'label')?.data, ['tulip'])

  const input = { name: 'x', datatype: 'UINT8', shape: [1, 2, 3, 3] }
  const head = JSON.stringify({
    inputs: [{ ...input, parameters: { binary_data_size: 18 } }],
    outputs: [{ name: 'exit', parameters: { binary_data: true } }],
  })
  const body = Buffer.concat([Buffer.from(head), Buffer.alloc(18)])
  const response = await fetch(door.url + inferPath, {
    method: 'POST',
    headers: { 'inference-header-content-length': String(head.length) },
    body,
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const end = Number(response.headers.get('inference-header-content-length'))
  assert.equal(response.headers.get('content-type'), 'application/octet-stream')
  assert.equal(bytes.length, end + 8)
  assert.equal(bytes.readBigInt64LE(end), 0n)

  const raw = await post(door, new Uint8Array(18), { 'inference-header-content-length': '0' })
  assert.equal(raw.status, 200)
  const metrics = await door.metrics()
  assert.match(metrics, /ddnn_door_requests_total\{door="http",status="200"\} 3\n/)
  assert.match(metrics, /ddnn_door_images_total\{door="http"\} 3\n/)
  assert.match(metrics, /ddnn_door_latency_seconds_count\{door="http"\} 3\n/)
})

test('packed bodies are unpacked, up to the limit', async () => {
  const door = await openDoor({ maxBodyBytes: 4096 })
  const body = jsonRequest()
  for (const [encoding, packed] of [
    ['gzip', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['identity', Buffer.from(body)],
  ] as const) {
    const told = await post(door, packed, { 'content-encoding': encoding })
    assert.equal(told.status, 200, `${encoding} ${told.text}`)
  }
  const bomb = gzipSync(Buffer.alloc(1 << 20))
  assert.ok(bomb.length < 4096)
  assert.equal((await post(door, bomb, { 'content-encoding': 'gzip' })).status, 413)
  const broken = await post(door, gzipSync(body).subarray(0, 20), { 'content-encoding': 'gzip' })
  assert.equal(broken.status, 400)
  for (const other of ['br', 'constructor']) {
    const unknown = await post(door, body, { 'content-encoding': other })
    assert.ok(unknown.text.includes(`gzip, deflate or none, got '${other}'`), unknown.text)
    assert.equal(unknown.status, 400)
  }
})

test('a body that is too large is 413, whether it says so or not', async () => {
  const door = await openDoor({ maxBodyBytes: 100_000 })
  const large = Buffer.alloc(3_000_000)
  const told = await post(door, large)
  assert.equal(told.status, 413)
  assert.match(told.text, /at most 100000 bytes/)
  const socket = await connectTo(door)
  socket.write(`POST ${inferPath} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`)
  const chunk = `${(60_000).toString(16)}\r\n${'x'.repeat(60_000)}\r\n`
  socket.write(chunk + chunk)
  const [streamed] = (await once(socket, 'data')) as [Buffer]
  assert.match(streamed.toString(), /^HTTP\/1.1 413 /)
  socket.destroy()
  assert.equal(door.asked.length, 0)
})

test('who sends all of a body that is refused can do so, and then reads why', async () => {
  const door = await openDoor({ maxBodyBytes: 1024 })
  const socket = await connectTo(door)
  const length = 16 << 20
  socket.write(`POST ${inferPath} HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`)
  // More than the buffers between the two hold, so somebody reads it.
  const failure = await new Promise((resolve) => socket.write(Buffer.alloc(length), resolve))
  assert.equal(failure ?? undefined, undefined)
  const [head] = (await once(socket, 'data')) as [Buffer]
  assert.match(head.toString(), /^HTTP\/1.1 413 /)
  socket.destroy()
})

test('who waits for 100 Continue is told before it sends', async () => {
  const door = await openDoor({ maxBodyBytes: 1024 })
  const ask = async (length: number) => {
    const socket = await connectTo(door)
    socket.write(
      `POST ${inferPath} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`,
    )
    const [first] = (await once(socket, 'data')) as [Buffer]
    return { socket, first: first.toString() }
  }
  const refused = await ask(4096)
  assert.match(refused.first, /^HTTP\/1.1 413 /)
  refused.socket.destroy()
  const body = jsonRequest()
  const taken = await ask(body.length)
  assert.match(taken.first, /^HTTP\/1.1 100 Continue/)
  taken.socket.write(body)
  const [answer] = (await once(taken.socket, 'data')) as [Buffer]
  assert.match(answer.toString(), /^HTTP\/1.1 200 /)
  taken.socket.destroy()
})

test('each refusal has its status, its words and its headers', async () => {
  const tokenFile = join(tempFolder(), 'tokens')
  writeFileSync(tokenFile, 'secret\n')
  const guarded = await openDoor({ access: { tokenFile } })
  const none = await post(guarded, jsonRequest())
  assert.deepEqual([none.status, none.headers.get('www-authenticate')], [401, 'Bearer'])
  assert.equal((await post(guarded, jsonRequest(), { authorization: 'Bearer x' })).status, 401)
  assert.equal((await post(guarded, jsonRequest(), { authorization: 'Bearer secret' })).status, 200)
  assert.equal((await fetch(`${guarded.url}/v2/models/ddnn`)).status, 200)

  const failing = (error: Error) => openDoor({ answer: () => Promise.reject(error) })
  for (const [error, status] of [
    [new ReplyError('DDNN_OVERLOADED', 'too many'), 429],
    [new ReplyError('DDNN_REPLY_TIMEOUT', 'too late'), 503],
    [new ModelError('DDNN_ENGINE_FAILED', 'no engine', { hint: 'Look' }), 500],
  ] as const) {
    const told = await post(await failing(error), jsonRequest())
    assert.equal(told.status, status)
    assert.equal(told.headers.get('retry-after'), status === 500 ? null : '1')
    const hint = error.hint === undefined ? '' : `. ${error.hint}`
    assert.deepEqual(told.json, { error: `${error.message}${hint}` })
  }
  const invalid = await post(await openDoor(), '{"inputs":')
  assert.equal(invalid.status, 400)
  assert.match(invalid.text, /"error"/)
})

test('a refusal leaves the connection as it was, so the next request is answered on it', async () => {
  const door = await openDoor()
  const socket = await connectTo(door)
  const ask = async (body: string) => {
    socket.write(`POST ${inferPath} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`)
    socket.write(body)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString().slice(9, 12)
  }
  assert.equal(await ask('{"inputs":[]}'), '400')
  assert.equal(await ask(jsonRequest()), '200')
  socket.destroy()
})

test('images beyond the limit are 429, and none of them is asked for', async () => {
  const { answer, letGo, state } = createHeld()
  const door = await openDoor({ maxInFlight: 1, answer })
  const first = post(door, jsonRequest())
  await until('the first image to be under way', () => state.asked === 1)
  const second = await post(door, jsonRequest())
  assert.deepEqual([second.status, second.headers.get('retry-after')], [429, '1'])
  letGo()
  assert.equal((await first).status, 200)
  assert.equal(state.asked, 1)
})

test('a client that goes away ends its request, while its body comes and while it is asked for', async () => {
  const { answer, state } = createHeld()
  const door = await openDoor({ answer })
  const early = await connectTo(door)
  early.write(`POST ${inferPath} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"inp`)
  await new Promise(setImmediate)
  early.destroy()
  const body = jsonRequest()
  const late = await connectTo(door)
  late.write(
    `POST ${inferPath} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  await until('the image to be under way', () => state.asked === 1)
  late.destroy()
  await until('its request to end', () => state.aborted === 1)
  await until('both to be counted', async () =>
    (await door.metrics()).includes('ddnn_door_requests_total{door="http",status="499"} 2'),
  )
})

test('a body that stays away is let go after its time', async () => {
  const door = await openDoor({ requestTimeoutMs: 200 })
  const socket = await connectTo(door)
  socket.write(`POST ${inferPath} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"inp`)
  assert.match(await text(socket), /^HTTP\/1.1 408 /)
  assert.equal(door.asked.length, 0)
})

test('closing finishes what is under way and refuses the rest', async () => {
  const { answer, letGo, state } = createHeld()
  const door = await openDoor({ answer })
  const first = post(door, jsonRequest())
  await until('the image to be under way', () => state.asked === 1)
  const closed = door.door.close(new AbortController().signal)
  const refused = await post(door, jsonRequest())
  assert.deepEqual([refused.status, refused.headers.get('connection')], [503, 'close'])
  letGo()
  assert.equal((await first).status, 200)
  await closed
})

test('closing at once answers 503 to what is under way, also to a body that is still coming', async () => {
  const { answer, state } = createHeld()
  const door = await openDoor({ answer })
  const asked = post(door, jsonRequest())
  const slow = await connectTo(door)
  slow.write(`POST ${inferPath} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"inp`)
  await until('the image to be under way', () => state.asked === 1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  await door.door.close(AbortSignal.abort())
  assert.equal((await asked).status, 503)
  const [head] = (await once(slow, 'data')) as [Buffer]
  assert.match(head.toString(), /^HTTP\/1.1 503 /)
  slow.destroy()
})

test('with a certificate the whole port speaks HTTPS', async () => {
  const { brokerStore, authority } = makeCertificates()
  const pem = readFileSync(brokerStore)
  const tls = { cert: pem, key: pem }
  const door = await openDoor({ tls })
  const get = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      getSecure(door.url + path, { ca: readFileSync(authority) }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).on('error', reject)
    })
  assert.equal(await get('/v2/models/ddnn/ready'), 200)
  assert.equal(await get('/v2/health/ready'), 200)
  await assert.rejects(fetch(`http://127.0.0.1:${door.port}/v2`))
})
