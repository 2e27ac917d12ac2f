// How many images are under way at once, of all doors of a process together. What comes beyond is told to
// come again; nothing waits here.
import { DoorError } from './protocol.ts'

export interface Limit {
  /**
   * Takes places for the images of one request; give them back once by calling what is returned (again has no
   * effect).
   * @throws DoorError 'overloaded' while there are not enough, 'invalid' where there never will be.
   */
  take(count: number): () => void
}

/** @param maxInFlight images, not requests. */
export function createLimit(maxInFlight: number): Limit {
  let taken = 0
  return {
    take: (count) => {
      if (count > maxInFlight) throw tooMany(count, maxInFlight)
      if (taken + count > maxInFlight) throw overloaded(maxInFlight)
      taken += count
      let isGiven = false
      return () => {
        if (!isGiven) taken -= count
        isGiven = true
      }
    },
  }
}

function tooMany(count: number, most: number): DoorError {
  return new DoorError(
    'invalid',
    'DDNN_FRAME_TOO_LARGE',
    `Expected at most ${most} images in a request, got ${count}`,
    { hint: 'Send them in several requests, or raise --http-max-in-flight' },
  )
}

function overloaded(most: number): DoorError {
  return new DoorError(
    'overloaded',
    'DDNN_OVERLOADED',
    `Expected at most ${most} images under way at once, got more`,
    { hint: 'Come again a little later', retriable: true },
  )
}
