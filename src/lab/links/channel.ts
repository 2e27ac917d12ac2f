// One direction of a link: a queue whose bytes leave at a rate, one after the other, and arrive a delay later.
// All connections of the link share it, as they share a wire.
import { createAlarm } from './alarm.ts'

interface ChannelOptions {
  /** Propagation, milliseconds. */
  readonly delayMs: number
  /** Infinity for a link that takes no time to send on. */
  readonly bitsPerSecond: number
}

export interface Channel {
  /**
   * Calls `arrive` when so many bytes have arrived, piece by piece, with where a piece begins and ends: never early,
   * in the order of sending, and the last piece with as little delay as can be.
   */
  send(bytes: number, arrive: (start: number, end: number) => void): void
  /** Resolves once the sender may go on: what is under way fits the link and a queue before it. */
  room(): Promise<void>
  /** All bytes sent so far. */
  readonly bytes: number
}

interface Piece {
  /** When its last bit arrives, by performance.now(). */
  readonly at: number
  readonly bytes: number
  /** The last of what was sent in one: somebody waits for it. */
  readonly isLast: boolean
  readonly arrive: () => void
}

/** One read of a socket. */
const readBytes = 65_536
const packetBytes = 1500
const pieceMs = 1
const queueMs = 20

/** A channel with nothing under way. It keeps time by itself; nothing is to be closed. */
export function createChannel({ delayMs, bitsPerSecond }: ChannelOptions): Channel {
  const bytesPerMs = bitsPerSecond / 8000
  const pieceBytes = Math.min(readBytes, Math.max(packetBytes, Math.floor(pieceMs * bytesPerMs)))
  const mostBytes = 2 * readBytes + (delayMs + queueMs) * bytesPerMs
  const underWay: Piece[] = []
  const waiting: (() => void)[] = []
  let bytesUnderWay = 0
  let freeAt = 0
  let sent = 0

  const alarm = createAlarm(() => {
    while (underWay[0] !== undefined && underWay[0].at <= performance.now()) {
      const { bytes, arrive } = underWay.shift() as Piece
      bytesUnderWay -= bytes
      arrive()
    }
    if (bytesUnderWay < mostBytes) for (const go of waiting.splice(0)) go()
    watch()
  })

  function watch(): void {
    const [next] = underWay
    if (next !== undefined)
      alarm.set(next.at, underWay.find((piece) => piece.isLast)?.at ?? next.at)
  }

  return {
    send(bytes, arrive) {
      sent += bytes
      bytesUnderWay += bytes
      const startAt = Math.max(freeAt, performance.now())
      freeAt = startAt + bytes / bytesPerMs
      let start = 0
      do {
        const [from, to] = [start, Math.min(bytes, start + pieceBytes)]
        underWay.push({
          at: startAt + to / bytesPerMs + delayMs,
          bytes: to - from,
          isLast: to === bytes,
          arrive: () => {
            arrive(from, to)
          },
        })
        start = to
      } while (start < bytes)
      watch()
    },
    async room() {
      while (bytesUnderWay >= mostBytes) await new Promise<void>((go) => waiting.push(go))
    },
    get bytes() {
      return sent
    },
  }
}
