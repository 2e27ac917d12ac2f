// A door's options over a backend of the test's own: a network of 2 x 3 pixels and two classes.
import type { AnswerImage, ImageCall } from '../../../src/serving/device/device.ts'
import type { Reply } from '../../../src/domain/reply.ts'
import type { DoorModel, DoorOptions } from '../../../src/serving/door/door.ts'
import { createImageDecoder } from '../../../src/input/decode.ts'
import { noTracing } from '../../../src/telemetry/tracing/tracing.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { createLogSink } from '../../helpers/log-sink.ts'

export const madeModel: DoorModel = {
  version: '3',
  family: 'made',
  tier: 'edge',
  input: [2, 3, 3],
  takesImages: true,
  labels: ['rose', 'tulip'],
}

export const madeReply: Reply = {
  tier: 'edge',
  result: { exit: 0, logits: [0.5, 1.5], prediction: 1, confidence: 0.75 },
  computeMs: 1,
  totalMs: 2,
  fallback: false,
  labelsHash: undefined,
  problem: undefined,
  next: undefined,
}

/** Samples and calls that the backend was asked with. */
export interface AskedImage {
  readonly image: Parameters<AnswerImage>[0]
  readonly call: ImageCall
}

export interface MadeOptions extends Partial<DoorOptions> {
  readonly model?: Partial<DoorModel> | 'none'
  readonly missing?: readonly string[]
  readonly answer?: AnswerImage
}

export function madeOptions(made: MadeOptions = {}) {
  const asked: AskedImage[] = []
  const { model, missing = [], answer = () => Promise.resolve(madeReply), ...rest } = made
  const known = model === 'none' ? undefined : { ...madeModel, ...model }
  const sink = createLogSink('info')
  const options: DoorOptions = {
    ...{ name: 'edge', version: '1.2.3', modelName: 'ddnn' },
    backend: {
      model: () => known,
      missing: () => missing,
      answer: (image, call) => {
        asked.push({ image, call })
        return answer(image, call)
      },
    },
    decoder: createImageDecoder({ formats: 'files' }),
    ...{ timeoutMs: 30_000, maxInFlight: 8, maxBodyBytes: 1 << 20 },
    ...{ metrics: createMetrics(), tracing: noTracing, log: sink.log },
    ...rest,
  }
  return { options, asked, sink }
}
