// From files that were read to models that can be served: in an engine of their own, tried and warm. What
// was loaded is known by its contents, so that no other files are ever taken for it.
import type { EngineConfig, ExitConfig } from '../../cli/config.ts'
import type { SubmodelSpec } from '../../domain/submodel.ts'
import { ModelError } from '../../errors.ts'
import type { Logger } from '../../telemetry/log.ts'
import { loadRead, readModels, type LoadedModels } from '../models.ts'
import { readContents, type Contents } from './contents.ts'
import { Generation } from './generation.ts'
import { isSameLook, lookAt, type Look } from './look.ts'
import { checkMemory, neededBytes } from './memory.ts'
import { toServed } from './served.ts'
import { tryOut } from './try-out.ts'

export interface LoadOptions {
  readonly folders: readonly string[]
  readonly engine: EngineConfig
  readonly exits: ExitConfig
  readonly log: Logger
}

/** Model folders as they were at one time. */
export interface Read {
  readonly byFolder: readonly (readonly SubmodelSpec[])[]
  readonly contents: Contents
  readonly look: Look
}

/** The models of the start. @throws DDNN_MODEL_*, DDNN_ENGINE_UNAVAILABLE */
export async function loadFirst(
  options: LoadOptions,
): Promise<{ readonly generation: Generation; readonly look: Look }> {
  const { folders, engine, exits, log } = options
  const look = await lookAt(folders)
  const byFolder = await readModels(folders)
  const reading = readContents(byFolder.flat())
  const loaded = await loadRead(byFolder, verified(engine, byFolder, reading), exits, log)
  try {
    const { hash } = await reading
    // Changed since: the next look finds that out, and nothing is taken for these models.
    const contents = isSameLook(look, await lookAt(folders)) ? hash : ''
    return { generation: generationOf(loaded, { byFolder, contents, files: look.models }), look }
  } catch (thrown) {
    await loaded.engine.dispose()
    throw thrown
  }
}

/**
 * Models beside those that are served.
 * @param check what else they must be, once they are loaded.
 * @throws DDNN_MODEL_*, DDNN_ENGINE_*, DDNN_LABELS_MISMATCH and what `check` throws, with all that was loaded
 *   gone again.
 */
export async function loadBeside(
  { folders, engine, exits, log }: LoadOptions,
  { byFolder, contents, look }: Read,
  check: (loaded: LoadedModels) => void,
): Promise<Generation> {
  checkMemory(neededBytes(contents.bytes, engine.workers))
  const config = verified(engine, byFolder, Promise.resolve(contents))
  const loaded = await loadRead(byFolder, config, exits, log)
  try {
    check(loaded)
    await tryOut(loaded.stages)
    if (!isSameLook(look, await lookAt(folders))) throw changedMeanwhile(folders)
    check(loaded)
  } catch (thrown) {
    await loaded.engine.dispose()
    throw thrown
  }
  return generationOf(loaded, { byFolder, contents: contents.hash, files: look.models })
}

function generationOf(
  loaded: LoadedModels,
  of: Pick<Generation, 'byFolder' | 'contents' | 'files'>,
): Generation {
  return new Generation(loaded.engine, of, (hold) => toServed(loaded, hold))
}

/** A lost worker must not come back with files that were put there since: those are other models. */
function verified(
  config: EngineConfig,
  byFolder: readonly (readonly SubmodelSpec[])[],
  loaded: Promise<Contents>,
): EngineConfig {
  const specs = byFolder.flat()
  return {
    ...config,
    verifyFiles: async () => {
      if ((await readContents(specs)).hash === (await loaded).hash) return
      throw new ModelError(
        'DDNN_MODEL_DAMAGED',
        `Expected the files of '${specs[0]?.folder}' as they were loaded, got others since`,
        { hint: 'Restart the process to serve the files that are there now' },
      )
    },
  }
}

function changedMeanwhile(folders: readonly string[]): ModelError {
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected the files in ${folders.map((folder) => `'${folder}'`).join(', ')} to stay while they are loaded, got changes`,
    { hint: 'Copy all files first, then send SIGHUP; watching tries again by itself' },
  )
}
