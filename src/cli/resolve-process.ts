// One process of a deployment as `run` reads its flags.
import type { Config } from './config.ts'
import type { FlagValues } from './flag-values.ts'
import { parseCommandLine, type Environment } from './parse.ts'
import { resolveRun } from './roles.ts'

export interface ResolvedProcess {
  readonly values: FlagValues
  /** Undefined where there are problems. */
  readonly config: Config | undefined
  readonly problems: readonly string[]
}

export function resolveProcess(argv: readonly string[], env: Environment): ResolvedProcess {
  const { values, problems: found } = parseCommandLine(argv, env)
  const problems = [...found]
  const config = resolveRun(values, problems)
  // A flag of both links is looked at for each of them.
  return { values, config, problems: [...new Set(problems)] }
}
