// What makes a running process read its models anew: SIGHUP, and files that have changed.
import type { Subscribe } from '../../../domain/subscribe.ts'
import type { ModelStore } from './model-store.ts'
import type { ModelState } from './state.ts'
import { watchModels } from './watch.ts'

/** How a process learns of other models, and where it shows those that it has. */
export interface ReloadSetup {
  /** Between looks at the files, milliseconds; 0 looks at SIGHUP only. */
  readonly intervalMs: number
  /** SIGHUP. */
  readonly onHangup: Subscribe
  /** Told once where to ask for what is in memory. */
  readonly show: (states: () => readonly ModelState[]) => void
}

/** From now on until the returned function is called. */
export function startReloads(
  store: ModelStore,
  { intervalMs, onHangup, show }: ReloadSetup,
): () => void {
  show(() => store.states())
  const stopListening = onHangup(() => void store.reload('SIGHUP'))
  const stopWatching =
    intervalMs === 0
      ? () => undefined
      : watchModels({
          traits: () => store.traits(),
          intervalMs,
          handled: () => store.handled,
          takeThresholds: async () =>
            (await store.reload('other manifests', 'thresholds')) !== 'deferred',
          takeAll: async () => {
            await store.reload('other files')
          },
        })
  return () => {
    stopListening()
    stopWatching()
  }
}
