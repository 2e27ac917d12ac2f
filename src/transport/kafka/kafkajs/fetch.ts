// The answer to a Fetch, read down to the record batches of each partition, whose bytes are handed on as
// they are: kafkajs's own reader unpacks and reads every record at once, and one that cannot be read makes
// it throw the whole answer away, for ever. Versions 4 to 11 of the protocol.
import type { FetchedPartition } from '../port.ts'
import { protocolErrors, type ProtocolResponse } from './internals.ts'

export function fetchResponse(version: number): ProtocolResponse {
  return {
    decode: (raw) => Promise.resolve(readFetch(raw, version)),
    parse: (decoded) => Promise.resolve(decoded),
  }
}

/** Of one topic. Throws the broker's error for the whole request, or a RangeError for one cut off. */
function readFetch(raw: Buffer, version: number): readonly FetchedPartition[] {
  let at = 4 // throttle
  const int16 = () => raw.readInt16BE((at += 2) - 2)
  const int32 = () => raw.readInt32BE((at += 4) - 4)
  const int64 = () => raw.readBigInt64BE((at += 8) - 8)
  const times = <T>(read: () => T): T[] =>
    Array.from({ length: Math.max(0, int32()) }, () => read())
  if (version >= 7) {
    const code = int16()
    int32() // session
    if (code !== 0) throw protocolErrors.createErrorFromCode(code)
  }
  const readPartition = (): FetchedPartition => {
    const partition = int32()
    const code = int16()
    const high = int64()
    int64() // last stable offset
    if (version >= 5) int64() // log start
    const abortedTransactions = times(() => ({ producerId: int64(), firstOffset: int64() }))
    if (version >= 11) int32() // preferred replica
    const size = Math.max(0, int32())
    const records = raw.subarray(at, at + size)
    at += size
    const error = code === 0 ? undefined : protocolErrors.createErrorFromCode(code)
    return { partition, high, error, abortedTransactions, records }
  }
  return times(() => {
    at += 2 + raw.readInt16BE(at) // topic
    return times(readPartition)
  }).flat()
}
