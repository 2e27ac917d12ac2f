// A server of one archive whose manners a test chooses, and which counts what it sends.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'

export interface Manners {
  archive: Uint8Array
  etag?: string | undefined
  lastModified?: string | undefined
  /** Whether Range is understood. */
  ranges: boolean
  /** Ends the connection of each request after so many bytes of its body. */
  cutAfter?: number | undefined
  /** Sends no more after so many bytes, and keeps the connection. */
  stallAfter?: number | undefined
  /** In place of the archive. */
  status?: number | undefined
  /** Answers this to a range, whatever it asks for. */
  rangeStatus?: number | undefined
  /** Without a length, in pieces. */
  chunked?: boolean
  /** Between pieces of 16 kB, milliseconds. */
  pauseMs?: number | undefined
}

export interface Asked {
  readonly path: string
  readonly range: string | undefined
  readonly ifRange: string | undefined
  readonly authorization: string | undefined
  status: number
  /** Bytes of the body that were handed to the connection. */
  sent: number
}

export interface ArchiveServer {
  readonly url: string
  readonly manners: Manners
  readonly asked: readonly Asked[]
  close(): Promise<void>
}

const pieceBytes = 16 * 1024

/** Serves at any path; /hop answers with a redirect to /archive, /loop with one to itself. */
export async function serveArchive(manners: Manners): Promise<ArchiveServer> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const { range, authorization } = request.headers
    const ifRange = request.headers['if-range'] as string | undefined
    const path = request.url ?? ''
    const one = { path, range, ifRange, authorization, status: 0, sent: 0 }
    asked.push(one)
    void answer(request, response, manners, one).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/archive`,
    manners,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  manners: Manners,
  one: Asked,
): Promise<void> {
  const begin = (status: number, headers: Record<string, string | number>) => {
    one.status = status
    response.writeHead(status, headers)
  }
  if (one.path === '/hop' || one.path === '/loop') {
    begin(302, { location: one.path === '/hop' ? '/archive' : '/loop' })
    return void response.end()
  }
  if (manners.status !== undefined) {
    begin(manners.status, {})
    return void response.end('no')
  }
  const { archive, etag, lastModified } = manners
  const facts: Record<string, string> = {
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { 'last-modified': lastModified }),
  }
  const start = Number(/^bytes=(\d+)-$/.exec(one.range ?? '')?.[1] ?? 0)
  const isSame = one.ifRange === undefined || one.ifRange === etag || one.ifRange === lastModified
  if (start > 0 && manners.rangeStatus !== undefined) {
    const odd = { 'content-range': `bytes 0-0/${archive.length}` }
    begin(manners.rangeStatus, odd)
    return void response.end('x')
  }
  const isRest = manners.ranges && isSame && start > 0
  const body = isRest ? archive.subarray(start) : archive
  if (isRest) facts['content-range'] = `bytes ${start}-${archive.length - 1}/${archive.length}`
  if (manners.chunked !== true) facts['content-length'] = String(body.length)
  begin(isRest ? 206 : 200, facts)
  for (let at = 0; at < body.length; at += pieceBytes) {
    const limit = Math.min(manners.cutAfter ?? Infinity, manners.stallAfter ?? Infinity)
    const piece = body.subarray(at, Math.min(at + pieceBytes, limit))
    await new Promise((resolve) => response.write(piece, resolve))
    if (response.destroyed) return
    one.sent += piece.length
    if (at + pieceBytes >= limit) {
      if (manners.stallAfter !== undefined) return
      // What was written should arrive before the end does.
      await setTimeout(50)
      return void request.socket.end()
    }
    if (manners.pauseMs !== undefined) await setTimeout(manners.pauseMs)
  }
  response.end()
}
