// What the wire takes at most, and how large a value can get: checked before anything is allocated,
// and against the topics at start, so that no message is refused in mid-run.
import { sizeOf, type DType, type Shape } from '../../domain/tensor.ts'
import type { WireForm } from './wire.ts'

/** Most axes of a tensor, without the batch axis. */
export const maxRank = 8

/** Longest JSON header of a frame, bytes. */
export const maxHeaderBytes = 1_048_576

/** Longest header that this side writes into a request: names and hashes, a few hundred bytes. */
export const maxRequestHeaderBytes = 4096

/** Most hops of a reply; a chain of tiers is a handful. */
export const maxHops = 16

/** Most classes of an exit that a reply may carry. */
export const maxClasses = 100_000

/** Longest message of an error reply, characters; the rest is cut. */
export const maxProblemLength = 1000

/** The longest number and its separator in JSON text: '-1.1754943508222875e-38, '. */
const jsonBytesPerNumber = 26

/** Names, times, keys and an error message of one hop in JSON. */
const bytesPerHop = 2048 + 6 * maxProblemLength

/**
 * The largest request of one sample, bytes; shape without the batch axis. A JPEG is not bounded by its
 * shape, but one that is larger than its pixels is better sent as pixels: take uint8 for it.
 */
export function maxRequestBytes(shape: Shape, as: DType | 'json'): number {
  const elements = sizeOf(shape)
  if (as !== 'json') return 12 + maxRequestHeaderBytes + elements * (as === 'float32' ? 4 : 1)
  return elements * jsonBytesPerNumber + bracketBytes(shape)
}

/**
 * The largest reply, bytes, of a chain of so many tiers. An original that offloaded repeats its raw
 * input in its reply: `rawElements` is the sum over such tiers.
 */
export function maxReplyBytes(
  classes: number,
  hops: number,
  form: WireForm = 'binary',
  rawElements = 0,
): number {
  // Each element of a raw input of shape [..., 1] has brackets of its own.
  const raw = form === 'json' ? rawElements * (jsonBytesPerNumber + 4) : 0
  return 12 + hops * (bytesPerHop + classes * jsonBytesPerNumber) + raw
}

/** Brackets and separators of the nested lists, the batch axis among them. */
function bracketBytes(shape: Shape): number {
  let lists = 1
  let bytes = 4
  for (const axis of shape) {
    bytes += lists * 4
    lists *= axis
  }
  return bytes
}
