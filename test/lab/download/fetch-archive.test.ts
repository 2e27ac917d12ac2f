// Fetching over real connections: what is kept when they break, and when going on is right.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fetchArchive } from '../../../src/lab/download/fetch-archive.ts'
import { DdnnError } from '../../../src/errors.ts'
import { tempFolder } from '../../input/folders.ts'
import { serveArchive, type ArchiveServer, type Manners } from './archive-server.ts'

/** Half a megabyte in which every place differs. */
const archive = Buffer.alloc(500_000)
for (let at = 0; at < archive.length; at += 4) archive.writeUInt32LE(at, at)

const open: ArchiveServer[] = []
after(() => Promise.all(open.map((server) => server.close())))

async function serve(change: Partial<Manners> = {}): Promise<ArchiveServer> {
  const server = await serveArchive({ archive, etag: '"one"', ranges: true, ...change })
  open.push(server)
  return server
}

interface Options {
  readonly folder?: string
  readonly retries?: number
  readonly timeoutMs?: number
  readonly expectedBytes?: number
  readonly url?: string
  readonly signal?: AbortSignal
  readonly onBytes?: (bytes: number) => void
}

async function fetchFrom(server: ArchiveServer, options: Options = {}) {
  const folder = options.folder ?? tempFolder()
  const notices: string[] = []
  const file = join(folder, 'archive.tgz')
  const fetching = fetchArchive(
    {
      url: new URL(options.url ?? server.url),
      shown: server.url,
      file,
      expectedBytes: options.expectedBytes,
      timeoutMs: options.timeoutMs ?? 5000,
      retries: options.retries ?? 0,
      backoffMs: 5,
      env: {},
    },
    {
      onProgress: (_, bytes) => options.onBytes?.(bytes),
      onNotice: (text) => notices.push(text),
    },
    options.signal ?? new AbortController().signal,
  )
  let failure: DdnnError | undefined
  const path = await fetching.catch((thrown: unknown) => {
    if (!(thrown instanceof DdnnError)) throw thrown
    failure = thrown
    return undefined
  })
  const partial = `${file}.partial`
  return {
    folder,
    notices,
    failure,
    bytes: path === undefined ? undefined : readFileSync(path),
    kept: existsSync(partial) ? statSync(partial).size : 0,
  }
}

const sentBy = (server: ArchiveServer) => server.asked.reduce((sum, { sent }) => sum + sent, 0)

test('an archive is fetched whole by one request', async () => {
  const server = await serve()
  const seen: number[] = []
  const { bytes } = await fetchFrom(server, { onBytes: (n) => seen.push(n) })
  assert.deepEqual(bytes, archive)
  assert.equal(server.asked.length, 1)
  assert.equal(seen.at(-1), archive.length)
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
})

test('a later run goes on from what is kept of a cut connection, and none of it comes twice', async () => {
  const server = await serve({ cutAfter: 200_000 })
  const first = await fetchFrom(server)
  assert.equal(first.failure?.code, 'DDNN_TRANSPORT_UNREACHABLE')
  // A break may swallow what the stream held at that moment, some 64 kB.
  assert.ok(first.kept > 0 && first.kept <= 200_000, `${first.kept} bytes`)
  assert.match(first.failure?.hint ?? '', /0\.[12] MB are kept/)
  server.manners.cutAfter = undefined
  const second = await fetchFrom(server, { folder: first.folder })
  assert.deepEqual(second.bytes, archive)
  const [, rest] = server.asked
  assert.equal(rest?.range, `bytes=${first.kept}-`)
  assert.equal(rest?.ifRange, '"one"')
  assert.equal(rest?.status, 206)
  assert.equal(rest?.sent, archive.length - first.kept)
  assert.match(second.notices.join(), /going on after 0\.[12] MB/)
})

test('a line that breaks again and again is a slow line, as long as bytes come', async () => {
  const server = await serve({ cutAfter: 50_000 })
  const { bytes } = await fetchFrom(server, { retries: 2 })
  assert.deepEqual(bytes, archive)
  assert.ok(server.asked.length >= 10, `${server.asked.length} requests`)
  const starts = server.asked.map(({ range }) => Number(/\d+/.exec(range ?? '0')?.[0]))
  assert.deepEqual(
    starts,
    starts.toSorted((a, b) => a - b),
  )
})

test('attempts that bring no new byte end with what was tried', async () => {
  const server = await serve({ status: 503 })
  const { failure, notices } = await fetchFrom(server, { retries: 2 })
  assert.equal(failure?.code, 'DDNN_TRANSPORT_REFUSED')
  assert.match(failure?.message ?? '', /503.*tried .* 3 times/)
  assert.equal(server.asked.length, 3)
  assert.equal(notices.length, 2)
})

test('a server that only serves whole archives is asked for all of it again', async () => {
  const server = await serve({ ranges: false, cutAfter: 200_000 })
  const { folder } = await fetchFrom(server)
  server.manners.cutAfter = undefined
  const { bytes, notices } = await fetchFrom(server, { folder })
  assert.deepEqual(bytes, archive)
  assert.match(notices.join(), /starting anew/)
})

