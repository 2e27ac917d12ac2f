// One Produce (version 3) over a socket of its own, for tests: the bytes of batches as they are given, with
// no client between that would refuse to write them.
import { connect } from 'node:net'
import { leaderOf } from './raw-fetch.ts'

/** To partition 0; resolves when the broker has taken them and rejects with the number of its error. */
export async function rawProduce(bootstrap: string, topic: string, batches: Buffer): Promise<void> {
  const { host, port } = await leaderOf(bootstrap, topic)
  const code = await new Promise<number>((resolve, reject) => {
    const socket = connect(port, host, () => socket.write(request(topic, batches)))
    let received = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('data', (part) => {
      received = Buffer.concat([received, part])
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return
      socket.destroy()
      resolve(errorOf(received))
    })
  })
  if (code !== 0) throw new Error(`Expected a broker to take the batch, got its error ${code}`)
}

function request(topic: string, batches: Buffer): Buffer {
  const name = Buffer.from(topic)
  const bytes = Buffer.alloc(42 + name.length)
  let at = 4
  const int16 = (value: number) => (at = bytes.writeInt16BE(value, at))
  const int32 = (value: number) => (at = bytes.writeInt32BE(value, at))
  for (const value of [0, 3]) int16(value) // Produce, version
  int32(1) // correlation
  for (const value of [-1, -1, -1]) int16(value) // no client id, no transaction, acks of all
  int32(30_000)
  int32(1)
  int16(name.length)
  at += name.copy(bytes, at)
  for (const value of [1, 0, batches.length]) int32(value) // partitions, the first, its bytes
  bytes.writeInt32BE(at - 4 + batches.length, 0)
  return Buffer.concat([bytes.subarray(0, at), batches])
}

function errorOf(bytes: Buffer): number {
  let at = 4 + 4 + 4 // size, correlation, count of topics
  at += 2 + bytes.readInt16BE(at)
  at += 4 + 4 // count of partitions, partition
  return bytes.readInt16BE(at)
}
