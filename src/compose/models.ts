// From model folders to warm stages with their rules: read, check the chain, load, check again.
import type { EngineConfig, ExitConfig } from '../cli/config.ts'
import { hashLabels } from '../domain/labels.ts'
import { criterionOf, defaultThreshold, resolveRules } from '../domain/rules.ts'
import type { SubmodelSpec } from '../domain/submodel.ts'
import { isWord } from '../domain/threshold-words.ts'
import { createEngine } from '../serving/engine/create-engine.ts'
import type { Engine } from '../serving/engine/engine.ts'
import { checkChain } from '../model/chain.ts'
import { readModelFolder } from '../model/folder.ts'
import type { LoadedModels, SpecsByFolder } from '../serving/tier/models/model-source.ts'
import type { Logger } from '../telemetry/log.ts'
import { checkLearned } from './check-learned.ts'
import { placedOnPath } from './placed-on-path.ts'
import { warnOfExits } from './warn-of-exits.ts'

/**
 * Loads the models of a process. Whatever is missing, damaged or does not fit is named before a
 * runtime starts, as far as manifests tell, and before anything is ready in any case.
 * @throws DDNN_MODEL_*, DDNN_ENGINE_UNAVAILABLE
 */
export async function loadModels(
  folders: readonly string[],
  engineConfig: EngineConfig,
  exits: ExitConfig,
  log: Logger,
): Promise<LoadedModels> {
  return loadRead(await readModels(folders), engineConfig, exits, log)
}

/** The submodels of each folder, which fit each other as far as manifests tell. @throws DDNN_MODEL_* */
export async function readModels(folders: readonly string[]): Promise<SpecsByFolder> {
  const byFolder = await Promise.all(folders.map((folder) => readModelFolder(folder)))
  checkChain(byFolder.flat())
  return byFolder
}

/** Loads what was read. @throws DDNN_MODEL_*, DDNN_ENGINE_UNAVAILABLE */
export async function loadRead(
  byFolder: SpecsByFolder,
  { choice, ...options }: EngineConfig,
  exits: ExitConfig,
  log: Logger,
): Promise<LoadedModels> {
  const engine = await createEngine(choice, byFolder.flat(), options, log)
  try {
    return checkLoaded(engine, byFolder, exits, log)
  } catch (thrown) {
    await engine.dispose()
    throw thrown
  }
}

/**
 * Holds what was read from each folder against what the loaded models themselves report. The engine stays
 * the caller's. @throws DDNN_MODEL_*, DDNN_CONFIG_INVALID
 */
export function checkLoaded(
  engine: Engine,
  byFolder: SpecsByFolder,
  exits: ExitConfig,
  log: Logger,
): LoadedModels {
  const specs = placedOnPath(byFolder.flat(), exits.position)
  const { stages } = engine
  const shapes = stages.map((stage) => stage.shapes)
  checkChain(specs, shapes)
  const exitCounts = shapes.map((shape) => shape.exits.length)
  const found = shapes.map((shape) => shape.gives)
  const rules = resolveRules(specs, exitCounts, exits, found)
  checkLearned(
    specs,
    rules,
    shapes.map((shape) => shape.exits),
  )
  warnOfThresholds(specs, exits, log)
  warnOfExits(stages, log)
  const labels = labelsOf(specs)
  return {
    engine,
    stages,
    tiers: byFolder.flatMap((held, tier) => held.map(() => tier)),
    rules,
    labels,
    labelsHash: labels === undefined ? undefined : hashLabels(labels),
  }
}

/** The labels of submodels that fit each other; undefined where no manifest names any. */
export function labelsOf(specs: readonly SubmodelSpec[]): readonly string[] | undefined {
  return specs.find((spec) => spec.labels !== undefined)?.labels
}

/** What is allowed, yet rarely meant: a threshold of the manifest that is left unused. */
function warnOfThresholds(
  specs: readonly SubmodelSpec[],
  { confidence, threshold }: ExitConfig,
  log: Logger,
): void {
  // Nothing asked for takes each manifest's own.
  if (confidence === undefined && threshold === undefined) return
  if (threshold !== undefined && isWord(threshold)) return
  const used = confidence ?? 'softmax'
  const exits = specs.flatMap((spec) => spec.exits ?? [])
  const other = exits.find((exit) => exit.threshold !== undefined && criterionOf(exit) !== used)
  if (other === undefined) return
  log.warn(
    { criterion: used, threshold: threshold ?? defaultThreshold },
    `the manifest's thresholds are for ${criterionOf(other)} and not used`,
  )
}
