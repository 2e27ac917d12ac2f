// Who stands in front, asked before anything is sent: over links of its own, which make no topic. What a tier
// takes decides how large this process' own links must be.
import type { CommonConfig, LinkConfig } from '../cli/config.ts'
import { askAbout, type AboutReply } from '../device/ask-about.ts'
import { imageSizes } from './frame-sizes.ts'
import { createFront, createKafka, type LinkContext } from './links.ts'

/** As the question itself needs them. */
const probeSizes = imageSizes([1, 1, 3], 'uint8', undefined, 'binary')

/**
 * Asks once, waiting for brokers, topics and the answer within the budget, milliseconds.
 * @throws DDNN_REPLY_TIMEOUT, DDNN_TRANSPORT_*
 */
export async function lookAhead(
  config: Pick<CommonConfig, 'topics'>,
  link: LinkConfig,
  context: LinkContext,
  budgetMs: number,
  signal: AbortSignal,
): Promise<AboutReply> {
  const topics = { ...config.topics, create: false, isAwaited: true }
  const transport = createKafka(link, { topics, startTimeoutMs: budgetMs }, context)
  const close = () => void transport.close()
  signal.addEventListener('abort', close, { once: true })
  const front = createFront(
    transport,
    {
      ...link,
      ...probeSizes,
      form: 'binary',
      ordinal: undefined,
      maxInFlight: 1,
      whenOpen: 'wait',
    },
    context,
  )
  const { requester, wire } = front
  const startedAt = performance.now()
  try {
    await requester.open()
    const leftMs = Math.max(1, budgetMs - (performance.now() - startedAt))
    return await askAbout(requester, wire, leftMs, signal)
  } finally {
    signal.removeEventListener('abort', close)
    await requester.close()
    await transport.close()
  }
}
