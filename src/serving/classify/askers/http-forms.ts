// What goes over HTTP to a door and comes back: the Open Inference Protocol from the asker's side. Pure.
import { z } from 'zod'
import { confidenceNames } from '../../../domain/confidence.ts'
import { orientations, type Orientation } from '../../../domain/orientation.ts'
import type { Uint8Tensor } from '../../../domain/tensor.ts'
import { ConfigError, ReplyError } from '../../../errors.ts'
import type { Verdict } from '../classify.ts'

interface DoorMetadata {
  readonly height: number
  readonly width: number
  readonly labels: readonly string[] | undefined
  /** What becomes of photos that are stored turned; undefined where the door does not say. */
  readonly orientation: Orientation | undefined
  /** Name of the tensor that images go in. */
  readonly input: string
}

const metadata = z.object({
  inputs: z.array(
    z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.number().int()) }),
  ),
  // A list, or the text of one: gRPC has no lists there.
  parameters: z
    .object({
      labels: z.union([z.array(z.string()), z.string()]).optional(),
      orientation: z.enum(orientations).optional().catch(undefined),
    })
    .optional(),
})

/** @throws DDNN_REPLY_FAILED for other JSON, DDNN_CONFIG_INVALID for a model that takes no images */
export function readMetadata(json: unknown): DoorMetadata {
  const parsed = metadata.safeParse(json)
  if (!parsed.success) {
    throw new ReplyError('DDNN_REPLY_FAILED', "Expected a model's metadata of the door, got others")
  }
  const [input] = parsed.data.inputs
  const [, height = 0, width = 0, channels] = input?.shape ?? []
  if (input?.datatype !== 'UINT8' || channels !== 3 || height < 1 || width < 1) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected a model that takes images behind the door, got one for ${input?.datatype ?? 'nothing'}`,
      { hint: 'Pass the --url of the first tier, or of a gateway in front of it' },
    )
  }
  const { labels, orientation } = parsed.data.parameters ?? {}
  return { height, width, labels: readLabels(labels), orientation, input: input.name }
}

function readLabels(given: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof given === 'string' ? z.array(z.string()).parse(JSON.parse(given)) : given
}

/** One image by the binary extension: a JSON head, then its pixels. */
export function writeQuestion(
  input: string,
  pixels: Uint8Tensor,
  parameters: Readonly<Record<string, number>>,
): { readonly body: Uint8Array; readonly headers: Readonly<Record<string, string>> } {
  const head = {
    inputs: [
      {
        name: input,
        shape: [1, ...pixels.shape],
        datatype: 'UINT8',
        parameters: { binary_data_size: pixels.data.length },
      },
    ],
    parameters,
  }
  const json = Buffer.from(JSON.stringify(head))
  return {
    body: Buffer.concat([json, pixels.data]),
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(json.length),
    },
  }
}

const answer = z.object({
  outputs: z.array(z.object({ name: z.string(), data: z.array(z.unknown()) })),
})

const hop = z.object({
  tier: z.string(),
  exit: z.number().optional(),
  class: z.number().optional(),
  confidence: z.number().optional(),
  // One of a later release says nothing to this one.
  criterion: z.enum(confidenceNames).optional().catch(undefined),
  compute_ms: z.number(),
  total_ms: z.number(),
  fallback: z.boolean(),
})

/** @throws DDNN_REPLY_FAILED for what is no answer to one image */
export function readAnswer(json: unknown, labels: readonly string[] | undefined): Verdict {
  try {
    const { outputs } = answer.parse(json)
    const data = (name: string) => outputs.find((output) => output.name === name)?.data ?? []
    const index = z.number().int().parse(data('class')[0])
    const hops = z.array(hop).parse(JSON.parse(z.string().parse(data('hops')[0])))
    const exit = z.number().parse(data('exit')[0])
    return {
      class: index,
      label: z.string().optional().parse(data('label')[0]) ?? labels?.[index],
      probabilities: z.array(z.number()).parse(data('probabilities')),
      criterion: hops.findLast((one) => one.exit === exit)?.criterion ?? 'softmax',
      confidence: z.number().optional().parse(data('confidence')[0]),
      tier: z.string().parse(data('tier')[0]),
      exit,
      fallback: z.boolean().parse(data('fallback')[0]),
      hops: hops.map(({ compute_ms: computeMs, total_ms: totalMs, ...rest }) => ({
        tier: rest.tier,
        exit: rest.exit,
        class: rest.class,
        confidence: rest.confidence,
        fallback: rest.fallback,
        computeMs,
        totalMs,
      })),
    }
  } catch (cause) {
    throw new ReplyError(
      'DDNN_REPLY_FAILED',
      'Expected the answer to one image of the door, got others',
      { cause },
    )
  }
}
