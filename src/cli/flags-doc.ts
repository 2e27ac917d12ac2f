// docs/flags.md from the table: `npm run docs` writes it, a test holds it against the table.
import { commandNames, commands } from './commands.ts'
import {
  dashed,
  describeDefault,
  envNamesOf,
  isRequired,
  type CommandName,
  type Flag,
} from './flag.ts'
import { flagsOf } from './flags.ts'
import { firstFlags } from './help.ts'

/** The whole page, Markdown. */
export function renderFlagsDoc(): string {
  const intro = [
    '# Flags',
    '',
    'Made from the table in `src/cli/flags/` by `npm run docs`; do not edit it.',
    '',
    'A value is taken from the first of these that has it: the command line, `DDNN_<FLAG>` in the',
    "environment, the original's bare name in the environment, the file of `--config`, the model's",
    'manifest, the default. An empty variable counts as not set. In the environment a list is a JSON array',
    '(`["my models/edge","fog"]`), or separated by commas, or by spaces where it has no comma. In a file of',
    '`--config` a flag of text takes its value as it is written: `topic: 1.10` is 1.10, a password of digits',
    'keeps them all; keys that begin with `x-` are there for anchors. Switches are turned off by `--no-FLAG`. A',
    '`DDNN_*` that no flag has is warned of.',
    '',
    'The flags of each command that matter first are in its first table, all others under their headings.',
    '`ddnn help COMMAND` shows the former, `ddnn COMMAND --help-all` all. Words behind a lone `--` are no flags.',
    '',
    'Exit codes: 0 all answered; 1 ran, some failed; 2 wrong flags, files, models or brokers at start;',
    '130 after Ctrl-C, 143 where SIGTERM cut work short. Shell completion: `ddnn completion >> ~/.bashrc`.',
  ]
  return `${[...intro, ...commandNames.flatMap(renderCommand)].join('\n')}\n`
}

function renderCommand(command: CommandName): readonly string[] {
  // What doctor shares with a run is listed there.
  const own = flagsOf(command).filter(({ commands: of }) => of.includes(command))
  const first = firstFlags(command)
  const others = own.filter((flag) => !first.includes(flag))
  const groups = [...new Set(others.map(({ group }) => group))]
  const { summary, examples } = commands[command]
  return [
    '',
    `## ${command === 'run' ? 'ddnn: a device or a tier' : `ddnn ${command}`}`,
    '',
    `${summary}.`,
    '',
    '```sh',
    ...examples.flatMap(({ line, does }) => [`# ${does}`, line]),
    '```',
    ...(command === 'doctor'
      ? ['', 'And all flags of a device or a tier: those of the run to look at.']
      : []),
    ...renderTable(first, command),
    ...groups.flatMap((group) => [
      '',
      `### ${group}`,
      ...renderTable(
        others.filter((flag) => flag.group === group),
        command,
      ),
    ]),
  ]
}

function renderTable(flags: readonly Flag[], command: CommandName): readonly string[] {
  return [
    '',
    '| flag | environment | default | what it does |',
    '| --- | --- | --- | --- |',
    ...flags.map((flag) => renderFlag(flag, command)),
  ]
}

function renderFlag(flag: Flag, command: CommandName): string {
  const names = [flag.name, ...(flag.aliases ?? [])].map(dashed)
  const value = flag.value === undefined ? '' : ` ${flag.value}`
  const choices =
    flag.kind === 'string' && flag.choices !== undefined ? ` (${flag.choices.join(', ')})` : ''
  const text = [`${flag.help}${choices}`]
  if (isRequired(flag, command)) text.push('Required')
  if (flag.details !== undefined) text.push(flag.details.replace(/\.$/, ''))
  if (flag.roles !== undefined) text.push(`For ${flag.roles.join(', ')}`)
  if (flag.formerly !== undefined) {
    text.push(`Formerly ${flag.formerly.map(dashed).join(', ')}, which is still taken`)
  }
  const env = envNamesOf(flag, command).map((name) => `\`${name}\``)
  return `| \`${names.join('`, `')}${value}\` | ${env.join(' ')} | ${describeDefault(flag) ?? ''} | ${text.join('. ').replaceAll('|', '\\|')} |`
}
