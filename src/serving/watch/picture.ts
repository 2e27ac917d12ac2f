// What an image looks like, for the few that are shown with one.

/** Resolves with a small JPEG as a data URI; undefined, or a rejection, where there is no picture of it. */
export type ImagePicture = () => Promise<string | undefined>

/** Pictures a second, and at once after a pause: each costs about a millisecond of a core. */
const [aSecond, atOnce] = [8, 8]

/** Lets so many pictures be made that nobody notices. Times in milliseconds. */
export function createPictureBudget(): { take(now: number): boolean } {
  let left = atOnce
  let filledAt = -Infinity
  return {
    take(now) {
      left = Math.min(atOnce, left + ((now - filledAt) / 1000) * aSecond)
      filledAt = now
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}
