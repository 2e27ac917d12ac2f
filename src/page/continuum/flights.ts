// Images on their way as dots: each takes the links to the tier where it left, then leaves for its exit. Pure.
import type { WatchedImage, WatchedTier } from '../../domain/watch.ts'
import type { Layout, Point } from './layout.ts'

/** Dots at most; those that come while so many travel are left out. */
export const mostFlights = 40
/** CSS pixels a second. */
const speed = 340
/** A first link is as long as the picture, or as short: no dot is there in no time, or takes for ever. */
const leastMs = 700
const mostMs = 2400

const oldMs = 2000

export interface Flight {
  readonly number: number
  readonly points: readonly Point[]
  readonly startsAt: number
  readonly endsAt: number
  /** Colour of; undefined where there was no answer. */
  readonly exit: number | undefined
  readonly isFallback: boolean
}

/** Undefined where the picture does not show the tier that answered. */
export function flightOf(
  image: WatchedImage,
  tiers: readonly WatchedTier[],
  layout: Layout,
  now: number,
): Flight | undefined {
  const at = endOf(image, tiers)
  // One that is told of late is there already.
  if (at === undefined || image.agoMs > oldMs) return undefined
  const { tier, place } = at
  const last = layout.tiers[tier]
  if (last === undefined) return undefined
  const inlet = layout.links.length === layout.tiers.length ? layout.links[0]?.from : undefined
  const chip = place === undefined ? undefined : last.exits[place]
  const points = [
    ...(inlet === undefined ? [] : [inlet]),
    ...layout.tiers.slice(0, tier + 1).map(({ centre }) => centre),
    ...(chip === undefined ? [] : chipEnd(last.leave, chip, layout)),
  ]
  const took = Math.min(mostMs, Math.max(leastMs, (lengthOf(points) / speed) * 1000))
  // Spread as they were answered, not all at once with the event that tells of them.
  const startsAt = now + Math.max(0, 250 - Math.min(250, image.agoMs))
  const { number, exit, isFallback } = image
  return { number, points, startsAt, endsAt: startsAt + took, exit, isFallback }
}

/** The tier where an image ended, by its place in the picture, and the place of the exit there. */
function endOf(image: WatchedImage, tiers: readonly WatchedTier[]) {
  const byExit = tiers.findIndex(({ exits }) => exits.some(({ index }) => index === image.exit))
  if (image.exit !== undefined && byExit >= 0) {
    const place = tiers[byExit]?.exits.findIndex(({ index }) => index === image.exit)
    return { tier: byExit, place }
  }
  const name = image.tier ?? image.hops.at(-1)?.tier ?? tiers[0]?.name
  const byName = tiers.findIndex((tier) => tier.name === name)
  return byName < 0 ? undefined : { tier: byName, place: undefined }
}

function chipEnd(leave: Point, chip: Point, { isUpright, chip: { width } }: Layout) {
  return isUpright ? [leave, chip] : [leave, { x: chip.x + width / 2, y: chip.y }]
}

/** Where it is; undefined before it starts and once it has arrived. */
export function positionOf({ points, startsAt, endsAt }: Flight, now: number): Point | undefined {
  if (now < startsAt || now >= endsAt) return undefined
  let left = ((now - startsAt) / (endsAt - startsAt)) * lengthOf(points)
  for (const [i, to] of points.entries()) {
    const from = points[i - 1]
    if (from === undefined) continue
    const length = distance(from, to)
    if (left <= length && length > 0) {
      const part = left / length
      return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }
    }
    left -= length
  }
  return points.at(-1)
}

/** Those still under way with those that start now, no more than can be followed. */
export function withFlights(
  flights: readonly Flight[],
  started: readonly Flight[],
  now: number,
): readonly Flight[] {
  return [...flights.filter(({ endsAt }) => endsAt > now), ...started].slice(0, mostFlights)
}

const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y)

function lengthOf(points: readonly Point[]): number {
  return points.reduce((sum, to, i) => sum + distance(points[i - 1] ?? to, to), 0)
}
