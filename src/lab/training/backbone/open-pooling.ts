// The frozen network, opened so that it gives the features of every exit's place at once.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openProbe } from '../../../serving/engine/open-probe.ts'
import type { OpenedBackbone } from './open.ts'
import type { ExitPlace } from './places.ts'
import type { Pooling } from './pooled-features.ts'

/** Runs `work` with the network open; it is closed behind it. */
export async function withPooling<T>(
  { backbone, input }: OpenedBackbone,
  places: readonly ExitPlace[],
  work: (pooling: Pooling) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ddnn-probe-'))
  try {
    const cuts = places.map(({ cut }) => cut)
    await backbone.writeProbe(
      folder,
      cuts.map(({ name }) => name),
    )
    const probe = await openProbe(folder, backbone.format)
    try {
      return await work({ probe, cuts, input, batch: backbone.input.batch })
    } finally {
      probe.dispose()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
