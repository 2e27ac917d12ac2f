// The exits of a chain as evaluation names them.
import type { ExitRule } from '../../domain/exit.ts'
import type { ExitMemory } from '../../domain/exit-memory.ts'
import type { Stage } from '../../serving/engine/engine.ts'
import type { ExitFacts } from './scores.ts'

/** One entry an exit, in order; `rules` holds one list a stage, one rule an exit. */
export function exitFactsOf(
  stages: readonly Stage[],
  rules: readonly (readonly ExitRule[])[],
): readonly ExitFacts[] {
  const names = stageNamesOf(stages.map((stage) => stage.spec.name))
  return rules.flatMap((own, stage) =>
    own.map((rule, i): ExitFacts => {
      const known = stages[stage]?.spec.exits?.[i]
      const name = names[stage] ?? String(stage)
      return {
        index: rule.exit,
        stage,
        name: own.length === 1 ? name : `${name} ${i + 1}`,
        gives: rule.gives,
        temperature: known?.temperature,
        threshold: known?.threshold,
        ...(known?.memory === undefined ? {} : { memory: known.memory }),
      }
    }),
  )
}

/** Whether an exit of a later submodel goes by this one: what it said has to travel then. `fits` is in the order of `exits`. */
export function isHeardLater(
  exits: readonly Pick<ExitFacts, 'index' | 'stage'>[],
  { index, stage }: Pick<ExitFacts, 'index' | 'stage'>,
  fits: readonly { readonly memory?: ExitMemory | undefined }[],
): boolean {
  return fits.some(
    ({ memory }, other) => (exits[other]?.stage ?? 0) > stage && (memory?.weights[index] ?? 0) > 0,
  )
}

/** Folder names, made unique: two folders called `model` become `model` and `model (2)`. */
export function stageNamesOf(names: readonly string[]): readonly string[] {
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length
    return before === 0 ? name : `${name} (${before + 1})`
  })
}