test('a server that cuts each whole answer does not keep us for ever', async () => {
  const server = await serve({ ranges: false, cutAfter: 100_000 })
  const { failure } = await fetchFrom(server, { retries: 2 })
  assert.equal(failure?.code, 'DDNN_TRANSPORT_UNREACHABLE')
  assert.ok(server.asked.length <= 6, `${server.asked.length} requests`)
})

test('an archive that changed between two runs is fetched anew', async () => {
  const server = await serve({ cutAfter: 200_000 })
  const { folder } = await fetchFrom(server)
  const other = Buffer.from(archive.map((byte) => byte ^ 255))
  Object.assign(server.manners, { archive: other, etag: '"two"', cutAfter: undefined })
  const { bytes } = await fetchFrom(server, { folder })
  assert.deepEqual(bytes, other)
  assert.equal(server.asked[1]?.status, 200)
})

test('the date of change serves where there is no ETag, and a weak ETag does not', async () => {
  for (const [facts, goesOn] of [
    [{ etag: undefined, lastModified: 'Mon, 01 Jan 2024 00:00:00 GMT' }, true],
    [{ etag: 'W/"one"' }, false],
    [{ etag: undefined }, false],
  ] as const) {
    const server = await serve({ ...facts, cutAfter: 200_000 })
    const { folder, kept } = await fetchFrom(server)
    server.manners.cutAfter = undefined
    const { bytes } = await fetchFrom(server, { folder })
    assert.deepEqual(bytes, archive)
    assert.equal(server.asked[1]?.range, goesOn ? `bytes=${kept}-` : undefined)
  }
})

test('an answer of other bytes than the rest starts it anew', async () => {
  for (const rangeStatus of [206, 416]) {
    const server = await serve({ cutAfter: 200_000, rangeStatus })
    const { folder, kept } = await fetchFrom(server)
    server.manners.cutAfter = undefined
    const { bytes, notices } = await fetchFrom(server, { folder })
    assert.deepEqual(bytes, archive, String(rangeStatus))
    assert.match(notices.join(), /starting anew/)
    assert.deepEqual(
      server.asked.map(({ range }) => range),
      [undefined, `bytes=${kept}-`, undefined],
    )
  }
})

test('a whole archive that was not unpacked yet is not asked for again', async () => {
  const server = await serve()
  const { folder } = await fetchFrom(server)
  const { bytes } = await fetchFrom(server, { folder })
  assert.deepEqual(bytes, archive)
  assert.equal(server.asked.length, 1)
})

test('what was fetched from another address is not gone on from', async () => {
  const server = await serve({ cutAfter: 200_000 })
  const { folder } = await fetchFrom(server)
  server.manners.cutAfter = undefined
  const { bytes } = await fetchFrom(server, { folder, url: `${server.url}?mirror=2` })
  assert.deepEqual(bytes, archive)
  assert.equal(server.asked[1]?.range, undefined)
})

test('an archive of unknown length is whole when the answer ends', async () => {
  const server = await serve({ chunked: true })
  const { bytes } = await fetchFrom(server, { expectedBytes: archive.length })
  assert.deepEqual(bytes, archive)
})

test('redirects are followed, and a loop of them ends', async () => {
  const server = await serve()
  const { bytes } = await fetchFrom(server, { url: server.url.replace('archive', 'hop') })
  assert.deepEqual(bytes, archive)
  const { failure } = await fetchFrom(server, { url: server.url.replace('archive', 'loop') })
  assert.equal(failure?.code, 'DDNN_TRANSPORT_REFUSED')
  assert.match(failure?.message ?? '', /too many redirects/)
})

test('user and password of an address are sent, and not shown', async () => {
  const server = await serve({ status: 403 })
  const url = server.url.replace('http://', 'http://ann:se%20cret@')
  const { failure } = await fetchFrom(server, { url })
  assert.equal(
    server.asked[0]?.authorization,
    `Basic ${Buffer.from('ann:se cret').toString('base64')}`,
  )
  assert.doesNotMatch(`${failure?.message} ${failure?.hint}`, /cret/)
})

test('a missing archive ends at the first answer, with the address and the way around it', async () => {
  const server = await serve({ status: 404 })
  const { failure, kept } = await fetchFrom(server, { retries: 5 })
  assert.equal(failure?.code, 'DDNN_TRANSPORT_REFUSED')
  assert.match(failure?.message ?? '', /\/archive, got status 404/)
  assert.match(failure?.hint ?? '', /--mirror/)
  assert.equal(server.asked.length, 1)
  assert.equal(kept, 0)
})

test('an archive of another size is refused before it is fetched', async () => {
  const server = await serve()
  const { failure, kept } = await fetchFrom(server, { expectedBytes: 123, retries: 5 })
  assert.equal(failure?.code, 'DDNN_DOWNLOAD_DAMAGED')
  assert.match(failure?.message ?? '', /Expected 123 bytes .* got 500000/)
  assert.equal(kept, 0)
  assert.equal(server.asked.length, 1)
})

