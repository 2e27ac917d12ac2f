// The front of a device: who stands there is asked first, so that images, labels and what is sent are as that tier
// takes them, and what cannot fit ends the start before anything is sent.
import type { DeviceConfig, InputConfig } from '../cli/config.ts'
import type { AboutReply } from '../serving/device/ask-about.ts'
import { assertFits, isKnown, type KnownTier, type Sent } from '../serving/device/fits.ts'
import { createToldWait } from '../serving/device/told-once.ts'
import { describeShape } from '../domain/tensor.ts'
import { ConfigError, ReplyError, toDdnnError } from '../errors.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Transport } from '../serving/transport/transport.ts'
import { imageSizes, probeSizes } from './frame-sizes.ts'
import { sendFormOf, sentAs, type OpenedInput } from './inputs.ts'
import { createFront, openFront, type ProcessContext, type OpenableFront } from './links.ts'
import { lookAhead, unknownOf, type LookedAhead } from '../serving/device/look-ahead.ts'

/** The tier in front, as far as it told of itself, and the link to it where that is open already. */
interface DeviceFront {
  /** Undefined where nobody answered, or one of a release that tells nothing. */
  readonly tier: KnownTier | undefined
  readonly opened: OpenableFront | undefined
}

/**
 * Asks within the time of a sample. An original, which would take the question for an image, is not asked.
 * @throws what an open throws, DDNN_REPLY_TIMEOUT, DDNN_CONFIG_INVALID where labels are needed and not told.
 */
export async function lookAtFront(
  config: DeviceConfig,
  transport: Transport,
  context: ProcessContext,
  signal: AbortSignal,
  onWarm: (missing: () => readonly string[]) => void,
): Promise<DeviceFront> {
  const { front: link, timeoutMs: budgetMs, wireFront } = config
  if (link === undefined || wireFront === 'json') return { tier: undefined, opened: undefined }
  const wait = createToldWait(context.log)
  const front = createDeviceFront(config, transport, context, probeSizes)
  onWarm(() => [unknownOf(front, link, wait)])
  try {
    const makesTopics = config.topics.create
    const open = () => openFront(front)
    const options = { transport, link, budgetMs, wait, makesTopics, signal, open }
    const { reply, isOpen } = await lookAhead(front, options).catch((thrown: unknown) =>
      passOver(thrown, context.log),
    )
    const tier = isKnown(reply) ? reply : undefined
    assertLabelsKnown(config, reply, wait.reason)
    if (reply === undefined) {
      context.log.warn(
        `no tier told what it takes within ${budgetMs} ms: images are sent all the same`,
      )
    }
    if (isOpen) return { tier, opened: front }
    await front.requester.close()
    return { tier, opened: undefined }
  } catch (thrown) {
    await front.requester.close()
    throw thrown
  }
}

/** A tier of another wire version refuses every sample, and each says so in its row. */
function passOver(thrown: unknown, log: Logger): LookedAhead {
  const error = toDdnnError(thrown)
  if (!error.code.startsWith('DDNN_FRAME_')) throw thrown
  log.warn(`what the tier in front takes is not known: ${error.message}`)
  return { reply: undefined, isOpen: true }
}

function assertLabelsKnown(
  { input, front, timeoutMs }: DeviceConfig,
  reply: AboutReply | undefined,
  reason: string | undefined,
): void {
  if (input.kind === 'cifar10' || input.labelsFile !== undefined) return
  if (reply?.about?.labels !== undefined) return
  if (reply !== undefined) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected --labels, or a tier that tells its labels, got none of '${reply.tier}'`,
      {
        hint: 'Pass --labels FILE: its models name none, or it is of an earlier release',
      },
    )
  }
  throw new ReplyError(
    'DDNN_REPLY_TIMEOUT',
    `Expected the tier at '${front?.requestTopic}' to tell its labels within ${timeoutMs} ms, got no answer${reason === undefined ? '' : `: ${reason}`}`,
    { hint: 'Start the tier in front, or pass --labels FILE' },
  )
}

/** What a device sends, as far as it is known before its first sample. */
export function sentImages(input: InputConfig, { input: images, shape }: OpenedInput): Sent {
  const isOwn = input.preprocessModule !== undefined
  return {
    family: undefined,
    labels: images.labels,
    form: isOwn ? input.send : sendFormOf(input, 'binary'),
    shape: isOwn ? undefined : shape,
    ...(input.kind === 'cifar10'
      ? { howToSend: `Ask a tier for images of ${describeShape(shape)}, as those of --cifar10 are` }
      : {}),
  }
}

/**
 * The front ready for this input; nothing of it stays open where that fails.
 * @throws DDNN_LABELS_MISMATCH, DDNN_FRAME_SHAPE where the tier takes something else; what an open throws.
 */
export async function openDeviceFront(
  config: DeviceConfig,
  { tier, opened }: DeviceFront,
  input: OpenedInput,
  transport: Transport,
  context: ProcessContext,
): Promise<OpenableFront> {
  const { wireFront: form } = config
  const classes = input.input.labels.length
  // A user's own preprocessing makes what the tier takes, and is held to it with the first sample.
  const isOwn = config.input.preprocessModule !== undefined
  const shape = (isOwn ? tier?.about.input : undefined) ?? input.shape
  const sizes = imageSizes(shape, sentAs(config.input, form), classes, form)
  if (tier !== undefined) assertFits(tier, sentImages(config.input, input))
  if (opened !== undefined) {
    await opened.fit(sizes)
    return opened
  }
  const front = createDeviceFront(config, transport, context, sizes)
  await openFront(front)
  return front
}

function createDeviceFront(
  config: DeviceConfig,
  transport: Transport,
  context: ProcessContext,
  sizes: typeof probeSizes,
): OpenableFront {
  const { front, wireFront: form, ordinal, maxInFlight } = config
  if (front === undefined) throw new Error('a device without a front')
  return createFront(
    transport,
    { ...front, ...sizes, form, ordinal, maxInFlight, whenOpen: 'wait' },
    context,
  )
}
