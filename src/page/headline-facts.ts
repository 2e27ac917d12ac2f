// The numbers on top, as words. Pure.
import { shareOf } from '../domain/share.ts'
import type { ExitCount, WatchedExit, WatchedTier, WatchState } from '../domain/watch.ts'
import { judgedOf, recentSpan, type History } from './history.ts'
import { cascadeOutlook } from './knobs/outlook.ts'
import { countOf, countText, durationText, none, percentText, rateText } from './numbers.ts'
import { exitsOf } from './tiers.ts'

export interface Fact {
  readonly title: string
  readonly value: string
  readonly detail: string
}

export function imagesFact(history: History): Fact {
  const tick = history.at(-1)
  const span = recentSpan(history, 5000)
  const rate = span === undefined ? 0 : span.images / span.seconds
  const of = tick?.expected === undefined ? '' : ` of ${countText(tick.expected)}`
  const inFlight = `${countText(tick?.inFlight ?? 0)} in flight`
  const detail = `${rateText(rate)} a second, ${inFlight}`
  return { title: 'Images', value: `${countText(tick?.images ?? 0)}${of}`, detail }
}

/** How many left before the last tier of the picture, where it ends the family; of one tier alone, before its last exit. */
export function earlyFact(history: History, tiers: readonly WatchedTier[]): Fact {
  const exits = exitsOf(tiers)
  const withExits = tiers.filter((tier) => tier.exits.length > 0)
  const last = withExits.length > 1 ? withExits.at(-1) : undefined
  const isNamed = last?.exits.some(({ isLast }) => isLast) === true
  const title = isNamed ? `Answered before ${last.name}` : 'Answered early'
  if (exits.length === 1 && exits[0]?.isLast === true) {
    return { title, value: none, detail: 'there is one exit' }
  }
  const late = new Set((isNamed ? last.exits : exits.filter(isLastExit)).map(({ index }) => index))
  const counts = history.at(-1)?.exits ?? []
  const all = imagesOf(counts)
  const early = imagesOf(counts.filter(({ exit }) => !late.has(exit)))
  const value = all === 0 || exits.length === 0 ? none : percentText(early / all)
  return { title, value, detail: `${countText(early)} of ${countOf(all, 'answer')}` }
}

const isLastExit = ({ isLast }: WatchedExit) => isLast

const imagesOf = (counts: readonly ExitCount[]) =>
  counts.reduce((sum, { images }) => sum + images, 0)

export function latencyFact(history: History): Fact {
  const latency = history.at(-1)?.latency
  return {
    title: 'Latency, median',
    value: durationText(latency?.p50),
    detail: `95\u00a0% within ${durationText(latency?.p95)}, 99\u00a0% ${durationText(latency?.p99)}`,
  }
}

/** As it is so far where true classes are known; else as the calibration's images let expect. */
export function accuracyFact(
  state: WatchState,
  history: History,
  tiers: readonly WatchedTier[],
): Fact {
  const tick = history.at(-1)
  const { judged, right } = tick === undefined ? { judged: 0, right: 0 } : judgedOf(tick)
  if (judged > 0) {
    const { share, low, high } = shareOf(right, judged)
    const between = `${percentText(low)} to ${percentText(high)}`
    const detail = `${between}, by ${countOf(judged, 'image')}`
    return { title: 'Accuracy so far', value: percentText(share), detail }
  }
  const outlook = cascadeOutlook(state.calibration, exitsOf(tiers))
  const title = 'Accuracy expected'
  if (outlook === undefined) return { title, value: none, detail: 'no calibration is kept' }
  const detail = `on ${countOf(state.calibration?.images ?? 0, 'image')} of the calibration`
  return { title, value: percentText(outlook.accuracy), detail }
}

/** Said only where there are any. */
export function faultTexts(history: History): readonly string[] {
  const { fallbacks = 0, errors = 0 } = history.at(-1) ?? {}
  return [
    ...(fallbacks > 0 ? [`${countOf(fallbacks, 'answer')} by a fallback`] : []),
    ...(errors > 0 ? [`${countOf(errors, 'image')} without an answer`] : []),
  ]
}
