// How fast something goes, by its last seconds: what it gives now, and so how long the rest takes.

interface Rate {
  /** A second; undefined until there is something to tell by. */
  add(done: number): number | undefined
}

const windowMs = 10_000
/** Of less than a second nothing can be told. */
const leastWindowMs = 1000

/** A point every tenth of a second is enough. */
const leastMs = 100

/** `now` is in milliseconds; the first number only sets the start. */
export function createRate(now: () => number): Rate {
  const points: { readonly at: number; readonly done: number }[] = []
  return {
    add(done) {
      const at = now()
      const last = points.at(-1)
      if (last === undefined || at - last.at >= leastMs) points.push({ at, done })
      while (points.length > 2 && at - (points[0]?.at ?? at) > windowMs) points.shift()
      const first = points[0]
      if (first === undefined || at - first.at < leastWindowMs || done <= first.done)
        return undefined
      return ((done - first.done) / (at - first.at)) * 1000
    },
  }
}
