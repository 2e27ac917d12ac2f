// A broker just started is compiled while it works: its cost an image halves over the first minutes. It is warmed
// before anything counts, and what that changed is told.
import type { Contestant, Setting } from './contestant.ts'
import { cpuMsOf } from './meter/cpu.ts'

/** Full speed by this contestant until the time is over; the broker's CPU an image of each piece of it, ms. */
export async function warmBroker(
  contestant: Contestant,
  setting: Setting,
  { pid, seconds }: { readonly pid: number; readonly seconds: number },
  signal: AbortSignal,
): Promise<readonly number[]> {
  const end = performance.now() + seconds * 1000
  const costs: number[] = []
  const running = await contestant.start(setting)
  try {
    while (performance.now() < end) {
      signal.throwIfAborted()
      const before = await cpuMsOf({ broker: pid })
      const { answered } = await running.run({
        scenario: 'concurrency',
        inFlight: 16,
        samples: 1_000_000,
        maxSeconds: Math.min(10, (end - performance.now()) / 1000),
      })
      const after = await cpuMsOf({ broker: pid })
      const spent = (after['broker'] ?? Number.NaN) - (before['broker'] ?? Number.NaN)
      if (answered.length > 0) costs.push(spent / answered.length)
    }
  } finally {
    await running.stop()
  }
  return costs
}
