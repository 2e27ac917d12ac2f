// From files that were read to models that can be served: in an engine of their own, tried and warm. What
// was loaded is known by its contents, so that no other files are ever taken for it.
import { isSameTraits, type FileContents, type FileTraits } from '../../../domain/model-files.ts'
import { ModelError } from '../../../errors.ts'
import { Generation } from './generation.ts'
import { checkMemory, neededBytes } from './memory.ts'
import type { LoadedModels, ModelSource, SpecsByFolder } from './model-source.ts'
import { toServed } from './served.ts'
import { tryOut } from './try-out.ts'

/** Model folders as they were at one time. */
export interface Read {
  readonly byFolder: SpecsByFolder
  readonly contents: FileContents
  readonly traits: FileTraits
}

/** The models of the start. @throws DDNN_MODEL_*, DDNN_ENGINE_* */
export async function loadFirst(
  source: ModelSource,
): Promise<{ readonly generation: Generation; readonly traits: FileTraits }> {
  const traits = await source.traits()
  const byFolder = await source.read()
  const reading = source.contents(byFolder)
  const loaded = await source.load(byFolder, verifying(source, byFolder, reading))
  try {
    await tryOut(loaded.stages)
    const { hash } = await reading
    // Changed since: the next look finds that out, and nothing is taken for these models.
    const contents = isSameTraits(traits, await source.traits()) ? hash : ''
    const generation = generationOf(loaded, { byFolder, contents, files: traits.models })
    return { generation, traits }
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
  source: ModelSource,
  { byFolder, contents, traits }: Read,
  check: (loaded: LoadedModels) => void,
): Promise<Generation> {
  checkMemory(neededBytes(contents.bytes, source.workers))
  const verify = verifying(source, byFolder, Promise.resolve(contents))
  const loaded = await source.load(byFolder, verify)
  try {
    check(loaded)
    await tryOut(loaded.stages)
    if (!isSameTraits(traits, await source.traits())) throw changedMeanwhile(source.folders)
    check(loaded)
  } catch (thrown) {
    await loaded.engine.dispose()
    throw thrown
  }
  return generationOf(loaded, { byFolder, contents: contents.hash, files: traits.models })
}

function generationOf(
  loaded: LoadedModels,
  of: Pick<Generation, 'byFolder' | 'contents' | 'files'>,
): Generation {
  return new Generation(loaded.engine, of, (hold) => toServed(loaded, hold))
}

/** A lost worker must not come back with files that were put there since: those are other models. */
function verifying(source: ModelSource, byFolder: SpecsByFolder, loaded: Promise<FileContents>) {
  return async () => {
    if ((await source.contents(byFolder)).hash === (await loaded).hash) return
    throw new ModelError(
      'DDNN_MODEL_DAMAGED',
      `Expected the files of '${byFolder.flat()[0]?.folder}' as they were loaded, got others since`,
      { hint: 'Restart the process to serve the files that are there now' },
    )
  }
}

function changedMeanwhile(folders: readonly string[]): ModelError {
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected the files in ${folders.map((folder) => `'${folder}'`).join(', ')} to stay while they are loaded, got changes`,
    { hint: 'Copy all files first, then send SIGHUP; watching tries again by itself' },
  )
}
