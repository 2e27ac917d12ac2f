// The door of a tier: what comes over HTTP or gRPC is asked over a link within this process, as a device asks
// over Kafka. So a tier cannot tell where a request came from, and admission, budgets, metrics and replies
// are the same for both.
import { createFrontAnswer } from '../serving/device/ask-front.ts'
import type { AnswerImage } from '../serving/device/device.ts'
import { createInProcessTransport } from '../serving/transport/in-process/in-process-transport.ts'
import type { FrameLimits, RequestHandler } from '../serving/transport/transport.ts'
import { createFront, openFront, type ProcessContext } from './links.ts'

interface TierDoorOptions extends FrameLimits {
  readonly handle: RequestHandler
  /** Most requests that the tier is handed at once; the rest waits. */
  readonly handedOver: number
  readonly context: ProcessContext
}

interface TierDoor {
  readonly answer: AnswerImage
  close(signal: AbortSignal): Promise<void>
}

const requestTopic = 'door'
const replyTopic = 'door-replies'

/** Resolves once requests flow. */
export async function openTierDoor(options: TierDoorOptions): Promise<TierDoor> {
  const { context, handle, handedOver: maxInFlight, maxRequestBytes, maxReplyBytes } = options
  const sizes = { maxRequestBytes, maxReplyBytes }
  const topics = { requestTopic, replyTopic }
  const transport = createInProcessTransport({ log: context.log })
  const back = transport.backLink({ ...topics, ...sizes, groupId: context.name, maxInFlight })
  const front = createFront(
    transport,
    {
      ...topics,
      ...sizes,
      form: 'binary',
      ordinal: undefined,
      // The door itself bounds what is under way.
      maxInFlight: Number.MAX_SAFE_INTEGER,
      whenOpen: 'wait',
    },
    context,
  )
  await back.open(handle)
  await openFront(front)
  return {
    answer: createFrontAnswer(front.requester, front.wire, undefined, {
      destination: front.destination,
    }),
    close: async (signal) => {
      await back.close(signal)
      await front.requester.close()
      await transport.close()
    },
  }
}
