// A yargs parser of one command's table: it splits words into flags and their values, and completes them in shells.
// It neither checks nor prints; help.ts writes the help.
import yargs from 'yargs'
import { namesOf, type CommandName } from './flag.ts'
import { flagsOf } from './flags.ts'

/** What shells offer beside flags: names of commands with their summaries. */
type Completions = ReadonlyMap<string, string>

/**
 * With `completions` it completes. Choices are given to yargs for that alone: checking them here would stop at the
 * first mistake.
 */
export function createParser(
  command: CommandName,
  argv: readonly string[] = [],
  completions?: Completions,
) {
  const parser = yargs([...argv])
    .scriptName('ddnn')
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'duplicate-arguments-array': true,
      'populate--': true,
    })
    .exitProcess(false)
    .fail(false)
    .version(false)
    .help(false)
  for (const [name, summary] of completions ?? []) parser.command(name, summary)
  for (const flag of flagsOf(command)) {
    const [name, ...alias] = namesOf(flag)
    const choices = flag.kind === 'string' ? flag.choices : undefined
    parser.option(name ?? flag.name, {
      // Old names are taken, and not offered.
      alias: completions !== undefined ? [...(flag.aliases ?? [])] : alias,
      type: flag.kind === 'boolean' ? 'boolean' : flag.kind === 'list' ? 'array' : 'string',
      ...(flag.kind === 'list' ? { string: true } : {}),
      ...(completions !== undefined && choices !== undefined ? { choices: [...choices] } : {}),
      description: flag.help,
    })
  }
  parser
    .option('help', { alias: 'h', type: 'boolean', description: 'Show the help' })
    .option('help-all', { type: 'boolean', description: 'Show all flags' })
    .option('version', { type: 'boolean', description: 'Show the version' })
    .completion('completion', 'Print a script of shell completion (bash, zsh)')
  return parser
}
