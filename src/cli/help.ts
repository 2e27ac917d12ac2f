// What `ddnn --help` and its kin say, from the tables of commands and flags.
import { commandNames, commands } from './commands.ts'
import { dashed, describeDefault, isRequired, type CommandName, type Flag } from './flag.ts'
import { flagsOf } from './flags.ts'
import { flow, hang } from './wrap.ts'

interface HelpOptions {
  /** Every flag, group by group, in place of the ten that matter first. */
  readonly isAll: boolean
  /** Columns of the terminal. */
  readonly width: number
}

/** What who types `ddnn` alone is to try, in this order. */
const beginWith = ['demo', 'classify', 'train', 'up', 'doctor'] as const

/** `ddnn` without anything. */
export function shortHelp(width: number): string {
  const lines = [
    ...flow(
      'ddnn serves early-exit neural networks on device, edge, fog and cloud, over Kafka. Begin with:',
      width,
    ),
    '',
    ...hang(
      beginWith.map((name) => [`ddnn ${name}`, commands[name].summary] as const),
      width,
    ),
    '',
    ...flow(
      "'ddnn help' lists all commands and the flags of a device or a tier, 'ddnn help train' those of train.",
      width,
    ),
  ]
  return text(lines)
}

export function commandHelp(command: CommandName, { isAll, width }: HelpOptions): string {
  const { summary, examples } = commands[command]
  const called = command === 'run' ? 'ddnn' : `ddnn ${command}`
  const shown = isAll ? flagsOf(command) : firstFlags(command)
  const more = flagsOf(command).length - shown.length
  const isInFile = flagsOf(command).some(({ name }) => name === 'config')
  const hasConfig = isInFile ? ', and in a file of --config' : ''
  const lines = [
    ...flow(`${called}: ${summary}`, width),
    '',
    `Usage: ${usageOf(command)}`,
    '',
    'Examples:',
    ...examples.flatMap(({ line, does }) => [`  ${line}`, ...flow(does, width, 6)]),
    ...(command === 'run' ? ['', 'Commands:', ...listOfCommands(width)] : []),
    ...(isAll
      ? grouped(shown, command, width)
      : ['', 'Flags:', ...listOfFlags(shown, command, width)]),
    ...(command === 'doctor' && !isAll
      ? ['', ...flow('And all flags of the run to look at: ddnn --help-all.', width)]
      : []),
    '',
    ...(more > 0 ? flow(`All flags, ${more} more: ${called} --help-all`, width) : []),
    ...flow(`Every flag can stand in the environment as DDNN_<FLAG>${hasConfig}.`, width),
    ...flow('-h, --help shows this, --help-all all flags, --version the version.', width),
  ]
  return text(lines)
}

/** The flags that matter first, in the order of the table of commands. */
export function firstFlags(command: CommandName): readonly Flag[] {
  const all = flagsOf(command)
  return commands[command].first.map((name) => {
    const flag = all.find((one) => one.name === name)
    if (flag === undefined) throw new RangeError(`No flag '${name}' of '${command}'`)
    return flag
  })
}

/** '-e, --epochs N', without other spellings; a switch that is on by itself is shown as what turns it off. */
function flagSyntax(flag: Flag): string {
  const { name, aliases = [], value } = flag
  const isOn = flag.kind === 'boolean' && flag.default === true
  const short = aliases.filter((alias) => alias.length === 1).map(dashed)
  const names = isOn ? [`--no-${name}`] : [...short, dashed(name)]
  const words = 'words' in flag ? Object.keys(flag.words ?? {}) : []
  return `${names.join(', ')}${value === undefined ? '' : ` ${[value, ...words].join('|')}`}`
}

function usageOf(command: CommandName): string {
  if (command === 'run') return 'ddnn [COMMAND] [FLAGS]'
  const words = flagsOf(command)
    .filter((flag) => flag.positional === true)
    .map((flag) => {
      const word = flag.value ?? flag.name
      return isRequired(flag, command) ? word : `[${word}]`
    })
  const needed = flagsOf(command)
    .filter((flag) => flag.positional !== true && isRequired(flag, command))
    .map((flag) => `--${flag.name} ${flag.value ?? ''}`)
  return ['ddnn', command, ...words, ...needed, '[FLAGS]'].join(' ')
}

function listOfCommands(width: number): readonly string[] {
  const others = commandNames.filter((name) => name !== 'run')
  return hang(
    others.map((name) => [name, commands[name].summary] as const),
    width,
  )
}

function grouped(flags: readonly Flag[], command: CommandName, width: number): readonly string[] {
  const groups = [...new Set(flags.map(({ group }) => group))]
  return groups.flatMap((group) => [
    '',
    `${group}:`,
    ...listOfFlags(
      flags.filter((flag) => flag.group === group),
      command,
      width,
    ),
  ])
}

function listOfFlags(
  flags: readonly Flag[],
  command: CommandName,
  width: number,
): readonly string[] {
  return hang(
    flags.map((flag) => [flagSyntax(flag), describe(flag, command)] as const),
    width,
  )
}

function describe(flag: Flag, command: CommandName): string {
  const choices = flag.kind === 'string' ? flag.choices : undefined
  const shown = flag.kind === 'boolean' ? undefined : describeDefault(flag)
  const facts = [
    ...(isRequired(flag, command) ? ['required'] : []),
    ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`]),
    ...(shown === undefined ? [] : [`default ${shown}`]),
  ]
  return `${flag.help}${facts.length === 0 ? '' : ` [${facts.join('; ')}]`}`
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
