// Images at addresses: a real server that answers well, badly, slowly and without end.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import {
  addressSource,
  type AddressOptions,
} from '../../../src/serving/classify/sources/address.ts'
import { createDecode } from '../../../src/compose/classify.ts'
import { DdnnError } from '../../../src/errors.ts'
import { repoPath } from '../../helpers/paths.ts'

const photo = readFileSync(repoPath('data', 'sample', 'daisy', '0000.jpg'))

const routes: Readonly<Record<string, RequestListener>> = {
  '/photo.jpg': (_, response) => response.end(photo),
  '/moved': (_, response) => response.writeHead(302, { location: '/photo.jpg' }).end(),
  '/round': (_, response) => response.writeHead(302, { location: '/round' }).end(),
  '/page': (_, response) =>
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>sign in'),
  '/page.jpg': (_, response) =>
    response.writeHead(200, { 'content-type': 'image/jpeg' }).end('\n<!DOCTYPE html><title>x'),
  '/gone': (_, response) => response.writeHead(404).end('none'),
  '/large': (_, response) => response.writeHead(200, { 'content-length': 1e9 }).write('x'),
  '/endless': (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65536)));
    }
    response.on('drain', more)
    more()
  },
  '/slow': (_, response) => void response.write(photo.subarray(0, 100)),
  '/text.jpg': (_, response) => response.end('no picture at all'),
}
const server = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://x').pathname
  routes[path]?.(request, response)
})
before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
after(() => {
  server.closeAllConnections()
  server.close()
})

const urlOf = (path: string) =>
  new URL(path, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)

async function read(url: URL, options: Partial<AddressOptions> = {}) {
  const source = addressSource(url, { timeoutMs: 5000, ...options })
  const size = { height: 16, width: 16 }
  const signal = new AbortController().signal
  for await (const image of source.images({
    ...size,
    signal,
    decode: createDecode(size, undefined),
  })) {
    return { name: image.name, picture: await image.read() }
  }
  throw new Error('no image')
}

test('an image is fetched, also behind a redirect, and named without query and password', async () => {
  const url = urlOf('/moved?signature=secret')
  url.username = 'me'
  url.password = 'secret'
  const { name, picture } = await read(url)
  assert.equal(name, `${urlOf('/moved').href}`)
  assert.deepEqual(Buffer.from(picture?.file ?? []), photo)
  assert.equal(picture?.pixels.data.length, 16 * 16 * 3)
})

for (const [path, expected, options] of [
  ['/page', /got an HTML page/, {}],
  ['/page.jpg', /got an HTML page/, {}],
  ['/gone', /got status 404/, {}],
  ['/round', /Expected/, {}],
  ['/large', /at most 67108864 bytes, got 1000000000/, {}],
  ['/endless', /at most 1000000 bytes, got more/, { maxBytes: 1_000_000 }],
  ['/slow', /within 200 ms|no bytes for 200 ms/, { timeoutMs: 200 }],
  ['/text.jpg', /Expected a JPEG, .* got a text/, {}],
] as const) {
  test(`${path} is an error that says why`, async () => {
    await assert.rejects(read(urlOf(path), options), (error) => {
      assert.ok(error instanceof DdnnError)
      assert.notEqual(error.code, 'DDNN_INTERNAL')
      assert.match(error.message, expected)
      return true
    })
  })
}

test('an address where nobody listens is an error of its own', async () => {
  const code = 'DDNN_TRANSPORT_UNREACHABLE'
  await assert.rejects(read(new URL('http://127.0.0.1:1/x.jpg')), { code })
})
