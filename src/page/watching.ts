// All that the page knows, in one value: what was told last, the ticks of two minutes, what changed.
import type { WatchState, WatchTick } from '../domain/watch.ts'
import { isAnew, withTick, type History } from './history.ts'
import { changesBetween } from './said.ts'
import { tiersNow } from './tiers.ts'

/** `live`; `late`: connected, but nothing came for a while; `lost`: no connection, tried again all the time. */
export type Connection = 'connecting' | 'live' | 'late' | 'lost'

/** Sentences that are kept of what changed. */
const keptSentences = 5

export interface Said {
  /** Running number: tells two equal sentences apart. */
  readonly number: number
  readonly sentence: string
  readonly at: Date
}

export interface Watching {
  readonly state: WatchState | undefined
  readonly history: History
  /** How often the process was started anew while it was watched: each time it counts its images from 1 again. */
  readonly starts: number
  readonly connection: Connection
  /** Newest last. */
  readonly said: readonly Said[]
}

export const nothingYet: Watching = {
  state: undefined,
  history: [],
  starts: 0,
  connection: 'connecting',
  said: [],
}

export type Told =
  | { readonly kind: 'state'; readonly state: WatchState }
  | { readonly kind: 'tick'; readonly tick: WatchTick }
  | { readonly kind: 'connection'; readonly connection: Connection }

export function withTold(before: Watching, told: Told): Watching {
  switch (told.kind) {
    case 'connection':
      return before.connection === told.connection
        ? before
        : withConnection(before, told.connection)
    case 'state':
      return withChanges(before, { ...before, state: told.state })
    case 'tick':
      return withChanges(before, withNext(before, told.tick))
  }
}

function withNext(before: Watching, tick: WatchTick): Watching {
  const last = before.history.at(-1)
  const isStart = last !== undefined && isAnew(last, tick)
  const starts = before.starts + (isStart ? 1 : 0)
  return { ...before, history: withTick(before.history, tick), starts }
}

const connectionSentences: Partial<Record<Connection, string>> = {
  live: 'The page is connected again.',
  lost: 'The page has lost its connection.',
}

function withConnection(before: Watching, connection: Connection): Watching {
  const sentence = before.connection === 'connecting' ? undefined : connectionSentences[connection]
  const isBack = connection === 'live' && before.connection === 'late'
  const after = { ...before, connection }
  return sentence === undefined || isBack ? after : saying(after, [sentence])
}

function withChanges(before: Watching, after: Watching): Watching {
  if (before.state === undefined || after.state === undefined) return after
  const was = tiersNow(before.state, before.history.at(-1))
  return saying(after, changesBetween(was, tiersNow(after.state, after.history.at(-1))))
}

function saying(watching: Watching, sentences: readonly string[]): Watching {
  if (sentences.length === 0) return watching
  const number = watching.said.at(-1)?.number ?? 0
  const fresh = sentences.map((sentence, i) => ({
    number: number + 1 + i,
    sentence,
    at: new Date(),
  }))
  return { ...watching, said: [...watching.said, ...fresh].slice(-keptSentences) }
}
