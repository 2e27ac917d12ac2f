// Several engines as one: the stages of a process in the order of the network, each run by the engine
// that knows its format.
import type { Engine, Workload, Stage } from './engine.ts'

/** An engine and the places of its stages among all. */
export interface Part {
  readonly engine: Engine
  /** Of each of its stages. */
  readonly places: readonly number[]
}

/** One engine out of its parts, whose places are 0, 1, ... in some order. */
export function joinEngines(parts: readonly Part[]): Engine {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only.engine
  const stages: Stage[] = []
  for (const { engine, places } of parts) {
    for (const [i, stage] of engine.stages.entries()) stages[places[i] as number] = stage
  }
  return {
    description: parts.map(({ engine }) => engine.description).join(' and '),
    stages,
    get isServing() {
      return parts.every(({ engine }) => engine.isServing)
    },
    get workload() {
      const loads = parts.map(({ engine }) => engine.workload)
      const sumOf = (key: keyof Workload) => loads.reduce((sum, load) => sum + load[key], 0)
      return { workers: sumOf('workers'), serving: sumOf('serving'), waiting: sumOf('waiting') }
    },
    async heldBytes() {
      const bytes = await Promise.all(parts.map(({ engine }) => engine.heldBytes()))
      return bytes.reduce((sum, one) => sum + one, 0)
    },
    // No sample passes a network with a stage that does not come back.
    gone: Promise.race(parts.map(({ engine }) => engine.gone)),
    dispose: async () => {
      await Promise.all(parts.map(({ engine }) => engine.dispose()))
    },
  }
}
