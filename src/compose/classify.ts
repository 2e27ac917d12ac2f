// Who answers `ddnn classify`: the models of this process, a tier in front, or the door of another process.
import type { GatewayConfig } from '../cli/config.ts'
import { openHttpAsker, type HttpAskerOptions } from '../serving/classify/askers/http-asker.ts'
import type { Asker, Picture, SourceContext } from '../serving/classify/classify.ts'
import { verdictOfReply } from '../serving/classify/reply-verdict.ts'
import { problemOf } from '../serving/device/drive.ts'
import type { AnswerImage } from '../serving/device/device.ts'
import type { DoorModel } from '../serving/door/door.ts'
import { ConfigError, ReplyError, type ErrorCode } from '../errors.ts'
import type { Orientation } from '../domain/orientation.ts'
import { howToFit } from '../domain/how-to-fit.ts'
import { describeShape, type Shape } from '../domain/tensor.ts'
import { createImageDecoder } from '../input/decode.ts'
import { thumbnailOf, thumbnailOfPixels } from '../input/thumbnail.ts'
import type { Logger } from '../telemetry/log.ts'
import { openGateway } from './gateway.ts'
import { createContext, createKafka } from './links.ts'

export type AnsweredBy =
  | {
      /** By models here, a front link, or both: what a gateway stands on. */
      readonly kind: 'own'
      readonly config: GatewayConfig
      /** Of each image, for all exits; the models' own where undefined. */
      readonly threshold: number | undefined
    }
  | ({ readonly kind: 'http' } & HttpAskerOptions)

/**
 * Resolves when it can answer; a tier in front is waited for as long as one image may take.
 * @throws what a start throws; DDNN_CONFIG_INVALID for models that take no images, DDNN_REPLY_TIMEOUT
 */
export async function openAsker(by: AnsweredBy, log: Logger, signal: AbortSignal): Promise<Asker> {
  return by.kind === 'http' ? openHttpAsker(by, signal) : openOwnAsker(by, log, signal)
}

async function openOwnAsker(
  { config, threshold }: Extract<AnsweredBy, { kind: 'own' }>,
  log: Logger,
  signal: AbortSignal,
): Promise<Asker> {
  const context = createContext(config.name, log)
  const transport =
    config.front === undefined ? undefined : createKafka(config.front, config, context)
  const late = AbortSignal.timeout(config.timeoutMs)
  // Models take the time that they take to load; a front alone is waited for so long.
  const waitsForTier = config.models.length === 0
  const ends = waitsForTier ? AbortSignal.any([signal, late]) : signal
  const onEnd = () => void transport?.close()
  ends.addEventListener('abort', onEnd, { once: true })
  try {
    const gateway = await openGateway(config, transport, context, ends, { onWarm: () => undefined })
    ends.removeEventListener('abort', onEnd)
    const close = async () => {
      await gateway.close(AbortSignal.abort())
      await transport?.close()
    }
    const model = gateway.backend.model()
    if (model?.takesImages === true && model.input[2] === 3)
      return toAsker(gateway.backend, model, config, threshold, close)
    await close()
    throw noImages(model)
  } catch (thrown) {
    await transport?.close()
    if (!waitsForTier || !late.aborted || signal.aborted || config.front === undefined) throw thrown
    throw new ReplyError(
      'DDNN_REPLY_TIMEOUT',
      `Expected a tier to answer at '${config.front.requestTopic}' within ${config.timeoutMs} ms, got none`,
      {
        hint: 'Start it, or look with `ddnn doctor` and the flags of the front link',
        cause: thrown,
      },
    )
  }
}

function toAsker(
  backend: { readonly model: () => DoorModel | undefined; readonly answer: AnswerImage },
  { input, labels, orientation }: DoorModel,
  { timeoutMs }: GatewayConfig,
  threshold: number | undefined,
  close: () => Promise<void>,
): Asker {
  const [height = 0, width = 0] = input
  const thresholds = threshold === undefined ? undefined : [threshold]
  return {
    height,
    width,
    labels,
    orientation,
    async ask(pixels, signal) {
      const reply = await backend.answer(pixels, { budgetMs: timeoutMs, signal, thresholds })
      const verdict = verdictOfReply(reply, backend.model()?.labels ?? labels)
      if (verdict !== undefined) return verdict
      const problem = problemOf(reply)
      throw new ReplyError(problem.code as ErrorCode, problem.message)
    },
    close,
  }
}

function noImages(model: DoorModel | undefined): ConfigError {
  const got = model === undefined ? 'none' : `those for ${describeShape(model.input)}`
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected models that take images of 3 channels, got ${got}`,
    { hint: hintOf(model?.input) },
  )
}

/** Features come of the models before; another tensor comes of a module, which `classify` does not take. */
function hintOf(input: Shape = []): string {
  const isTensor = input.length === 1 || (input.length === 3 && input[2] === 1)
  return isTensor
    ? `${howToFit(input)}. A run (ddnn -i DIR --models ...) and ddnn evaluate take such modules, ddnn classify takes images alone`
    : 'Pass the folders of the whole chain to --models, the first submodel first'
}

/** How files become pixels of the asker's size. */
export function createDecode(
  { height, width, orientation: ofModel }: Pick<Asker, 'height' | 'width' | 'orientation'>,
  maxPixels: number | undefined,
  orientation?: Orientation,
): SourceContext['decode'] {
  const decoder = createImageDecoder({ maxPixels, orientation })
  const shape = [height, width, 3]
  return async (bytes) => ({
    dtype: 'uint8',
    shape,
    data: await decoder(bytes, height, width, ofModel),
  })
}

/** A small image of a picture, as a data URI. */
export function smallOf({ file, pixels }: Picture): Promise<string> {
  const [height = 0, width = 0] = pixels.shape
  return file === undefined ? thumbnailOfPixels(pixels.data, height, width) : thumbnailOf(file)
}
