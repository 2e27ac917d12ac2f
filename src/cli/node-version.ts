// Whether this Node is one that package.json asks for; an older one would fail later, and in riddles.
import { ConfigError } from '../errors.ts'
import { readPackage } from './version.ts'

/**
 * The range that is asked for: '>=20'. @throws DDNN_CONFIG_INVALID where this Node is older.
 */
export function checkNodeVersion(version: string = process.versions.node): string {
  const { node: range } = readPackage().engines
  const least = /\d+(\.\d+)*/.exec(range)?.[0] ?? '0'
  if (compare(version, least) >= 0) return range
  throw new ConfigError('DDNN_CONFIG_INVALID', `Expected Node ${range}, got ${version}`, {
    hint: `Install Node ${least.split('.')[0]} or later, or use the container images, which bring theirs`,
  })
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map((part) => Number.parseInt(part)))
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
