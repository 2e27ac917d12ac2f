// From model folders to warm stages with their rules: read, check the chain, load, check again.
import type { EngineConfig, ExitConfig } from '../cli/config.ts'
import { hashLabels } from '../domain/labels.ts'
import type { ExitRule } from '../domain/exit.ts'
import { resolveRules } from '../domain/rules.ts'
import { createEngine } from '../engine/create-engine.ts'
import type { Engine, Stage } from '../engine/engine.ts'
import { checkChain } from '../model/chain.ts'
import { readModelFolder } from '../model/folder.ts'
import type { Logger } from '../telemetry/log.ts'

export interface LoadedModels {
  readonly engine: Engine
  readonly stages: readonly Stage[]
  readonly rules: readonly (readonly ExitRule[])[]
  /** Of the manifests; undefined where there are none. */
  readonly labels: readonly string[] | undefined
  readonly labelsHash: string | undefined
}

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
  const specs = (await Promise.all(folders.map((folder) => readModelFolder(folder)))).flat()
  checkChain(specs)
  const { choice, ...options } = engineConfig
  const engine = await createEngine(choice, options, log)
  try {
    const stages = await engine.load(specs)
    const shapes = stages.map((stage) => stage.shapes)
    checkChain(specs, shapes)
    const exitCounts = shapes.map((shape) => shape.exits.length)
    const rules = resolveRules(specs, exitCounts, exits)
    warnOfThresholds(rules, exits, log)
    const labels = specs.find((spec) => spec.labels !== undefined)?.labels
    return {
      engine,
      stages,
      rules,
      labels,
      labelsHash: labels === undefined ? undefined : hashLabels(labels),
    }
  } catch (thrown) {
    await engine.dispose()
    throw thrown
  }
}

/** A threshold that softmax cannot reach is allowed (every sample goes on), yet rarely meant. */
function warnOfThresholds(
  rules: readonly (readonly ExitRule[])[],
  exits: ExitConfig,
  log: Logger,
): void {
  if (exits.confidence !== 'softmax' || exits.threshold === undefined) return
  if (exits.threshold > 1 && rules.flat().length > 0) {
    log.warn(
      { threshold: exits.threshold },
      'threshold above 1: under softmax no sample leaves before the last exit',
    )
  }
}
