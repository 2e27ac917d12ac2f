// A device without models: every image is asked of the front.
import type { TierMeter } from '../../telemetry/metrics/tier-meter.ts'
import { sendAttributes, type Destination } from '../../telemetry/tracing/message-attributes.ts'
import type { Requester } from '../transport/transport.ts'
import type { Wire } from '../wire/wire.ts'
import type { AnswerImage } from './device.ts'

interface FrontAnswerOptions {
  /** Counts bytes. */
  readonly meter?: Pick<TierMeter, 'moved'>
  /** Where requests go, as traces name it. */
  readonly destination?: Destination | undefined
}

/** Images over a front link, in the form of its wire. */
export function createFrontAnswer(
  requester: Requester,
  wire: Wire,
  labelsHash: string | undefined,
  { meter, destination }: FrontAnswerOptions = {},
): AnswerImage {
  return async (image, { thresholds, span, ...call }) => {
    const value = wire.encodeRequest(image, { family: undefined, labelsHash, thresholds })
    const codec = 'codec' in image ? image.codec : image.dtype
    meter?.moved('sent', codec, value.byteLength)
    const sending = span?.child(`send ${destination?.topic ?? 'front'}`, 'producer', () => ({
      ...sendAttributes(destination),
      'messaging.message.body.size': value.byteLength,
      'ddnn.codec': codec,
    }))
    try {
      const incoming = await requester.ask(value, { ...call, trace: sending?.trace })
      meter?.moved('answered', wire.form, incoming.value.byteLength)
      const reply = wire.decodeReply(incoming.value, incoming.wireVersion)
      sending?.end()
      return reply
    } catch (thrown) {
      sending?.end(String(thrown))
      throw thrown
    }
  }
}
