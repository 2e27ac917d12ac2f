// How fast something goes, by its last seconds: what it gives now, and so how long the rest takes.

interface Rate {
  /**
   * A second, as of now: asked again with the same number, it falls. Undefined until there is something to tell by, and
   * once nothing came for longer than it looks back.
   */
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
      const isNews = last === undefined || (done !== last.done && at - last.at >= leastMs)
      if (isNews) points.push({ at, done })
      while (points.length > 2 && at - (points[0]?.at ?? at) > windowMs) points.shift()
      const [first, newest] = [points[0], points.at(-1)]
      if (first === undefined || newest === undefined) return undefined
      if (at - first.at < leastWindowMs || done <= first.done) return undefined
      // What comes less often than that has its own pace.
      if (at - newest.at > Math.max(windowMs, newest.at - first.at)) return undefined
      return ((done - first.done) / (at - first.at)) * 1000
    },
  }
}
