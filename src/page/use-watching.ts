// The feed as a hook: what is known now, and images as they come to whoever asked for them.
import { useEffect, useReducer, useRef } from 'preact/hooks'
import type { WatchImages, WatchState } from '../domain/watch.ts'
import { followFeed } from './feed.ts'
import { nothingYet, withTold, type Watching } from './watching.ts'

export type OnImages = (images: WatchImages) => void

export interface Watched {
  readonly watching: Watching
  /** For a state that came as an answer, before the feed tells it. */
  readonly takeState: (state: WatchState) => void
  /** Calls for each event of images, until the function that it gives is called. Its identity never changes. */
  readonly listen: (onImages: OnImages) => () => void
}

export function useWatching(): Watched {
  const [watching, tell] = useReducer(withTold, nothingYet)
  const listeners = useRef(new Set<OnImages>())
  const listen = useRef((onImages: OnImages) => {
    listeners.current.add(onImages)
    return () => void listeners.current.delete(onImages)
  })
  const takeState = useRef((state: WatchState) => tell({ kind: 'state', state }))
  useEffect(
    () =>
      followFeed({
        onState: takeState.current,
        onTick: (tick) => tell({ kind: 'tick', tick }),
        onConnection: (connection) => tell({ kind: 'connection', connection }),
        onImages: (images) => listeners.current.forEach((listener) => listener(images)),
      }),
    [],
  )
  return { watching, takeState: takeState.current, listen: listen.current }
}
