// Two questions of Kafka's protocol that a broker answers to anyone, before a login: which requests it
// takes, and whether it wants a login. kafkajs asks both, but keeps the answers to itself.
import type { Socket } from 'node:net'
import { NoAnswerError } from '../../linked-signal.ts'

/** Versions of one kind of request, by its number in Kafka's protocol. */
export interface ApiRange {
  readonly key: number
  readonly min: number
  readonly max: number
}

interface LoginWanted {
  /** False where the listener takes everyone as they come. */
  readonly isWanted: boolean
  /** 'PLAIN', 'SCRAM-SHA-512'; empty where none is wanted. */
  readonly mechanisms: readonly string[]
}

const apiVersions = 18
const saslHandshake = 17
const unsupportedMechanism = 33
const clientName = 'ddnn-doctor'
/** An answer is some hundred bytes; more is not Kafka. */
const maxAnswerBytes = 1 << 16

/**
 * The requests that the broker takes. Rejects when what answers is not Kafka, or nothing does.
 */
export async function askApiVersions(
  socket: Socket,
  signal: AbortSignal,
): Promise<readonly ApiRange[]> {
  const answer = await ask(socket, apiVersions, 0, Buffer.alloc(0), signal)
  const count = answer.length < 6 ? -1 : answer.readInt32BE(2)
  if (count < 1 || answer.length < 6 + count * 6) throw new Error(notKafka)
  return Array.from({ length: count }, (_, i) => ({
    key: answer.readInt16BE(6 + i * 6),
    min: answer.readInt16BE(8 + i * 6),
    max: answer.readInt16BE(10 + i * 6),
  }))
}

/** Asks for a mechanism that no broker has, so that it names those that it has. */
export async function askLogin(socket: Socket, signal: AbortSignal): Promise<LoginWanted> {
  const answer = await ask(socket, saslHandshake, 1, stringOf('NONE'), signal)
  if (answer.length < 6) throw new Error(notKafka)
  if (answer.readInt16BE(0) !== unsupportedMechanism) return { isWanted: false, mechanisms: [] }
  const mechanisms: string[] = []
  for (let i = answer.readInt32BE(2), at = 6; i > 0; i--) {
    const end = at + 2 + answer.readInt16BE(at)
    mechanisms.push(answer.toString('utf8', at + 2, end))
    at = end
  }
  return { isWanted: true, mechanisms }
}

const notKafka = 'an answer that is not of Kafka'

/** One request and the body of its answer; nothing else may be under way on the socket. */
function ask(
  socket: Socket,
  key: number,
  version: number,
  body: Buffer,
  signal: AbortSignal,
): Promise<Buffer> {
  const head = Buffer.alloc(12)
  head.writeInt16BE(key, 4)
  head.writeInt16BE(version, 6)
  head.writeInt32BE(key, 8) // correlation id: any
  const request = Buffer.concat([head, stringOf(clientName), body])
  request.writeInt32BE(request.length - 4, 0)
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0)
    const settle = (act: () => void) => {
      socket.off('data', onData).off('close', onClose)
      signal.removeEventListener('abort', onAbort)
      act()
    }
    const onClose = () => settle(() => reject(new Error('it closed the connection')))
    const onAbort = () => settle(() => reject(new NoAnswerError()))
    const onData = (bytes: Buffer) => {
      received = Buffer.concat([received, bytes])
      if (received.length < 8) return
      const size = received.readInt32BE(0)
      if (size < 4 || size > maxAnswerBytes || received.readInt32BE(4) !== key) {
        settle(() => reject(new Error(notKafka)))
      } else if (received.length >= size + 4) {
        settle(() => resolve(received.subarray(8, size + 4)))
      }
    }
    socket.on('data', onData).once('close', onClose)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) return onAbort()
    if (socket.destroyed) return onClose()
    socket.write(request)
  })
}

function stringOf(text: string): Buffer {
  const bytes = Buffer.alloc(2 + Buffer.byteLength(text))
  bytes.writeInt16BE(bytes.length - 2, 0)
  bytes.write(text, 2)
  return bytes
}
