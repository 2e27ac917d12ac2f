// What is wrong with the flags of a deployment's processes, told at once.
import { problemList } from '../domain/problem-list.ts'
import { ConfigError } from '../errors.ts'

/** @throws DDNN_CONFIG_INVALID with every problem, a line each, and the file they stand in. */
export function assertNoProcessProblems(problems: readonly string[], file: string): void {
  if (problems.length === 0) return
  throw new ConfigError('DDNN_CONFIG_INVALID', `${problemList(problems)}\n  in '${file}'`, {
    hint: "Run 'ddnn --help' for the flags of a tier; docs/up.md says where they stand",
  })
}
