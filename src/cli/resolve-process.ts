// One process of a deployment as `run` reads its flags.
import type { Config } from './config.ts'
import type { Values } from './flag-types.ts'
import type { Environment } from './environment.ts'
import { parseCommandLine } from './parse.ts'
import { resolveRun } from './roles.ts'

export interface ResolvedProcess {
  readonly values: Values<'run'>
  /** Undefined where there are problems. */
  readonly config: Config | undefined
  readonly problems: readonly string[]
}

export function resolveProcess(argv: readonly string[], env: Environment): ResolvedProcess {
  const { values, problems: found } = parseCommandLine('run', argv, env)
  const problems = [...found]
  const config = resolveRun(values, problems)
  // A flag of both links is looked at for each of them.
  return { values, config, problems: [...new Set(problems)] }
}
