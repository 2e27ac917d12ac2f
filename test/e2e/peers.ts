// Answers of a chain with Python peers in it, whichever side tells them, held against a local run of the
// same models: by the logits of every hop, so that an answer to another image cannot look right.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from '../../src/domain/outcome.ts'
import { hopsOf } from '../../src/domain/reply.ts'
import { runCli, tempFolder } from '../helpers/cli.ts'
import { createTopics as createTestTopics } from '../helpers/kafka.ts'
import { repoPath } from '../helpers/paths.ts'
import type { PeerLine } from '../helpers/python-peer.ts'
import { labelsFile, models, newTopics, type Cluster, type Topics } from './chain.ts'

/** One tier's part in an answer. */
export interface Hop {
  readonly tier: string
  /** Undefined where an original offloaded: it gives its raw input instead. */
  readonly logits: readonly number[] | undefined
  readonly fallback: boolean
}

/** One image and what was answered to it. */
export interface Answered {
  readonly file: string
  readonly hops: readonly Hop[]
}

/** What the models say of an image: the logits of edge, fog and cloud, all computed. */
export type Truth = ReadonlyMap<string, readonly (readonly number[])[]>

// Two engines sum in another order; images differ by much more, as `assertDistinct` proves.
const tolerance = 1e-3

/** Fresh topics of a chain, 8 partitions each, that take an image as JSON. */
export async function createTopics({ kafka }: Cluster): Promise<Topics> {
  const topics = newTopics()
  await createTestTopics(kafka, Object.values(topics), {
    config: { 'max.message.bytes': String(64 << 20) },
  })
  return topics
}

/** Runs a device, or a local run, to its end; every image was answered. */
export async function runDevice(
  images: string,
  flags: readonly string[],
  options: { readonly paceMs?: number } = {},
): Promise<readonly Answered[]> {
  const output = join(tempFolder(), 'outcomes.jsonl')
  const report = repoPath('test', 'e2e', 'peers', 'save-outcomes.mjs')
  const { code, stderr } = await runCli(
    [
      ...['-i', images, '-l', labelsFile, '--name', 'device', '-o', output],
      ...['--report-module', report, ...flags],
    ],
    { env: { PACE_MS: String(options.paceMs ?? 0) } },
  )
  assert.equal(code, 0, stderr)
  const lines = readFileSync(output, 'utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const { file, reply } = JSON.parse(line) as Outcome
    const hops = reply === undefined ? [] : hopsOf(reply)
    return {
      file,
      hops: hops.map(({ tier, result, fallback }) => ({ tier, logits: result?.logits, fallback })),
    }
  })
}

/** What edge, fog and cloud say of every image, from a local run that never leaves early. */
export async function localTruth(images: string): Promise<Truth> {
  const answered = await localRun(images, 1e9)
  return new Map(
    answered.map(({ file, hops }) => [
      file,
      hops.map(({ logits }) => logits ?? assert.fail(`no logits of ${file}`)),
    ]),
  )
}

/** A local run at one threshold of raw logits. */
export function localRun(images: string, threshold: number): Promise<readonly Answered[]> {
  const folders = ['edge', 'fog', 'cloud'].map(models)
  return runDevice(images, ['--models', ...folders, ...rawExits(threshold)])
}

/** The original's exit decision: the largest output as it is. */
export const rawExits = (threshold: number) => [
  ...['--confidence', 'raw', '--threshold', String(threshold)],
]

const largest = (logits: readonly number[]) => Math.max(...logits)

/** Where images leave at a threshold: how many at each of the three tiers. */
export function exitCounts(truth: Truth, threshold: number): readonly [number, number, number] {
  const counts: [number, number, number] = [0, 0, 0]
  for (const [edge = [], fog = []] of truth.values()) {
    counts[largest(edge) >= threshold ? 0 : largest(fog) >= threshold ? 1 : 2]++
  }
  return counts
}

