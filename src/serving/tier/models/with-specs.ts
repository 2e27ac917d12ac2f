// The same engine under other manifests: thresholds and what else a forward pass does not see.
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import type { Engine } from '../../engine/engine.ts'

/** One spec a stage, in order. Owns nothing: the engine it was made of is the one to dispose. */
export function withSpecs(engine: Engine, specs: readonly SubmodelSpec[]): Engine {
  return {
    description: engine.description,
    stages: engine.stages.map((stage, i) => ({ ...stage, spec: specs[i] ?? stage.spec })),
    get isServing() {
      return engine.isServing
    },
    get workload() {
      return engine.workload
    },
    heldBytes: () => engine.heldBytes(),
    gone: engine.gone,
    dispose: () => engine.dispose(),
  }
}
