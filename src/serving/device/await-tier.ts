// Waits for a tier in front that tells what it takes: it may be started after the process that asks it.
import { setTimeout as sleep } from 'node:timers/promises'
import { toDdnnError } from '../../errors.ts'
import { isKnown, type KnownTier } from './fits.ts'
import { lookAhead, type AskableFront, type LookAheadOptions } from './look-ahead.ts'

/** Between looks at a front that cannot be asked, milliseconds. */
const lookMs = 5000

interface AwaitTierOptions<Front extends AskableFront> extends Omit<
  LookAheadOptions,
  'budgetMs' | 'open'
> {
  /** A front to ask; made anew for each try, since a link that was closed stays closed. */
  readonly create: () => Front
  readonly open: (front: Front) => Promise<void>
  /** What keeps brokers from answering is told where they are asked; true where it is to be told here as well. */
  readonly isToBeTold: (thrown: unknown) => boolean
}

/**
 * Asks without end.
 * @returns what the tier told, and the front that it told it by, open.
 * @throws what an open throws that no waiting mends; DDNN_TRANSPORT_CLOSED when the signal aborts.
 */
export async function awaitTier<Front extends AskableFront>({
  create,
  open,
  isToBeTold,
  ...options
}: AwaitTierOptions<Front>): Promise<{ readonly told: KnownTier; readonly front: Front }> {
  const { wait, signal } = options
  for (;;) {
    const front = create()
    try {
      const { reply } = await lookAhead(front, {
        ...options,
        budgetMs: Infinity,
        open: () => open(front),
      })
      if (isKnown(reply)) return { told: reply, front }
      wait.tell(`'${reply?.tier}' is of a release that does not say what it takes`)
    } catch (thrown) {
      const error = toDdnnError(thrown)
      const isOtherRelease = error.code.startsWith('DDNN_FRAME_')
      if (signal.aborted || (!error.retriable && !isOtherRelease)) {
        await front.requester.close()
        throw thrown
      }
      if (isOtherRelease || isToBeTold(thrown)) wait.tell(error.message)
    }
    await front.requester.close()
    await sleep(lookMs, undefined, { signal })
  }
}
