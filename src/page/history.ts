// The ticks of the last two minutes, and what follows from two of them: rates and shares. Pure.
import type { WatchTick } from '../domain/watch.ts'

/** How long ticks are kept. */
export const keptMs = 120_000
/** What stands for "now" where a rate or share is said. */
export const recentMs = 10_000

/** Oldest first. A tick of a process that started anew begins anew. */
export type History = readonly WatchTick[]

export function withTick(history: History, tick: WatchTick): History {
  const last = history.at(-1)
  if (last !== undefined && isAnew(last, tick)) return [tick]
  const first = history.findIndex(({ uptimeMs }) => uptimeMs >= tick.uptimeMs - keptMs)
  return [...(first < 0 ? [] : history.slice(first)), tick]
}

/** Whether the process that tells was started anew between two ticks; a gap between them is no sign of it. */
export function isAnew(last: WatchTick, tick: WatchTick): boolean {
  if (tick.uptimeMs <= last.uptimeMs || tick.images < last.images) return true
  const [before, now] = [last, tick].map(instanceOf)
  return before !== undefined && now !== undefined && before !== now
}

/** Of the process itself; undefined where it is no tier, or has not said yet. */
const instanceOf = ({ tiers }: WatchTick) =>
  tiers.find(({ state, life }) => state === 'here' && life !== undefined)?.life?.instance

/** What happened between two ticks. */
export interface Span {
  readonly seconds: number
  readonly images: number
  readonly fallbacks: number
  readonly errors: number
  /** Images that left there, by exit. */
  readonly left: ReadonlyMap<number, number>
}

export function spanOf(from: WatchTick, to: WatchTick): Span {
  const before = new Map(from.exits.map(({ exit, images }) => [exit, images]))
  return {
    seconds: (to.uptimeMs - from.uptimeMs) / 1000,
    images: to.images - from.images,
    fallbacks: to.fallbacks - from.fallbacks,
    errors: to.errors - from.errors,
    left: new Map(to.exits.map(({ exit, images }) => [exit, images - (before.get(exit) ?? 0)])),
  }
}

/** Of the last `ms`, or of as much as there is; undefined of fewer than two ticks. */
export function recentSpan(history: History, ms: number = recentMs): Span | undefined {
  const to = history.at(-1)
  if (to === undefined) return undefined
  const from = history.find(({ uptimeMs }) => uptimeMs >= to.uptimeMs - ms)
  return from === undefined || from === to ? undefined : spanOf(from, to)
}

export interface ExitShares {
  /** Whether they are of the last ten seconds; else of all since the start. */
  readonly isRecent: boolean
  readonly images: number
  /** 0 to 1 of the images that left at some exit. */
  readonly of: ReadonlyMap<number, number>
}

/** Where images leave: of late, and of all while none came of late. */
export function exitShares(history: History): ExitShares {
  const recent = recentSpan(history)
  const late = recent === undefined ? undefined : sharesOf(recent.left)
  if (late !== undefined && late.images > 0) return { isRecent: true, ...late }
  const all = history.at(-1)?.exits ?? []
  return { isRecent: false, ...sharesOf(new Map(all.map(({ exit, images }) => [exit, images]))) }
}

function sharesOf(left: ReadonlyMap<number, number>) {
  const images = [...left.values()].reduce((sum, one) => sum + one, 0)
  return { images, of: new Map([...left].map(([exit, one]) => [exit, one / Math.max(1, images)])) }
}

/** Right ones among those whose true class is known, over all exits. */
export function judgedOf(tick: WatchTick): { readonly judged: number; readonly right: number } {
  return tick.exits.reduce(
    (sum, { judged, right }) => ({ judged: sum.judged + judged, right: sum.right + right }),
    { judged: 0, right: 0 },
  )
}
