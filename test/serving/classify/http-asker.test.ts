// Asking over HTTP when things go wrong: a server that plays a door. A real door is in test/e2e/classify.test.ts.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import {
  openHttpAsker,
  type HttpAskerOptions,
} from '../../../src/serving/classify/askers/http-asker.ts'
import { DdnnError } from '../../../src/errors.ts'
import { makeCertificates } from '../../helpers/certificates.ts'
import { tempFolder } from '../../helpers/cli.ts'

type Play = (request: IncomingMessage, response: ServerResponse) => void

const metadata = JSON.stringify({
  name: 'ddnn',
  inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, 2, 2, 3] }],
  parameters: { labels: ['a', 'b'] },
})
const answer = JSON.stringify({
  outputs: [
    { name: 'class', data: [1] },
    { name: 'confidence', data: [0.7] },
    { name: 'probabilities', data: [0.3, 0.7] },
    { name: 'exit', data: [2] },
    { name: 'tier', data: ['far'] },
    { name: 'fallback', data: [true] },
    {
      name: 'hops',
      data: [
        '[{"tier":"far","exit":2,"class":1,"confidence":0.7,"criterion":"margin","compute_ms":1,"total_ms":2,"fallback":true}]',
      ],
    },
  ],
})

const servers: Server[] = []
after(() => servers.forEach((server) => server.close()))

async function play(act: Play, change: Partial<HttpAskerOptions> = {}) {
  return { ...(await listen(createServer(act))), ...change }
}

async function listen(server: Server): Promise<HttpAskerOptions> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    ...{ modelName: 'ddnn', tokenFile: undefined, caFile: undefined, threshold: undefined },
    ...{ timeoutMs: 2000, isBudgetTold: false },
  }
}

const pixels = { dtype: 'uint8', shape: [2, 2, 3], data: new Uint8Array(12).fill(9) } as const
const { signal } = new AbortController()

async function ask(options: HttpAskerOptions) {
  const asker = await openHttpAsker(options, signal)
  try {
    return await asker.ask(pixels, signal)
  } finally {
    await asker.close()
  }
}

test('the door is told thresholds, budget and token, and its answer is taken whole', async () => {
  const seen: { url: string | undefined; token: string | undefined; head: object }[] = []
  const tokenFile = join(tempFolder(), 'token')
  writeFileSync(tokenFile, '# mine\n\nsecret \nother\n')
  const options = await play(
    (request, response) => {
      if (request.method === 'GET') return void response.end(metadata)
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const length = Number(request.headers['inference-header-content-length'])
        const head = JSON.parse(Buffer.concat(chunks).subarray(0, length).toString()) as object
        seen.push({ url: request.url, token: request.headers.authorization, head })
        response.end(answer)
      })
    },
    { tokenFile, threshold: 0.25, isBudgetTold: true },
  )
  const verdict = await ask({ ...options, url: new URL('prefix/v2/', options.url) })
  assert.equal(seen[0]?.url, '/prefix/v2/models/ddnn/infer')
  assert.equal(seen[0]?.token, 'Bearer secret')
  const { parameters } = seen[0]?.head as { parameters: object }
  assert.deepEqual(parameters, { threshold: 0.25, budget_ms: 2000 })
  assert.deepEqual(
    { ...verdict, hops: verdict.hops.length },
    {
      ...{ class: 1, label: 'b', probabilities: [0.3, 0.7], criterion: 'margin', confidence: 0.7 },
      ...{ tier: 'far', exit: 2, fallback: true, hops: 1 },
    },
  )
})

test('a door that is full is asked again when it says', async () => {
  let count = 0
  const options = await play((request, response) => {
    if (request.method === 'GET') return void response.end(metadata)
    request.resume()
    if (count++ < 2) response.writeHead(429, { 'retry-after': '0' }).end('{"error":"full"}')
    else response.end(answer)
  })
  assert.equal((await ask(options)).label, 'b')
  assert.equal(count, 3)
})

for (const [status, expected, hint] of [
  [401, /bad token/, /--token-file/],
  [404, /no such model/, /--model-name/],
  [500, /status 500/, /^$/],
] as const) {
  test(`status ${status} is an error with the door's own words, and what to do`, async () => {
    const body = { 401: '{"error":"bad token"}', 404: '{"error":"no such model"}', 500: '<oops>' }
    const options = await play((_, response) => response.writeHead(status).end(body[status]))
    await assert.rejects(ask(options), (error) => {
      assert.ok(error instanceof DdnnError)
      assert.equal(error.code, 'DDNN_REPLY_FAILED')
      assert.match(error.message, expected)
      assert.match(error.hint ?? '', hint)
      return true
    })
  })
}

test('no answer within the time, another server, and nobody there are told apart', async () => {
  const silent = await play(() => undefined, { timeoutMs: 100 })
  await assert.rejects(ask(silent), { code: 'DDNN_REPLY_TIMEOUT' })
  const page = await play((_, response) => response.end('<html>'))
  await assert.rejects(ask(page), { code: 'DDNN_REPLY_FAILED' })
  const nobody = { ...page, url: new URL('http://127.0.0.1:1') }
  await assert.rejects(ask(nobody), { code: 'DDNN_TRANSPORT_UNREACHABLE' })
})

test('a certificate is trusted by --ca-file alone, and the error names the flag', async () => {
  const { authority, brokerStore } = makeCertificates()
  const pem = readFileSync(brokerStore)
  const door = createTlsServer({ key: pem, cert: pem }, (request, response) => {
    request.resume()
    response.end(request.method === 'GET' ? metadata : answer)
  })
  const options = await listen(door)
  const url = new URL(options.url.href.replace('http:', 'https:'))
  assert.equal((await ask({ ...options, url, caFile: authority })).label, 'b')
  await assert.rejects(ask({ ...options, url }), (error) => {
    assert.ok(error instanceof DdnnError)
    assert.match(error.hint ?? '', /--ca-file/)
    return error.code === 'DDNN_TRANSPORT_UNREACHABLE'
  })
})
