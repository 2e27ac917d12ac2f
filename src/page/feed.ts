// What the process tells, as it comes: server-sent events, by the browser's own client, which connects again by itself.
import { watchPaths } from '../domain/watch.ts'
import type { WatchImages, WatchState, WatchTick } from '../domain/watch.ts'
import { parseTold } from './told.ts'
import type { Connection } from './watching.ts'

export interface FeedHandlers {
  readonly onState: (state: WatchState) => void
  readonly onTick: (tick: WatchTick) => void
  readonly onImages: (images: WatchImages) => void
  readonly onConnection: (connection: Connection) => void
}

/** Ticks come four times a second. */
const lateMs = 2000
/** A browser that was answered with an error does not try again. */
const againMs = 2000

/** Follows until the function that it gives is called. */
export function followFeed(handlers: FeedHandlers): () => void {
  let source: EventSource | undefined
  let again: ReturnType<typeof setTimeout> | undefined
  let late: ReturnType<typeof setTimeout> | undefined
  const heard = () => {
    clearTimeout(late)
    handlers.onConnection('live')
    late = setTimeout(() => handlers.onConnection('late'), lateMs)
  }
  const on = <T>(name: string, handle: (told: T) => void) =>
    source?.addEventListener(name, (event) => {
      heard()
      handle(parseTold((event as MessageEvent<string>).data) as T)
    })
  const open = () => {
    source = new EventSource(watchPaths.events)
    source.addEventListener('open', heard)
    on('state', handlers.onState)
    on('tick', handlers.onTick)
    on('images', handlers.onImages)
    source.addEventListener('error', () => {
      clearTimeout(late)
      handlers.onConnection('lost')
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, againMs)
    })
  }
  open()
  return () => {
    clearTimeout(late)
    clearTimeout(again)
    source?.close()
  }
}
