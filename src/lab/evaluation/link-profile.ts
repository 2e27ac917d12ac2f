// Links between submodels as a user describes them: `edge-fog=10ms/20mbit`. Pure.
import { ConfigError } from '../../errors.ts'
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import { parseQuantity } from '../links/quantity.ts'
import { frameBytesOf } from './frame-facts.ts'
import type { Scores, StageFacts } from './scores.ts'

/** The way from one submodel to the next, where they are on different machines. */
export interface Link {
  /** Index of the submodel that offloads. */
  readonly stage: number
  readonly name: string
  /** As `ping` shows it: there and back, milliseconds. */
  readonly roundTripMs: number
  /** Infinity where only a time was given. */
  readonly bitsPerSecond: number
}

/**
 * Reads one link an item; names are those of neighbouring submodels, joined by a dash. Submodels without a
 * link between them run in one process, where features cost nothing.
 * @throws DDNN_CONFIG_INVALID naming the item, and the names that there are.
 */
export function parseLinks(
  items: readonly string[],
  stages: readonly Pick<StageFacts, 'name'>[],
): readonly Link[] {
  const names = stages.slice(1).map((stage, i) => `${stages[i]?.name}-${stage.name}`)
  const links = items.map((item): Link => {
    const at = item.lastIndexOf('=')
    const name = item.slice(0, Math.max(0, at))
    const stage = names.indexOf(name)
    const { roundTripMs, bitsPerSecond } = parseSpeed(item.slice(at + 1), item)
    if (stage === -1) {
      const known = names.length === 0 ? 'none, since there is one submodel' : names.join(', ')
      throw new ConfigError(
        'DDNN_CONFIG_INVALID',
        `Expected --link to name neighbouring submodels, got '${item}'; there are ${known}`,
        { hint: 'Write NAME-NAME=TIME/RATE, as in edge-fog=10ms/20mbit' },
      )
    }
    return { stage, name, roundTripMs, bitsPerSecond }
  })
  const twice = links.find((link, i) => links.findIndex((l) => l.stage === link.stage) !== i)
  if (twice !== undefined) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected each link once, got '${twice.name}' twice`,
    )
  }
  return links
}

/** '10ms/20mbit', either part alone, in any order. */
function parseSpeed(
  text: string,
  item: string,
): { readonly roundTripMs: number; readonly bitsPerSecond: number } {
  let roundTripMs: number | undefined
  let bitsPerSecond: number | undefined
  for (const quantity of text.split('/').map(parseQuantity)) {
    const known = quantity?.unit === 'ms' ? roundTripMs : bitsPerSecond
    if (quantity === undefined || known !== undefined) {
      throw new ConfigError(
        'DDNN_CONFIG_INVALID',
        `Expected --link to be a time and a rate, as in edge-fog=10ms/20mbit, got '${item}'`,
        { hint: 'Times are in ms (there and back), rates in kbit, mbit or gbit a second' },
      )
    }
    if (quantity.unit === 'ms') roundTripMs = quantity.ms
    else bitsPerSecond = quantity.rate
  }
  return { roundTripMs: roundTripMs ?? 0, bitsPerSecond: bitsPerSecond ?? Infinity }
}

/**
 * Expected time of a sample that leaves at each exit, milliseconds: the median forward passes of all
 * submodels up to its own, and for each link on the way a round trip and the frame of the features at the link's
 * rate, by the codec that they travelled by or by another. The reply's few bytes, queues and other load are not in it.
 */
export function exitTimes(
  { exits, stages }: Scores,
  links: readonly Link[],
  codec?: FeatureCodec,
): readonly number[] {
  let total = 0
  const upTo = stages.map((stage, i) => {
    const link = links.find((l) => l.stage === i - 1)
    const before = stages[i - 1]
    if (link !== undefined && before !== undefined) total += linkMs(link, before, codec)
    total += stage.computeMs.p50
    return total
  })
  return exits.map(({ stage }) => upTo[stage] ?? Number.NaN)
}

function linkMs(
  { roundTripMs, bitsPerSecond }: Link,
  { offload }: StageFacts,
  codec: FeatureCodec | undefined,
): number {
  const bytes = offload === null ? 0 : frameBytesOf(offload, codec)
  return roundTripMs + (bytes * 8 * 1000) / bitsPerSecond
}
