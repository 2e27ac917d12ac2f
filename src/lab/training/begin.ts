// What a run begins with whose contents no option tells: as run.json says it, and as a run that goes on must have it.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { InitialWeights } from './initial-weights.ts'
import type { TrainOptions } from './options.ts'
import type { RunBegin } from './run-record.ts'

const moduleFact = 'hash of the model module'

/** A module that changed may give weights of the same shapes. */
export async function hashModule({
  modelModule,
}: Pick<TrainOptions, 'modelModule'>): Promise<Record<string, string>> {
  if (modelModule === undefined) return {}
  const hash = createHash('sha256')
    .update(await readFile(modelModule))
    .digest('hex')
  return { [moduleFact]: hash }
}

export function beginOf(
  initial: InitialWeights | undefined,
  { [moduleFact]: moduleHash }: Readonly<Record<string, string>>,
): RunBegin {
  return {
    ...(initial && { initialFamily: initial.family, freshWeights: initial.fresh }),
    ...(moduleHash === undefined ? {} : { moduleHash }),
  }
}
