// Good values of the wire, which the fuzzers change: requests and replies in both forms, small and real ones.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The built decoders of a checkout. */
export async function loadWire(root) {
  const load = (path) => import(pathToFileURL(join(root, 'dist', path)).href)
  const [detect, errors, headers] = await Promise.all([
    load('serving/wire/detect.js'),
    load('errors.js'),
    load('serving/transport/headers.js'),
  ])
  return { ...detect, ...errors, ...headers }
}

/** Requests of a few hundred bytes, and replies of one to three hops. */
export function goodValues({ wires }) {
  const none = { family: undefined, labelsHash: undefined }
  const floats = { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 2.5, -3, 4, 5e-20, 6) }
  const pixels = { dtype: 'uint8', shape: [4, 4, 3], data: new Uint8Array(48).map((_, i) => i * 5) }
  const jpeg = {
    codec: 'jpeg',
    dtype: 'uint8',
    shape: [4, 4, 3],
    bytes: Buffer.from('ffd8ffe0', 'hex'),
  }
  const features = {
    dtype: 'float32',
    shape: [6, 6, 3],
    data: Float32Array.from({ length: 108 }, (_, i) => (i % 7) / 2),
  }
  const codecs = ['float32+deflate', 'float16', 'int8', 'int4-channel+deflate', 'int2-channel']
  const hop = (tier, next) => ({
    tier,
    result: { exit: 0, logits: [0.5, 2, -1], prediction: 1, confidence: 0.7 },
    computeMs: 1.5,
    totalMs: 20,
    fallback: false,
    labelsHash: 'abcd',
    problem: undefined,
    next,
  })
  const failed = {
    ...hop('fog', undefined),
    result: undefined,
    problem: { code: 'DDNN_FRAME_SHAPE', message: 'Expected 2x3' },
  }
  const replies = [hop('cloud'), hop('edge', hop('fog', hop('cloud'))), hop('edge', failed)]
  return [
    wires.binary.encodeRequest(floats, { family: 'f', labelsHash: 'l' }),
    wires.binary.encodeRequest(pixels, none),
    wires.binary.encodeRequest(jpeg, none),
    ...codecs.map((codec) => wires.binary.encodeRequest(features, { ...none, codec })),
    wires.json.encodeRequest(floats, none),
    ...replies.flatMap((reply) => [wires.binary.encodeReply(reply), wires.json.encodeReply(reply)]),
  ].map((value) => Buffer.from(value))
}

/** A request's headers, as docs/wire-format.md names them. */
export const goodHeaders = {
  'ddnn-version': '1',
  'correlation-id': 'device-0-1a2b3c:17',
  'reply-partition': '3',
  'budget-ms': '29950',
  'client-id': 'device-0-1a2b3c',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}
