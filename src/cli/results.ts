// `ddnn results`.
import { ConfigError } from '../errors.ts'
import type { CommandResult } from './command-result.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'

export function results(line: CommandLine, _signal: AbortSignal): Promise<CommandResult> {
  assertNoProblems([...line.problems], line.command)
  throw new ConfigError('DDNN_CONFIG_INVALID', 'Expected a command that is there, got results')
}
