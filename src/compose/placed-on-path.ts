// Submodels that decide by another setting of the path that calibration kept in their manifests.
import { criterionOf } from '../domain/rules.ts'
import { neverOf } from '../domain/leaves.ts'
import type { SubmodelSpec } from '../domain/submodel.ts'
import { pointAt } from '../domain/threshold-path.ts'
import { ConfigError } from '../errors.ts'

/**
 * The same submodels with the thresholds at this position, 0 the safest and 1 the cheapest; as they are where it is undefined.
 * @throws DDNN_CONFIG_INVALID where a manifest has no path.
 */
export function placedOnPath(
  specs: readonly SubmodelSpec[],
  position: number | undefined,
): readonly SubmodelSpec[] {
  if (position === undefined) return specs
  return specs.map((spec) => {
    const point = spec.path && pointAt(spec.path, position)
    if (point === undefined) throw withoutPath(spec.name)
    return {
      ...spec,
      exits: spec.exits?.map((exit, i) => {
        const own = point.thresholds[exit.index ?? i]
        // The last exit has none.
        if (own === undefined) return exit
        return { ...exit, threshold: own ?? neverOf(criterionOf(exit)) }
      }),
    }
  })
}

function withoutPath(name: string): ConfigError {
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected a path of thresholds in the manifest of '${name}' for --path-position, got none`,
    { hint: 'Calibrate the family with this version of ddnn calibrate, or leave the flag out' },
  )
}
