// What a model's files tell of it beside what its runtime does, for the engine that serves it. Read only when asked.
import type { ExitEnds } from '../domain/confidence.ts'
import type { SubmodelSpec } from '../domain/submodel.ts'
import { mayDrawNumbers } from './random-operations.ts'

export const toldByFiles = {
  /** Here, since models with a manifest of ours start without what reads topologies. */
  readEnds: async (spec: SubmodelSpec): Promise<ExitEnds> =>
    (await import('./exit-end.ts')).readExitEnds(spec),
  mayDraw: mayDrawNumbers,
}
