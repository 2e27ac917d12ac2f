// What a run of `ddnn demo` says of its engines, and that it is whole: each image answered, at all three tiers, and
// nothing on stderr that a user would ask about.
import assert from 'node:assert/strict'
import { readCsv } from './cli.ts'

export interface DemoEnd {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Where its `-o` is. */
  readonly csv: string
}

const tiers = ['cloud', 'edge', 'fog']

/** The engines that edge, fog and cloud name in their log (`--log-format json`, level info), each once. */
export function demoEngines({ code, stderr, csv }: DemoEnd): readonly string[] {
  assert.equal(code, 0, stderr)
  assert.doesNotMatch(stderr, /Warning:/, 'Node warns of something')
  const lines = stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { level: number; tier?: string; msg: string })
  // An engine that is not installed is no reason for a warning.
  assert.deepEqual(
    lines.filter(({ level }) => level >= 40),
    [],
  )
  const named = lines.flatMap(({ tier = '', msg }) => {
    const [, engine] = /^engine (\w+)(?: runs [^:]*)?: /.exec(msg) ?? []
    return engine === undefined ? [] : [{ tier, engine }]
  })
  assert.deepEqual([...new Set(named.map(({ tier }) => tier))].sort(), tiers, stderr)
  const rows = readCsv(csv)
  assert.equal(rows.length, 60)
  for (const row of rows) assert.equal(row['Error'], '', row['File'])
  assert.deepEqual([...new Set(rows.map((row) => row['Exit']))].sort(), tiers)
  return [...new Set(named.map(({ engine }) => engine))].sort()
}
