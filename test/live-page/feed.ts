// A process whose live page tells what a test wants: the real door of the page (files, headers, events, tokens, turns) over
// a made-up watch. So a test has every tier, rate and fault in its hand.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TurnThreshold, WatchImages, WatchState, WatchTick } from '../../src/domain/watch.ts'
import { hashToken } from '../../src/serving/door/tokens.ts'
import type { OpenWatch, Tell } from '../../src/serving/watch/create-watch.ts'
import { createPageDoor } from '../../src/serving/watch/page-door.ts'
import { createPageFiles } from '../../src/serving/watch/page-files.ts'
import { createSilentLog } from '../../src/telemetry/log.ts'
import { repoPath } from '../helpers/paths.ts'

export interface Feed {
  readonly url: string
  readonly token: string
  /** Thresholds that the page asked for, and got. */
  readonly turns: readonly TurnThreshold[]
  /** Told to who opens the page from now on. */
  state: WatchState
  /** While true, no exit can be turned any more, which pages do not know yet. */
  isFixed: boolean
  tell(event: 'state' | 'tick' | 'images', data: WatchState | WatchTick | WatchImages): void
  /** Cuts every connection, and answers again. */
  cut(): void
  close(): Promise<void>
}

const token = 'made-up-token-of-a-test'

/** Serves what `npm run build` bundled, on a port of this machine. */
export async function startFeed(first: WatchState, port = 0): Promise<Feed> {
  const viewers = new Set<Tell>()
  const turns: TurnThreshold[] = []
  const tell: Feed['tell'] = (event, data) => viewers.forEach((viewer) => viewer([event, data]))
  const watch: OpenWatch = {
    isOpen: true,
    begin: () => () => undefined,
    seen: () => undefined,
    show: () => undefined,
    state: () => feed.state,
    follow(viewer) {
      viewers.add(viewer)
      viewer(['state', feed.state])
      return () => viewers.delete(viewer)
    },
    exit(index) {
      const exits = feed.state.tiers.flatMap(({ exits }) => exits)
      const found = exits.find((exit) => exit.index === index)
      return found === undefined ? found : { ...found, canTurn: !feed.isFixed }
    },
    changed: () => tell('state', feed.state),
    tellTick: () => undefined,
    turned: {
      own: undefined,
      front: undefined,
      turnedAt: () => undefined,
      knows: () => undefined,
      turn(exit, threshold) {
        turns.push({ exit, threshold })
        feed.state = turnedState(feed.state, { exit, threshold })
      },
    },
  }
  const door = createPageDoor({
    watch,
    files: createPageFiles(repoPath('dist', 'page')),
    hosts: [],
    tokens: () => [hashToken(token)],
    log: createSilentLog(),
  })
  const server = createServer((request, response) => {
    if (!door.handle(request, response)) response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const feed: Feed = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    token,
    turns,
    state: first,
    isFixed: false,
    tell,
    cut: () => server.closeAllConnections(),
    async close() {
      door.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return feed
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
