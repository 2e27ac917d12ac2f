// Calls at a moment, to a small part of a millisecond: Node's timers are off by one, either way.

interface Alarm {
  /**
   * Calls at `soonMs`, or up to a millisecond later, and never misses `exactMs`. Moments are of performance.now();
   * setting it anew takes the place of what was set.
   */
  set(soonMs: number, exactMs: number): void
}

/** The last two milliseconds before an exact moment are spent looking, which keeps a core busy. */
const lookMs = 2

/** `call` is told nothing, and may set the alarm again. */
export function createAlarm(call: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined
  let look: NodeJS.Immediate | undefined
  return {
    set(soonMs, exactMs) {
      clearTimeout(timer)
      clearImmediate(look)
      const now = performance.now()
      if (soonMs <= now || exactMs - now < lookMs) look = setImmediate(call)
      else {
        const waitMs = Math.min(Math.ceil(soonMs - now), Math.floor(exactMs - now) - 1)
        timer = setTimeout(call, waitMs)
      }
    },
  }
}
