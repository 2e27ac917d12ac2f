// A backbone as a model folder that gives the tensors of all exits' places, for as long as somebody reads it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backbone } from '../../../model/backbone/backbone.ts'
import type { ExitPlace } from './places.ts'

/** Runs `work` with the folder, whose outputs are in the order of the places; it is removed behind it. */
export async function withProbeFolder<T>(
  backbone: Backbone,
  places: readonly ExitPlace[],
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ddnn-probe-'))
  try {
    await backbone.writeProbe(
      folder,
      places.map(({ cut }) => cut.name),
    )
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
