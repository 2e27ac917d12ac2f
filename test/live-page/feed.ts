// A process that serves the live page and tells it what a test wants: the paths and headers of domain/watch.ts, made-up
// events. So a test has every tier, rate and fault in its hand.
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  watchPaths,
  type TurnThreshold,
  type WatchImages,
  type WatchState,
  type WatchTick,
} from '../../src/domain/watch.ts'
import { repoPath } from '../helpers/paths.ts'

/** What lets a page load itself and nothing else. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const kinds: Record<string, string> = { html: 'text/html', js: 'text/javascript', css: 'text/css' }

export interface Feed {
  readonly url: string
  readonly token: string
  /** Thresholds that the page asked for. */
  readonly turns: readonly TurnThreshold[]
  state: WatchState
  /** Answered in place of a turn. */
  refusal: { readonly status: number; readonly body: unknown } | undefined
  tell(event: 'state' | 'tick' | 'images', data: WatchState | WatchTick | WatchImages): void
  /** Cuts every connection, and answers again. */
  cut(): void
  close(): Promise<void>
}

export async function startFeed(state: WatchState, port = 0): Promise<Feed> {
  const listeners = new Set<ServerResponse>()
  const turns: TurnThreshold[] = []
  const write = (to: ServerResponse, event: string, data: unknown) =>
    void to.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    if (path === watchPaths.events) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      write(response, 'state', feed.state)
      listeners.add(response)
      response.on('close', () => listeners.delete(response))
    } else if (path === watchPaths.thresholds) void turn(request, response)
    else sendFile(path, response)
  })
  const turn = async (request: IncomingMessage, response: ServerResponse) => {
    const asked = JSON.parse(await textOf(request)) as TurnThreshold
    const isKnown = request.headers.authorization === `Bearer ${feed.token}`
    const refusal = isKnown ? feed.refusal : { status: 401, body: wrongToken }
    if (refusal === undefined) {
      turns.push(asked)
      feed.state = turnedState(feed.state, asked)
      feed.tell('state', feed.state)
    }
    response.writeHead(refusal?.status ?? 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(refusal?.body ?? feed.state))
  }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const feed: Feed = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    token: 'made-up-token',
    turns,
    state,
    refusal: undefined,
    tell: (event, data) => listeners.forEach((one) => write(one, event, data)),
    cut: () => listeners.forEach((one) => one.destroy()),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return feed
}

const wrongToken = {
  error: {
    code: 'DDNN_TOKEN',
    message: 'Expected the token of this process, got another one',
    hint: 'Take the one that it printed at its start',
  },
}

function sendFile(path: string, response: ServerResponse): void {
  const name = path === watchPaths.page ? 'index.html' : path.slice(watchPaths.files.length)
  if (!/^[a-z]+\.(html|js|css)$/.test(name)) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, {
    'content-type': `${kinds[name.split('.')[1] ?? ''] ?? ''}; charset=utf-8`,
    'content-security-policy': policy,
  })
  response.end(readFileSync(repoPath('dist', 'page', name)))
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk)
  return text
}

/** As a process tells it once it has turned the threshold. */
function turnedState(state: WatchState, { exit, threshold }: TurnThreshold): WatchState {
  return {
    ...state,
    tiers: state.tiers.map((tier) => ({
      ...tier,
      exits: tier.exits.map((one) =>
        one.index === exit ? { ...one, turned: threshold ?? undefined } : one,
      ),
    })),
  }
}
