// The loop of a device: samples in, at most maxInFlight open, outcomes out in sample order. One sample
// that fails is an outcome like any other; labels that are not the model's end the run.
import { setMaxListeners } from 'node:events'
import { findNonFinite } from '../../domain/finite.ts'
import { answerOf, hopsOf, type Reply, type ReplyProblem } from '../../domain/reply.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { visibleText } from '../../domain/visible.ts'
import { ConfigError, toDdnnError, type DdnnError } from '../../errors.ts'
import type { Input, Sample } from '../../input/input.ts'
import type { AnswerImage } from './device.ts'
import { readAs, type SendAs } from './read-as.ts'

export interface DriveOptions extends SendAs {
  readonly input: Input
  readonly answer: AnswerImage
  readonly maxInFlight: number
  readonly timeoutMs: number
  /** How long requests under way may take to finish once the run is to stop, milliseconds. */
  readonly shutdownTimeoutMs: number
  readonly labelsHash: string
  /** Called in any order, as answers come; the reports put them in order. */
  readonly onOutcome: (outcome: Outcome) => Promise<void>
}

/**
 * Resolves when every sample has its outcome. Once the signal aborts no sample is begun any more, and
 * it resolves when those under way are in, or given up after the shutdown time-out.
 * @throws DDNN_LABELS_MISMATCH when the model has other labels than the input, naming both.
 */
export async function drive(options: DriveOptions, signal: AbortSignal): Promise<void> {
  const open = new Set<Promise<void>>()
  const giveUp = new AbortController()
  // Every request under way listens to it, which is no leak.
  setMaxListeners(0, giveUp.signal)
  let failure: DdnnError | undefined
  let timer: NodeJS.Timeout | undefined
  // Told of every end, in place of a race that would listen to all that are open, for each sample anew.
  let onEnd = () => {}
  const onStop = () => {
    timer = setTimeout(() => giveUp.abort(), options.shutdownTimeoutMs)
  }
  if (signal.aborted) onStop()
  else signal.addEventListener('abort', onStop, { once: true })
  for (const sample of options.input.samples()) {
    while (open.size >= options.maxInFlight) await new Promise<void>((end) => (onEnd = end))
    if (signal.aborted || giveUp.signal.aborted) break
    const task = driveOne(options, sample, giveUp.signal)
      .catch((thrown: unknown) => {
        failure ??= toDdnnError(thrown)
        giveUp.abort()
      })
      .finally(() => {
        open.delete(task)
        onEnd()
      })
    open.add(task)
  }
  await Promise.all(open)
  signal.removeEventListener('abort', onStop)
  clearTimeout(timer)
  if (failure !== undefined) throw failure
}

async function driveOne(options: DriveOptions, sample: Sample, signal: AbortSignal): Promise<void> {
  const { index, file, label } = sample
  const base = { index, file, label }
  let startedAt: number | undefined
  let outcome: Outcome
  try {
    const image = await readAs(sample, options)
    startedAt = performance.now()
    const reply = await options.answer(image, { budgetMs: options.timeoutMs, signal })
    const roundTripMs = performance.now() - startedAt
    assertLabels(options, reply)
    const problem = answerOf(reply) === undefined ? problemOf(reply) : undefined
    outcome = { ...base, roundTripMs, reply, problem }
  } catch (thrown) {
    const error = toDdnnError(thrown)
    // Faults that every sample would meet end the run; the rest belongs to this sample.
    if (error.code === 'DDNN_LABELS_MISMATCH' || error.code === 'DDNN_CONFIG_INVALID') throw error
    // Samples that an interrupt cut off have no outcome: they were not asked to the end.
    if (signal.aborted) return
    const roundTripMs = startedAt === undefined ? undefined : performance.now() - startedAt
    const problem = { code: error.code, message: error.message }
    outcome = { ...base, roundTripMs, reply: undefined, problem }
  }
  await options.onOutcome(outcome)
}

/** Why a reply is no answer. */
export function problemOf(reply: Reply): ReplyProblem {
  const hops = hopsOf(reply)
  const problem = hops.find((hop) => hop.problem !== undefined)?.problem
  if (problem !== undefined) return problem
  const spoilt = hops.findLast((hop) => hop.result !== undefined)
  const message =
    spoilt === undefined
      ? `No class values from '${reply.tier}'`
      : `Expected finite class values of '${spoilt.tier}', got ${findNonFinite(spoilt.result?.logits ?? []) ?? 'no prediction'}`
  return { code: 'DDNN_REPLY_FAILED', message }
}

function assertLabels(options: DriveOptions, reply: Reply): void {
  for (const hop of hopsOf(reply)) {
    const told = hop.problem?.code === 'DDNN_LABELS_MISMATCH' ? hop.problem.message : undefined
    const differs = hop.labelsHash !== undefined && hop.labelsHash !== options.labelsHash
    if (told === undefined && !differs) continue
    const own = options.input.labels.join(', ')
    throw new ConfigError(
      'DDNN_LABELS_MISMATCH',
      `Expected the labels of tier '${visibleText(hop.tier)}', got ${own} (${options.labelsHash}). ${visibleText(told ?? `The tier's have the hash ${String(hop.labelsHash)}`)}`,
      { hint: "Pass the model's own labels file with --labels, in its order" },
    )
  }
}
