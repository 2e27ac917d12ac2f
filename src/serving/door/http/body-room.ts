// Memory for the bodies that are being read or answered, of all requests together: a limit on each alone would
// let a hundred of them take a hundred times as much.
import { DoorError } from '../protocol.ts'

/** What one request holds. */
export interface Held {
  /** @throws DoorError 'overloaded' when the others leave no room for so many bytes more, and once released. */
  grow(bytes: number): void
  /** Gives all of it back. Idempotent. */
  release(): void
}

export interface BodyRoom {
  hold(): Held
}

export function createBodyRoom(maxBytes: number): BodyRoom {
  let taken = 0
  return {
    hold: () => {
      let held = 0
      let isReleased = false
      return {
        grow: (bytes) => {
          // A body may still be coming when its request has ended.
          if (isReleased || taken + bytes > maxBytes) throw full(maxBytes)
          taken += bytes
          held += bytes
        },
        release: () => {
          taken -= held
          held = 0
          isReleased = true
        },
      }
    },
  }
}

function full(maxBytes: number): DoorError {
  return new DoorError(
    'overloaded',
    'DDNN_OVERLOADED',
    `Expected at most ${maxBytes} bytes of requests under way at once, got more`,
    { hint: 'Come again a little later', retriable: true },
  )
}
