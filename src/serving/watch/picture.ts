// What an image looks like, for the few that are shown with one.

/** Resolves with a small JPEG as a data URI; undefined, or a rejection, where there is no picture of it. */
export type ImagePicture = () => Promise<string | undefined>

/** Least time between two pictures, milliseconds: each costs about a millisecond of a core. */
const pauseMs = 120

/** Lets so many pictures be made that nobody notices. */
export function createPictureBudget(): { take(now: number): boolean } {
  let nextAt = -Infinity
  return {
    take(now) {
      if (now < nextAt) return false
      nextAt = now + pauseMs
      return true
    },
  }
}
