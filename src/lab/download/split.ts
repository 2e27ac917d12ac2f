// Which files of a label are for testing: those whose hash with the seed is smallest. So the choice does
// not depend on the order of files, and is the same on every machine.
import { createHash } from 'node:crypto'
import type { Split } from './layout.ts'

/** The share of `names` for test, rounded; the rest is for training. */
export function pickTest(
  names: readonly string[],
  label: string,
  { seed, testShare }: Split,
): readonly string[] {
  const keyed = names.map((name) => ({ name, key: hash(`${seed}/${label}/${name}`) }))
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1))
  return keyed.slice(0, Math.round(names.length * testShare)).map(({ name }) => name)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
