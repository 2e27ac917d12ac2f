// Whether exits that are to decide by the learned criterion have its weights: a manifest that was never taught has none.
import type { ExitRule } from '../domain/exit.ts'
import type { SubmodelSpec } from '../domain/submodel.ts'
import { ConfigError, ModelError } from '../errors.ts'

/**
 * `rules` holds one list a submodel, one rule an exit; `classes` the number of class values of each exit.
 * @throws DDNN_CONFIG_INVALID where --criterion asks for what no manifest has, DDNN_MODEL_DAMAGED where a manifest does.
 */
export function checkLearned(
  specs: readonly SubmodelSpec[],
  rules: readonly (readonly ExitRule[])[],
  classes: readonly (readonly number[])[],
): void {
  for (const [stage, spec] of specs.entries()) {
    for (const [i, { exit, confidence, learned }] of (rules[stage] ?? []).entries()) {
      if (confidence !== 'learned') continue
      if (learned === undefined) throw untaught(spec, exit, spec.exits?.[i]?.criterion)
      const count = classes[stage]?.[i] ?? 0
      const known = learned.classes?.length ?? count
      if (known !== count) throw ofOtherClasses(spec, exit, count, known)
    }
  }
}

function untaught({ name, folder }: SubmodelSpec, exit: number, own: string | undefined) {
  if (own === 'learned') {
    return new ModelError(
      'DDNN_MODEL_DAMAGED',
      `Expected the weights of the learned criterion ("learned") of exit ${exit} in '${folder}/ddnn.json', got the criterion alone`,
      { hint: 'Run ddnn calibrate, which writes both, or name another criterion there' },
    )
  }
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected --criterion learned of exits that were taught it, got none for exit ${exit}, of '${name}'`,
    { hint: 'Run ddnn calibrate --criterion learned first, or pass --criterion softmax' },
  )
}

function ofOtherClasses({ folder }: SubmodelSpec, exit: number, count: number, known: number) {
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected ${count} numbers in "learned.classes" of exit ${exit} in '${folder}/ddnn.json', one a class, got ${known}`,
    { hint: 'Run ddnn calibrate again, with images of this model' },
  )
}
