// docs/flags.md from the table: `npm run docs` writes it, a test holds it against the table.
import { commandNames } from './commands.ts'
import { describeDefault, envNameOf, type CommandName, type Flag } from './flag.ts'
import { flagsOf } from './flags.ts'

/** The whole page, Markdown. */
export function renderFlagsDoc(): string {
  const intro = [
    '# Flags',
    '',
    'Made from the table in `src/cli/flags/` by `npm run docs`; do not edit it.',
    '',
    'A value is taken from the first of these that has it: the command line, `DDNN_<FLAG>` in the',
    "environment, the original's bare name in the environment, the file of `--config`, the model's",
    'manifest, the default. An empty variable counts as not set. In the environment a list is separated',
    'by spaces or commas. Switches are turned off by `--no-FLAG`.',
    '',
    'Exit codes: 0 all answered; 1 ran, some failed; 2 wrong flags, files, models or brokers at start;',
    '128 + signal when a second signal came. Shell completion: `ddnn completion >> ~/.bashrc`.',
  ]
  return `${[...intro, ...commandNames.flatMap(renderCommand)].join('\n')}\n`
}

function renderCommand(command: CommandName): readonly string[] {
  // What doctor shares with a run is listed there.
  const own = flagsOf(command).filter(({ commands }) => commands.includes(command))
  const groups = [...groupFlags(own)]
  return [
    '',
    `## ${command === 'run' ? 'ddnn: a device or a tier' : `ddnn ${command}`}`,
    ...(command === 'doctor'
      ? ['', 'And all flags of a device or a tier: those of the run to look at.']
      : []),
    ...groups.flatMap(([group, flags]) => [
      '',
      `### ${group}`,
      '',
      '| flag | environment | default | what it does |',
      '| --- | --- | --- | --- |',
      ...flags.map(renderFlag),
    ]),
  ]
}

/** Map.groupBy is not in Node 20. */
function groupFlags(flags: readonly Flag[]): ReadonlyMap<string, readonly Flag[]> {
  const groups = new Map<string, Flag[]>()
  for (const flag of flags) groups.set(flag.group, [...(groups.get(flag.group) ?? []), flag])
  return groups
}

function renderFlag(flag: Flag): string {
  const names = [flag.name, ...(flag.aliases ?? [])].map((n) =>
    n.length === 1 ? `-${n}` : `--${n}`,
  )
  const value = flag.value === undefined ? '' : ` ${flag.value}`
  const env = [envNameOf(flag), ...(flag.bareEnv === undefined ? [] : [flag.bareEnv])]
  const choices =
    flag.kind === 'string' && flag.choices !== undefined ? ` (${flag.choices.join(', ')})` : ''
  const text = [`${flag.help}${choices}`]
  if (flag.details !== undefined) text.push(flag.details.replace(/\.$/, ''))
  if (flag.roles !== undefined) text.push(`For ${flag.roles.join(', ')}`)
  return `| \`${names.join('`, `')}${value}\` | ${env.map((e) => `\`${e}\``).join(' ')} | ${describeDefault(flag) ?? ''} | ${text.join('. ').replaceAll('|', '\\|')} |`
}
