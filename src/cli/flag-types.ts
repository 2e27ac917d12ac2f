// Types of values by flag name, taken from the tables: an unknown name, or a reader of another kind, does not compile.
import type { CommandName, Flag } from './flag.ts'
import type { AnyNameReader } from './flag-values.ts'
import type { AnyFlag } from './flags.ts'

/** What one flag's value is read as: a flag with a default, and one that is required, is never undefined. */
type ReadAs<F extends Flag> = F extends { kind: 'list' }
  ? readonly string[]
  : F extends { default: unknown } | { required: true }
    ? Given<F>
    : Given<F> | undefined

type Given<F extends Flag> = F extends { kind: 'boolean' }
  ? boolean
  : F extends { kind: 'number' | 'integer' }
    ? number
    : F extends { choices: readonly (infer Choice extends string)[] }
      ? Choice
      : string

/** Flags of a command's table; `doctor` takes those of the run it examines, too. */
type FlagOf<C extends CommandName, F extends AnyFlag = AnyFlag> = F extends {
  commands: readonly (infer Of)[]
}
  ? (C extends 'doctor' ? 'doctor' | 'run' : C) & Of extends never
    ? never
    : F
  : never

/** Value types by name. */
type TypesOf<F extends Flag> = { readonly [One in F as One['name']]: ReadAs<One> }

/** `Name` where its values are `Value`, else nothing; as a parameter's type it also says what `Name` is. */
type NameIf<Types, Name extends keyof Types, Value> = Types[Name] extends Value | undefined
  ? Name
  : never

type NameOf<Types> = keyof Types & string

/** Read access to checked values by name. */
interface ReaderOf<Types> {
  string<Name extends NameOf<Types>>(name: NameIf<Types, Name, string>): Types[Name]
  number<Name extends NameOf<Types>>(name: NameIf<Types, Name, number>): Types[Name]
  boolean<Name extends NameOf<Types>>(name: NameIf<Types, Name, boolean>): Types[Name]
  list<Name extends NameOf<Types>>(name: NameIf<Types, Name, readonly string[]>): Types[Name]
  /** A list whose items may hold several: both `--name a b` and `--name a,b`. Empty ones are left out. */
  words<Name extends NameOf<Types>>(name: NameIf<Types, Name, readonly string[]>): Types[Name]
  /** Whether the user gave it, by any way but the default. */
  isGiven(name: NameOf<Types>): boolean
  /** Whether it stood on the command line itself. */
  isTyped(name: NameOf<Types>): boolean
  /** Whether it was given and refused: it has no value, and is not missing. */
  isWrong(name: NameOf<Types>): boolean
  /** Where it came from, for messages; `--name` where it was not given. */
  sourceOf(name: NameOf<Types>): string
  /** For names that are made of parts (`--back-ssl`), or come from the table itself. */
  readonly anyName: AnyNameReader
}

/** Names of one command's flags. */
export type FlagNameOf<C extends CommandName> = FlagOf<C>['name']

/** What one command reads: `Values<'train'>`. */
export type Values<C extends CommandName> = ReaderOf<TypesOf<FlagOf<C>>>

/**
 * What a reader of several commands asks for: `FlagReader<'engine' | 'workers'>`, typed as any of their tables types
 * them; with `C` as those of these commands alone.
 */
export type FlagReader<
  Name extends AnyFlag['name'],
  C extends CommandName = CommandName,
> = ReaderOf<TypesOf<Extract<FlagOf<C>, { name: Name }>>>
