// The way of an image through an arrangement: the device, then each tier that holds submodels. Pure.
import { pathBetween, type Link } from '../links/profile.ts'
import type { Arrangement, Place, PlanFacts, PlanOptions } from './plan.ts'

/** One process on the way, and how it is asked. */
export interface Leg {
  readonly place: Place
  /** Its submodels: `from` up to and without `to`; none on a device that only asks. */
  readonly from: number
  readonly to: number
  /** Who asks it and over which links; undefined for the device. */
  readonly asked:
    | {
        /** 'edge-cloud'. */
        readonly hop: string
        readonly path: Link
        /** Of the request's frame. */
        readonly bytes: number
      }
    | undefined
  /** To get pixels or features from what came, and to send on what does not leave here; here, at speed 1. */
  readonly decodeMs: number
  readonly encodeMs: number
}

/** The legs in order, the device first. */
export function legsOf(
  { tiers, image, codecs }: Arrangement,
  { readMs }: PlanFacts,
  { places, links }: PlanOptions,
): readonly Leg[] {
  const device = places[0] as Place
  const legs: Leg[] = []
  if (image !== undefined) {
    const { encodeMs } = image
    legs.push({ place: device, from: 0, to: 0, asked: undefined, decodeMs: 0, encodeMs })
  }
  for (const [i, { place, from, to }] of tiers.entries()) {
    const asker = legs.at(-1)?.place
    const came = i === 0 ? image : codecs[i - 1]
    legs.push({
      place,
      from,
      to,
      asked:
        asker === undefined || came === undefined
          ? undefined
          : {
              hop: `${asker.name}-${place.name}`,
              path: pathBetween(links, asker.name, place.name),
              bytes: came.bytes,
            },
      decodeMs: came === undefined ? readMs : came.decodeMs,
      encodeMs: codecs[i]?.encodeMs ?? 0,
    })
  }
  return legs
}

/** Whether a path goes over this link of the profile. */
export function goesOver(path: Link, link: Link, places: readonly Place[]): boolean {
  const at = (name: string) => places.findIndex((place) => place.name === name)
  return at(path.from) <= at(link.from) && at(link.to) <= at(path.to)
}
