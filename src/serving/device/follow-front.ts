// Answers by a tier in front whose models may change while this process runs: replies tell of it, and then it is asked
// again what it takes.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Reply } from '../../domain/reply.ts'
import { toDdnnError } from '../../errors.ts'
import type { Logger } from '../../telemetry/log.ts'
import { askAbout } from './ask-about.ts'
import type { AnswerImage } from './device.ts'
import { isKnown, type KnownTier } from './fits.ts'
import type { AskableFront } from './look-ahead.ts'

/** Longest wait for what it takes, milliseconds. */
const lookMs = 5000
/** Between two looks at a front that has changed, milliseconds. */
const lookAgainMs = 1000

interface FollowedFront {
  readonly answer: AnswerImage
  /** As it told of itself last. */
  readonly tier: () => KnownTier
}

/** @param told what it said at the start. @param ask asks it for one image. */
export function followFront(
  { requester, wire }: AskableFront,
  told: KnownTier,
  ask: AnswerImage,
  log: Logger,
): FollowedFront {
  let tier = told
  let asking: Promise<void> | undefined
  let lookedAt = -Infinity
  const lookAgain = () => {
    // While replicas are exchanged one by one, replies tell of both in turn.
    if (asking === undefined && performance.now() - lookedAt < lookAgainMs) return
    lookedAt = performance.now()
    asking ??= askAbout(requester, wire, lookMs, new AbortController().signal)
      .then((reply) => {
        if (isKnown(reply)) tier = reply
      })
      .catch((thrown: unknown) => {
        log.warn(`what changed in front is not known: ${toDdnnError(thrown).message}`)
      })
      .finally(() => (asking = undefined))
    return asking
  }
  const answer: AnswerImage = async (image, call) => {
    const startedAt = performance.now()
    const reply = await ask(image, call)
    if (isOther(reply, tier)) {
      // The answer is there: nobody waits longer for its labels than for itself.
      const leftMs = Math.max(0, call.budgetMs - (performance.now() - startedAt))
      await Promise.race([lookAgain(), sleep(leftMs, undefined, { ref: false })])
    }
    return reply
  }
  return { answer, tier: () => tier }
}

/** Labels or versions that the front was not known to have. */
function isOther(reply: Reply, known: KnownTier): boolean {
  return (
    (reply.labelsHash !== undefined && reply.labelsHash !== known.labelsHash) ||
    (reply.model !== undefined &&
      (reply.model.family !== known.model?.family || reply.model.version !== known.model?.version))
  )
}
