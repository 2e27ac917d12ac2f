// Worker threads of this process, counted and ended by a test. To be imported before what starts them.
import { syncBuiltinESMExports } from 'node:module'
import worker from 'node:worker_threads'

const live = new Set<worker.Worker>()
let isDoomed = false

class CountedWorker extends worker.Worker {
  constructor(...args: ConstructorParameters<typeof worker.Worker>) {
    super(...args)
    live.add(this)
    this.once('exit', () => live.delete(this))
    if (isDoomed) this.once('online', () => void this.terminate())
  }
}

worker.Worker = CountedWorker
syncBuiltinESMExports()

/** Threads that have not ended. */
export function liveWorkers(): number {
  return live.size
}

/** As a crash of each. */
export async function endWorkers(): Promise<void> {
  await Promise.all([...live].map((thread) => thread.terminate()))
}

/** While `act` runs, threads that start are ended at once. */
export async function withDoomedWorkers<T>(act: () => Promise<T>): Promise<T> {
  isDoomed = true
  try {
    return await act()
  } finally {
    isDoomed = false
  }
}
