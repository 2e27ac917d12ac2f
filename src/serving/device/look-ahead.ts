// Who stands in front, asked before anything is sent: over the link of the run, which makes no topic for it. While
// nobody answers it is said why. What a tier takes decides how large the frames are that the link is then held to.
import { setTimeout as sleep } from 'node:timers/promises'
import { askAbout, type AboutReply } from './ask-about.ts'
import type { ToldWait } from './told-once.ts'
import { toDdnnError, TransportError } from '../../errors.ts'
import type {
  FrontView,
  MissingTopic,
  ReadingGroup,
  Requester,
  Transport,
} from '../transport/transport.ts'
import type { Wire } from '../wire/wire.ts'

/** What passes within this time is not worth a line, milliseconds. */
const briefMs = 1000
/** Between looks at topics or groups, milliseconds: doubled up to the second. */
const [firstPauseMs, mostPauseMs] = [250, 5000]
/** Groups are many, and all are asked for: between looks at them, at most. */
const mostGroupPauseMs = 30_000
/** A question stands in the topic for so long at most; then it is asked anew, milliseconds. */
const longestAskMs = 60_000

interface FrontTopics {
  readonly requestTopic: string
  readonly replyTopic: string
}

/** As far as a front is asked who it is. */
export interface AskableFront {
  readonly requester: Requester
  readonly wire: Wire
}

export interface LookAheadOptions {
  readonly transport: Transport
  readonly link: FrontTopics
  /** Longest wait for topics and an answer, milliseconds; Infinity waits without end. */
  readonly budgetMs: number
  readonly wait: ToldWait
  /** Whether an open makes topics that are missing: then they are waited for before it. */
  readonly makesTopics: boolean
  readonly signal: AbortSignal
  /** Opens the front; one that does not open is closed again. */
  readonly open: () => Promise<void>
}

export interface LookedAhead {
  /** Undefined where nobody answered in time. */
  readonly reply: AboutReply | undefined
  /** False where a topic was missing to the end: then nothing was opened or asked. */
  readonly isOpen: boolean
}

type TellGroups = (groups: readonly ReadingGroup[] | undefined) => void

/**
 * Opens the front once its topics are there, and asks it.
 * @throws what an open throws for brokers and credentials, DDNN_TRANSPORT_CLOSED when the signal aborts,
 *   DDNN_FRAME_* for an answer of another wire version.
 */
export async function lookAhead(
  front: AskableFront,
  options: LookAheadOptions,
): Promise<LookedAhead> {
  const { transport, link, budgetMs, wait, signal } = options
  const view = transport.viewFront?.(link)
  // Where an open makes no topics it refuses missing ones, or waits for them, by itself.
  let end = performance.now() + budgetMs
  if (options.makesTopics && view !== undefined && !(await areTopicsThere(view, end, options))) {
    return { reply: undefined, isOpen: false }
  }
  const tellGroups: TellGroups = (groups) => wait.tell(describeReaders(groups, link))
  await options.open()
  if (!options.makesTopics) end = performance.now() + budgetMs
  const over = new AbortController()
  if (view !== undefined) void tellReaders(view, tellGroups, over.signal)
  try {
    const reply = await askUntil(front, end, signal)
    if (reply !== undefined) wait.over(`'${reply.tier}' answers at '${link.requestTopic}'`)
    else if (wait.reason === undefined) await view?.readers().then(tellGroups, () => undefined)
    return { reply, isOpen: true }
  } finally {
    over.abort()
  }
}

/** Asks again while nobody answers; undefined when the time is over. */
async function askUntil(
  { requester, wire }: AskableFront,
  end: number,
  signal: AbortSignal,
): Promise<AboutReply | undefined> {
  do {
    const leftMs = Math.max(1, end - performance.now())
    try {
      return await askAbout(requester, wire, Math.min(leftMs, longestAskMs), signal)
    } catch (thrown) {
      const { code } = toDdnnError(thrown)
      const isSilence = code === 'DDNN_REPLY_TIMEOUT' || code === 'DDNN_TRANSPORT_UNREACHABLE'
      if (!isSilence || signal.aborted) throw thrown
    }
  } while (performance.now() < end)
  return undefined
}

/** What keeps a front from being known, for readiness. */
export function unknownOf(
  { requester }: AskableFront,
  { requestTopic }: Pick<FrontTopics, 'requestTopic'>,
  wait: ToldWait,
): string {
  const { reason } = requester.state
  return wait.reason ?? reason ?? `no tier has answered at '${requestTopic}' yet`
}

/** Waits for both topics; false when the time is over. */
async function areTopicsThere(
  view: FrontView,
  end: number,
  { wait, signal, link }: LookAheadOptions,
): Promise<boolean> {
  const startedAt = performance.now()
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, mostPauseMs)) {
    const missing = await view.missingTopics()
    if (missing.length === 0) {
      wait.over(`topics '${link.requestTopic}' and '${link.replyTopic}' are there`)
      return true
    }
    const now = performance.now()
    if (now >= end || now + pauseMs - startedAt > briefMs) wait.tell(describeMissing(missing))
    if (now >= end) return false
    await sleep(Math.min(pauseMs, end - now), undefined, { signal }).catch(() => {
      throw new TransportError(
        'DDNN_TRANSPORT_CLOSED',
        `Expected topics '${link.requestTopic}' and '${link.replyTopic}' to be waited for, got the end of this process`,
      )
    })
  }
}

/** Never rejects: of brokers that are away the watch over them tells. */
async function tellReaders(
  view: FrontView,
  tellGroups: TellGroups,
  signal: AbortSignal,
): Promise<void> {
  for (let pauseMs = briefMs; ; pauseMs = Math.min(pauseMs * 2, mostGroupPauseMs)) {
    try {
      await sleep(pauseMs, undefined, { signal })
      const groups = await view.readers()
      if (!signal.aborted) tellGroups(groups)
    } catch {
      if (signal.aborted) return
    }
  }
}

function describeMissing(missing: readonly MissingTopic[]): string {
  return missing
    .map(({ topic, place, near }) => {
      const meant = near === undefined ? '' : `; did you mean '${near}'?`
      return `topic '${topic}' is missing at ${place}${meant}`
    })
    .join(', ')
}

function describeReaders(
  groups: readonly ReadingGroup[] | undefined,
  { requestTopic, replyTopic }: FrontTopics,
): string {
  if (groups === undefined) {
    return `no tier has answered at '${requestTopic}'; whether one reads it is not known, since this login may not see its group`
  }
  if (groups.length === 0)
    return `no tier reads '${requestTopic}': no consumer group has members there`
  const shown = groups.map(({ groupId, members }) => `'${groupId}' (${members} members)`).join(', ')
  return `${shown} reads '${requestTopic}', and has not answered in '${replyTopic}'`
}
