// Where models come from, as a store needs it: how their files look, what they say, and a way to load them. Composed of
// folders and an engine; the store itself knows neither.
import type { ExitRule } from '../../../domain/exit.ts'
import type { FileContents, FileTraits } from '../../../domain/model-files.ts'
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import type { Engine, Stage } from '../../engine/engine.ts'

/** The submodels of each folder, a folder a tier. */
export type SpecsByFolder = readonly (readonly SubmodelSpec[])[]

/** Models in an engine, held against what their manifests say. */
export interface LoadedModels {
  readonly engine: Engine
  readonly stages: readonly Stage[]
  /** Of each stage: which of the folders it came from. */
  readonly tiers: readonly number[]
  readonly rules: readonly (readonly ExitRule[])[]
  /** Of the manifests; undefined where there are none. */
  readonly labels: readonly string[] | undefined
  readonly labelsHash: string | undefined
}

export interface ModelSource {
  readonly folders: readonly string[]
  /** Threads of an engine, each with weights of its own. */
  readonly workers: number
  /** Never rejects: what is not there looks like that. */
  traits(): Promise<FileTraits>
  /** Manifests alone, which fit each other. @throws DDNN_MODEL_* */
  read(): Promise<SpecsByFolder>
  /** Of all files but manifests. Never rejects. */
  contents(byFolder: SpecsByFolder): Promise<FileContents>
  /**
   * In an engine of their own, which the caller disposes.
   * @param verifyFiles called around the start of a worker that replaces a lost one; rejects for other files.
   * @throws DDNN_MODEL_*, DDNN_ENGINE_UNAVAILABLE
   */
  load(byFolder: SpecsByFolder, verifyFiles: () => Promise<void>): Promise<LoadedModels>
  /** The same engine under other manifests. @throws DDNN_MODEL_* where they do not fit it */
  judge(engine: Engine, byFolder: SpecsByFolder): LoadedModels
}
