// One direction of a link: a queue whose bytes leave at a rate, one after the other, and arrive a delay later.
// All connections of the link share it, as they share a wire.

export interface ChannelOptions {
  /** Propagation, milliseconds. */
  readonly delayMs: number
  /** Infinity for a link that takes no time to send on. */
  readonly bitsPerSecond: number
}

export interface Channel {
  /** Calls `arrive` when the last of these bytes has arrived; never earlier, in the order of sending. */
  send(bytes: number, arrive: () => void): void
  /** Resolves once the sender may go on: what is under way fits the link and a queue before it. */
  room(): Promise<void>
  /** Largest piece to send in one: larger ones would hold back those of other connections. */
  readonly pieceBytes: number
  /** All bytes sent so far. */
  readonly bytes: number
}

/** One read of a socket. */
const readBytes = 65_536
const packetBytes = 1500
const pieceMs = 1
const queueMs = 20

/** A channel with nothing under way. It keeps time by itself; nothing is to be closed. */
export function createChannel({ delayMs, bitsPerSecond }: ChannelOptions): Channel {
  const bytesPerMs = bitsPerSecond / 8000
  const mostBytes = 2 * readBytes + (delayMs + queueMs) * bytesPerMs
  const underWay: { readonly at: number; readonly bytes: number; readonly arrive: () => void }[] =
    []
  const waiting: (() => void)[] = []
  let bytesUnderWay = 0
  let freeAt = 0
  let isArmed = false
  let sent = 0

  function deliver(): void {
    isArmed = false
    while (underWay[0] !== undefined && underWay[0].at <= performance.now()) {
      const { bytes, arrive } = underWay.shift() as (typeof underWay)[0]
      bytesUnderWay -= bytes
      arrive()
    }
    if (bytesUnderWay < mostBytes) for (const go of waiting.splice(0)) go()
    arm()
  }

  function arm(): void {
    if (isArmed || underWay[0] === undefined) return
    isArmed = true
    callAt(underWay[0].at, deliver)
  }

  return {
    send(bytes, arrive) {
      sent += bytes
      bytesUnderWay += bytes
      freeAt = Math.max(freeAt, performance.now()) + bytes / bytesPerMs
      underWay.push({ at: freeAt + delayMs, bytes, arrive })
      arm()
    },
    async room() {
      while (bytesUnderWay >= mostBytes) await new Promise<void>((go) => waiting.push(go))
    },
    pieceBytes: Math.min(readBytes, Math.max(packetBytes, Math.floor(pieceMs * bytesPerMs))),
    get bytes() {
      return sent
    },
  }
}

/** Timers are off by a millisecond, either way: the last two are spent looking, which keeps a core busy. */
function callAt(at: number, call: () => void): void {
  const leftMs = at - performance.now()
  if (leftMs <= 0) setImmediate(call)
  else if (leftMs < 2) setImmediate(callAt, at, call)
  else setTimeout(callAt, Math.floor(leftMs) - 1, at, call)
}
