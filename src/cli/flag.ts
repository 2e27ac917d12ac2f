// What a flag is. The tables in cli/flags/ hold nothing else; parsing, help, environment names, shell
// completion and docs/flags.md all come from them. To add one: a row in the table of its group (`as const`), its
// default there and nowhere else; a command then reads it by name, with the row's type (flag-types.ts). A new
// command is a name here, a row of commands.ts, and its flags.

/** Sub-commands; `run` is the default one, a device or a tier. */
export type CommandName =
  | 'run'
  | 'demo'
  | 'classify'
  | 'up'
  | 'init'
  | 'manifests'
  | 'train'
  | 'results'
  | 'report'
  | 'evaluate'
  | 'calibrate'
  | 'export'
  | 'bench'
  | 'plan'
  | 'download'
  | 'health'
  | 'doctor'
  | 'replay'

/** What `run` can be: asks its front, answers by its own models, serves requests of a back link, or of HTTP alone. */
export type Role = 'device' | 'local' | 'tier' | 'gateway'

interface FlagBase {
  /** Long name without dashes, as typed: 'producer-back'. */
  readonly name: string
  /** Other names: one letter, or another spelling. */
  readonly aliases?: readonly string[]
  /** Names that it had before, or elsewhere; taken everywhere and shown in the docs alone. */
  readonly formerly?: readonly string[]
  /** Heading in the help. */
  readonly group: string
  readonly commands: readonly CommandName[]
  /** Roles of `run` that it has an effect on; all where left out. */
  readonly roles?: readonly Role[]
  /** What stands for the value in the help: HOSTS, MS. Absent for booleans. */
  readonly value?: string
  /** One line. */
  readonly help: string
  /** The rest, for docs/flags.md. */
  readonly details?: string
  /** In place of DDNN_<FLAG>, where another command's flag of this name means another thing. */
  readonly env?: string
  /** What it was called in the environment before, by the command that took it so; taken, and shown in the docs. */
  readonly formerEnv?: Readonly<Partial<Record<CommandName, string>>>
  /** The original's name in the environment, beside DDNN_<FLAG>. */
  readonly bareEnv?: string
  /** Without it the command does not begin, or these of its commands do not; `true`: its value is never undefined. */
  readonly required?: true | readonly CommandName[]
  /** Never printed: passwords. */
  readonly secret?: boolean
  /** Also taken from the first word behind the command, as in `ddnn download cifar10`; a list takes them all. */
  readonly positional?: boolean
}

export interface BooleanFlag extends FlagBase {
  readonly kind: 'boolean'
  readonly default?: boolean
}

interface NumberFlag extends FlagBase {
  readonly kind: 'number' | 'integer'
  readonly default?: number
  readonly min?: number
  readonly max?: number
  /** What stands for a number in words. */
  readonly words?: Readonly<Record<string, number>>
}

export interface StringFlag extends FlagBase {
  readonly kind: 'string'
  readonly default?: string
  readonly choices?: readonly string[]
}

interface ListFlag extends FlagBase {
  readonly kind: 'list'
  readonly default?: readonly string[]
}

export type Flag = BooleanFlag | NumberFlag | StringFlag | ListFlag

/** Whether this command begins without it; another one may take the same flag and do without. */
export function isRequired({ required = [], commands }: Flag, command: CommandName): boolean {
  return (required === true ? commands : required).includes(command)
}

/** 'producer-back' -> 'DDNN_PRODUCER_BACK'; dashes and underscores alike. */
export function envNameOf(flag: Flag): string {
  return flag.env ?? envOf(flag.name)
}

/** All names of a flag in the environment, the first one first; of one command, or of all. */
export function envNamesOf(flag: Flag, command?: CommandName): readonly string[] {
  const bare = flag.bareEnv === undefined ? [] : [flag.bareEnv]
  // A name of its own stands where the usual one means another thing to another command.
  const former = flag.env === undefined ? (flag.formerly ?? []).filter(isLong).map(envOf) : []
  const { formerEnv = {} } = flag
  const own = command === undefined ? Object.values(formerEnv) : [formerEnv[command] ?? []].flat()
  return [envNameOf(flag), ...former, ...own, ...bare]
}

/** What a flag may be typed as, without dashes: its name first. */
export function namesOf({ name, aliases = [], formerly = [] }: Flag): readonly string[] {
  return [name, ...aliases, ...formerly]
}

/** '-e', '--epochs'. */
export function dashed(name: string): string {
  return isLong(name) ? `--${name}` : `-${name}`
}

/** What a flag is called in messages: '--seed', or 'DATA-SET' where it is typed as a word. */
export function shownName(flag: Flag): string {
  return flag.positional === true
    ? (flag.value ?? flag.name).replace(/\.\.\.$/, '')
    : dashed(flag.name)
}

function envOf(name: string): string {
  return `DDNN_${name.replaceAll('-', '_').toUpperCase()}`
}

function isLong(name: string): boolean {
  return name.length > 1
}

/** As one text of the environment: spaces between, or JSON where an item has one. */
export function listAsTyped(items: readonly string[]): string {
  return items.some((item) => /[\s,]/.test(item)) ? JSON.stringify(items) : items.join(' ')
}

/** As it is typed: in a word, where there is one for it. */
export function numberAsTyped(flag: Flag, value: number): string {
  const words = 'words' in flag ? (flag.words ?? {}) : {}
  return Object.entries(words).find(([, number]) => number === value)?.[0] ?? String(value)
}

/** Default as the help shows it; undefined where there is none. */
export function describeDefault(flag: Flag): string | undefined {
  if (flag.default === undefined) return undefined
  if (typeof flag.default === 'number') return numberAsTyped(flag, flag.default)
  return flag.kind === 'list' ? flag.default.join(' ') : String(flag.default)
}
