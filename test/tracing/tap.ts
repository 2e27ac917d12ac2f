// Stands before a collector and notes how what comes is encoded, which a collector does not tell.
import { once } from 'node:events'
import { createServer, request as ask } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Tap {
  readonly url: string
  /** Every `content-encoding` that came. */
  encodings(): ReadonlySet<string>
  close(): void
}

/** Hands all on to `target`; a connection that it cannot make is cut. */
export async function startTap(target: string): Promise<Tap> {
  const seen = new Set<string>()
  const server = createServer((request, response) => {
    const { method, headers, url } = request
    seen.add(headers['content-encoding'] ?? 'none')
    const handed = ask(new URL(url ?? '/', target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    handed.on('error', () => request.socket.destroy())
    request.pipe(handed)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    encodings: () => seen,
    close: () => server.close(),
  }
}
