// Outcomes of a chain of device, edge, fog and cloud, as the tests of the reports need them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Outcome } from '../../src/domain/outcome.ts'
import type { ExitResult, Reply } from '../../src/domain/reply.ts'

const tiers = ['edge', 'fog', 'cloud', 'beyond']

/** A result that predicts this class. */
export function resultOf(prediction: number, exit = 0): ExitResult {
  const logits = [0, 0, 0].map((_, i) => (i === prediction ? 2 : 0))
  return { exit, logits, prediction, confidence: 0.5 + exit / 10 }
}

/** A reply whose hops predict these classes, the nearest first; null is a hop without a result. */
export function replyOf(predictions: readonly (number | null)[], depth = 0): Reply {
  const [own, ...rest] = predictions
  return {
    tier: tiers[depth] ?? '',
    result: own === null || own === undefined ? undefined : resultOf(own, depth),
    computeMs: 4.5 + depth,
    totalMs: 20 - depth,
    fallback: false,
    labelsHash: 'ab',
    problem: undefined,
    next: rest.length === 0 ? undefined : replyOf(rest, depth + 1),
  }
}

/** An answered sample. */
export function outcomeOf(index: number, change: Partial<Outcome> = {}): Outcome {
  return {
    index,
    file: `rose/${index}.jpg`,
    label: 1,
    roundTripMs: 25,
    reply: replyOf([1]),
    problem: undefined,
    ...change,
  }
}

/** A sample without an answer. */
export function failureOf(index: number, code = 'DDNN_REPLY_TIMEOUT'): Outcome {
  return outcomeOf(index, { reply: undefined, problem: { code, message: 'no reply' } })
}

/** A folder that is gone when the test file ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ddnn-report-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
