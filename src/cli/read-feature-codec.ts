// --feature-codec, checked: a form of the values, and what packs it.
import {
  featureForms,
  featurePacks,
  isFeatureCodec,
  partsOfCodec,
  type FeatureCodec,
} from '../domain/feature-codec.ts'
import { canPack } from '../serving/wire/features/node-zstd.ts'
import type { FlagReader } from './flag-types.ts'

/** Undefined where it is not given; a problem is added to the list, and the result is of no use then. */
export function readFeatureCodec(
  values: FlagReader<'feature-codec'>,
  problems: string[],
): FeatureCodec | undefined {
  const codec = values.string('feature-codec')
  if (codec === undefined) return undefined
  if (!isFeatureCodec(codec)) {
    const packs = featurePacks.map((pack) => `+${pack}`).join(' or ')
    problems.push(
      `Expected --feature-codec to be ${listOf(featureForms)}, alone or with ${packs}, got '${codec}'`,
    )
    return undefined
  }
  if (!canPack(partsOfCodec(codec).pack)) {
    problems.push(
      `Expected Node 22.15 or later for --feature-codec ${codec}, got ${process.version}: take +deflate, which is smaller for features`,
    )
  }
  return codec
}

function listOf(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
