// The frozen network, opened so that it gives the features of every exit's place at once.
import { openProbe } from '../../../serving/engine/open-probe.ts'
import type { OpenedBackbone } from './open.ts'
import type { ExitPlace } from './places.ts'
import type { Pooling } from './pooled-features.ts'
import { withProbeFolder } from './probe-folder.ts'

/** Runs `work` with the network open; it is closed behind it. */
export function withPooling<T>(
  { backbone, input }: OpenedBackbone,
  places: readonly ExitPlace[],
  work: (pooling: Pooling) => Promise<T>,
): Promise<T> {
  return withProbeFolder(backbone, places, async (folder) => {
    const cuts = places.map(({ cut }) => cut)
    const probe = await openProbe(folder, backbone.format)
    try {
      return await work({ probe, cuts, input, batch: backbone.input.batch })
    } finally {
      probe.dispose()
    }
  })
}