/** A threshold that uses all three exits, offloads many images and stands clear of every logit. */
export function middleThreshold(truth: Truth): number {
  const values = [...truth.values()]
    .flatMap((exits) => exits.slice(0, 2).map(largest))
    .sort(ascending)
  const gaps = values.slice(1).map((value, i) => [values[i] ?? value, value] as const)
  const middles = gaps.filter(([low, high]) => high - low > 4 * tolerance)
  const candidates = middles.map(([low, high]) => (low + high) / 2)
  const fewest = (threshold: number) => Math.min(...exitCounts(truth, threshold))
  const atEdge = (threshold: number) => exitCounts(truth, threshold)[0]
  const best = candidates.sort((a, b) => fewest(b) - fewest(a) || atEdge(a) - atEdge(b))[0]
  assert.ok(best !== undefined && fewest(best) > 0, 'images leave at every tier')
  return best
}

const ascending = (a: number, b: number) => a - b

function distance(a: readonly number[], b: readonly number[]): number {
  assert.equal(a.length, b.length)
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))))
}

/** No two images have like answers at any tier: otherwise a swapped answer would go unseen. */
export function assertDistinct(truth: Truth): void {
  const all = [...truth.entries()]
  for (const [i, [file, exits]] of all.entries()) {
    for (const [other, otherExits] of all.slice(i + 1)) {
      for (const [exit, logits] of exits.entries()) {
        const apart = distance(logits, otherExits[exit] ?? [])
        assert.ok(apart > 4 * tolerance, `${file} and ${other} are alike at exit ${exit}`)
      }
    }
  }
}

/** The way that each image must go: the tiers that it passes, in order. */
export function expectedHops(truth: Truth, threshold: number): ReadonlyMap<string, number> {
  return new Map(
    [...truth].map(([file, exits]) => {
      const leavesAt = exits.findIndex((logits) => largest(logits) >= threshold)
      return [file, leavesAt === -1 ? exits.length : leavesAt + 1]
    }),
  )
}

/** The answer is this image's, and came from the tier where it had to leave. */
export function assertOwnAnswer(answered: Answered, truth: Truth, count: number): void {
  const { file, hops } = answered
  assert.deepEqual(namesOf(hops), ['edge', 'fog', 'cloud'].slice(0, count), file)
  assert.ok(!isFallback(answered), `${file} fell back`)
  assertOwnLogits(answered, truth)
}

/** The edge answered in place of its front, and its answer is this image's. */
export function assertOwnFallback(answered: Answered, truth: Truth): void {
  const { file, hops } = answered
  assert.deepEqual(namesOf(hops), ['edge'], file)
  assert.ok(isFallback(answered), `${file} is marked`)
  assertOwnLogits(answered, truth)
}

function assertOwnLogits({ file, hops }: Answered, truth: Truth): void {
  const exits = truth.get(file) ?? assert.fail(`no image ${file}`)
  assert.notEqual(hops.at(-1)?.logits, undefined, `${file} has an answer`)
  for (const [i, { tier, logits }] of hops.entries()) {
    if (logits === undefined) continue
    const off = distance(logits, exits[i] ?? [])
    assert.ok(off < tolerance, `${file} at ${tier}: ${off} off, as an answer to another image`)
  }
}

// A local run names its hops by model folder, a chain by tier.
const namesOf = (hops: readonly Hop[]) => hops.map(({ tier }) => tier.replace('local_', ''))

export const isFallback = ({ hops }: Answered) => hops.some(({ fallback }) => fallback)

interface OriginalReply {
  readonly result: unknown
  readonly device: string
  readonly fallback?: boolean
  readonly next?: OriginalReply
}

/** What a Python device was told, read as an original does: `result`, `device` and `next`. */
export function answeredOf(line: PeerLine): Answered {
  const hops: Hop[] = []
  for (let reply = line['reply'] as OriginalReply | undefined; reply; reply = reply.next) {
    const logits = [reply.result].flat(Infinity) as number[]
    hops.push({ tier: reply.device, logits, fallback: reply.fallback === true })
  }
  return { file: line['file'] as string, hops }
}
