// A device without models: every image is asked of the front.
import type { TierMeter } from '../../telemetry/metrics/tier-meter.ts'
import type { Requester } from '../transport/transport.ts'
import type { Wire } from '../wire/wire.ts'
import type { AnswerImage } from './device.ts'

/** Images over a front link, in the form of its wire; `meter` counts their bytes. */
export function createFrontAnswer(
  requester: Requester,
  wire: Wire,
  labelsHash: string | undefined,
  meter?: Pick<TierMeter, 'moved'>,
): AnswerImage {
  return async (image, { thresholds, ...call }) => {
    const value = wire.encodeRequest(image, { family: undefined, labelsHash, thresholds })
    meter?.moved('sent', 'codec' in image ? image.codec : image.dtype, value.byteLength)
    const incoming = await requester.ask(value, call)
    meter?.moved('answered', wire.form, incoming.value.byteLength)
    return wire.decodeReply(incoming.value, incoming.wireVersion)
  }
}