test('a server that stalls is given up, and gone on from by the next attempt', async () => {
  const server = await serve({ stallAfter: 200_000 })
  const stalled = await fetchFrom(server, { timeoutMs: 1000 })
  assert.equal(stalled.failure?.code, 'DDNN_TRANSPORT_UNREACHABLE')
  assert.match(stalled.failure?.message ?? '', /no bytes for 1000 ms/)
  assert.ok(stalled.kept > 0, `${stalled.kept} bytes`)
  server.manners.stallAfter = undefined
  const { bytes } = await fetchFrom(server, { folder: stalled.folder })
  assert.deepEqual(bytes, archive)
  assert.equal(server.asked[1]?.sent, archive.length - stalled.kept)
})

test('a host that is not there is named, with what was tried', async () => {
  const server = await serve()
  await server.close()
  const { failure } = await fetchFrom(server, { retries: 1 })
  assert.equal(failure?.code, 'DDNN_TRANSPORT_UNREACHABLE')
  assert.match(failure?.message ?? '', /127\.0\.0\.1:\d+ .*ECONNREFUSED.*2 times/)
})

test('a stop keeps what was fetched, also while an attempt is waited for', async () => {
  const server = await serve({ pauseMs: 5 })
  const stop = new AbortController()
  const folder = tempFolder()
  const onBytes = (bytes: number) => {
    if (bytes > 100_000) stop.abort('stopped by the test')
  }
  await assert.rejects(
    fetchFrom(server, { folder, signal: stop.signal, onBytes }),
    (thrown) => thrown === 'stopped by the test' || (thrown as Error).name === 'AbortError',
  )
  assert.ok(statSync(join(folder, 'archive.tgz.partial')).size > 100_000)
  const { bytes } = await fetchFrom(server, { folder })
  assert.deepEqual(bytes, archive)
  assert.ok(
    sentBy(server) < archive.length + 200_000,
    'no more than what was under way comes twice',
  )

  const waiting = await serve({ status: 503 })
  const late = new AbortController()
  const startedAt = performance.now()
  const fetching = fetchArchive(
    {
      url: new URL(waiting.url),
      shown: '',
      file: join(tempFolder(), 'a'),
      expectedBytes: undefined,
      timeoutMs: 1000,
      retries: 5,
      backoffMs: 3000,
      env: {},
    },
    { onProgress: () => undefined, onNotice: () => late.abort('late') },
    late.signal,
  )
  await assert.rejects(fetching, (thrown) => thrown === 'late')
  assert.ok(performance.now() - startedAt < 2500)
})

test(
  'a full disk is named as such',
  { skip: !existsSync('/dev/full') && 'no /dev/full' },
  async () => {
    const server = await serve()
    const folder = tempFolder()
    symlinkSync('/dev/full', join(folder, 'archive.tgz.partial'))
    const { failure } = await fetchFrom(server, { folder, retries: 5 })
    assert.equal(failure?.code, 'DDNN_OUTPUT_FAILED')
    assert.match(failure?.message ?? '', /archive\.tgz\.partial', got no space left/)
    assert.match(failure?.hint ?? '', /Free some space/)
    assert.equal(server.asked.length, 1)
  },
)

test('a damaged note of an earlier run is as none', async () => {
  const server = await serve({ cutAfter: 200_000 })
  const { folder } = await fetchFrom(server)
  writeFileSync(join(folder, 'archive.tgz.partial.json'), '{"urlHash":')
  server.manners.cutAfter = undefined
  const { bytes } = await fetchFrom(server, { folder })
  assert.deepEqual(bytes, archive)
  assert.equal(server.asked[1]?.range, undefined)
})

test('a proxy of the environment is asked in place of the host', async () => {
  const server = await serve()
  const tunnels: string[] = []
  const proxy = createServer()
  proxy.on('connect', (request, socket, head) => {
    tunnels.push(request.url ?? '')
    const [host = '', port = ''] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  const ask = (env: Record<string, string>) =>
    fetchArchive(
      {
        url: new URL(server.url),
        shown: '',
        file: join(tempFolder(), 'archive.tgz'),
        expectedBytes: undefined,
        timeoutMs: 5000,
        retries: 0,
        env,
      },
      { onProgress: () => undefined, onNotice: () => undefined },
      new AbortController().signal,
    )
  const path = await ask({ HTTP_PROXY: `http://127.0.0.1:${port}` })
  assert.deepEqual(readFileSync(path), archive)
  assert.equal(tunnels.length, 1)
  await assert.rejects(
    ask({ http_proxy: 'http://127.0.0.1:9' }),
    /127\.0\.0\.1:\d+ to answer through the proxy of the environment, got .*ECONNREFUSED/,
  )
  const direct = await ask({ http_proxy: 'http://127.0.0.1:9', no_proxy: '127.0.0.1' })
  assert.deepEqual(readFileSync(direct), archive)
  proxy.closeAllConnections()
  await new Promise((resolve) => proxy.close(resolve))
})
