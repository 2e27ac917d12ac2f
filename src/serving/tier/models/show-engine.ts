// What the engine of a tier has to do and holds, in its metrics, looked at when they are asked for.
import { settledWithin } from '../../../domain/settled.ts'
import type { Metrics } from '../../../telemetry/metrics/metrics.ts'
import type { Engine } from '../../engine/engine.ts'

/** A worker that is in a long pass tells what it holds afterwards: until then the last value stays, milliseconds. */
const patienceMs = 200

/** `current` gives the engine that new work is for. The returned function ends it. */
export function showEngine(metrics: Metrics, tier: string, current: () => Engine): () => void {
  metrics.announce(['engineWorkers', 'engineQueue', 'engineMemory'], { tier: [tier] })
  return metrics.beforeScrape(async () => {
    const engine = current()
    const { workers, serving, waiting } = engine.workload
    metrics.engineWorkers.set({ tier, state: 'wanted' }, workers)
    metrics.engineWorkers.set({ tier, state: 'serving' }, serving)
    metrics.engineQueue.set({ tier }, waiting)
    const bytes = await settledWithin(engine.heldBytes(), patienceMs)
    if (bytes !== undefined) metrics.engineMemory.set({ tier }, bytes)
  })
}
