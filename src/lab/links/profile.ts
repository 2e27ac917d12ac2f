// Link profiles: how long the ways between the places of a continuum are, and how wide. Plain data and pure
// functions; profile-file.ts reads them from YAML.
import { nearestName } from '../../domain/nearest-name.ts'
import { ConfigError } from '../../errors.ts'

/** The way between two neighbouring places. */
export interface Link {
  /** Nearer to the device: asks, and sends up. */
  readonly from: string
  readonly to: string
  /** Propagation, one way and the same in both, milliseconds; what `ping` shows is twice that. */
  readonly delayMs: number
  /** From `from` to `to`. */
  readonly upBitsPerSecond: number
  readonly downBitsPerSecond: number
}

/** A chain of links: each begins at the place where the one before ends. */
export interface LinkProfile {
  readonly name: string
  /** From the device on; at least one. */
  readonly links: readonly Link[]
}

/** The places that a profile joins, from the device on. */
export function placesOf(profile: LinkProfile): readonly string[] {
  return [...profile.links.slice(0, 1).map((link) => link.from), ...profile.links.map((l) => l.to)]
}

/**
 * Several links in a row as one: delays add up, the narrowest decides the rate. That is right for messages of
 * many packets, which fill all links at once; each further link would add the time of one packet.
 * @throws DDNN_CONFIG_INVALID where the profile has no such place, or `to` does not come after `from`.
 */
export function pathBetween(profile: LinkProfile, from: string, to: string): Link {
  const places = placesOf(profile)
  const [start, end] = [from, to].map((place) => indexOf(profile, places, place)) as [
    number,
    number,
  ]
  if (start >= end) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected a path away from the device, got '${from}' to '${to}' in link profile '${profile.name}'`,
      { hint: `Its places are ${places.join(', ')}, in this order` },
    )
  }
  const links = profile.links.slice(start, end)
  return {
    from,
    to,
    delayMs: links.reduce((sum, link) => sum + link.delayMs, 0),
    upBitsPerSecond: Math.min(...links.map((link) => link.upBitsPerSecond)),
    downBitsPerSecond: Math.min(...links.map((link) => link.downBitsPerSecond)),
  }
}

function indexOf(profile: LinkProfile, places: readonly string[], place: string): number {
  const index = places.indexOf(place)
  if (index >= 0) return index
  const near = nearestName(place, places)
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected a place of link profile '${profile.name}', got '${place}'; there are ${places.join(', ')}`,
    { hint: near === undefined ? undefined : `Did you mean '${near}'?` },
  )
}
