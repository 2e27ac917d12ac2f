// A device without models: every image is asked of the front.
import type { Requester } from '../transport/transport.ts'
import type { Wire } from '../wire/wire.ts'
import type { AnswerImage } from './device.ts'

/** Images over a front link, in the form of its wire; `onSend` is told the size of each request. */
export function createFrontAnswer(
  requester: Requester,
  wire: Wire,
  labelsHash: string | undefined,
  onSend: (bytes: number) => void,
): AnswerImage {
  return async (image, { thresholds, ...call }) => {
    const value = wire.encodeRequest(image, { family: undefined, labelsHash, thresholds })
    onSend(value.byteLength)
    const incoming = await requester.ask(value, call)
    return wire.decodeReply(incoming.value, incoming.wireVersion)
  }
}
