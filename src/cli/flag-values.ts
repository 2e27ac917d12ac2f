// The checked values of one command line, and where each came from. Commands read them by the types of
// flag-types.ts; here names are any text.
import type { Flag } from './flag.ts'

export type FlagValue = string | number | boolean | readonly string[]

export interface ResolvedFlag {
  readonly value: FlagValue
  /** In words, for messages: '--threshold', 'DDNN_THRESHOLD', "threshold in 'tier.yaml'", 'default'. */
  readonly source: string
}

/** Undefined where a flag has no value, or one of another kind. */
export interface AnyNameReader {
  string(name: string): string | undefined
  number(name: string): number | undefined
  boolean(name: string): boolean | undefined
  list(name: string): readonly string[]
  /** Whether the command has such a flag. */
  has(name: string): boolean
  isGiven(name: string): boolean
  isTyped(name: string): boolean
  isWrong(name: string): boolean
  sourceOf(name: string): string
}

/** Read access by name; asking for a name outside the table is a fault of ours and throws. */
export class FlagValues implements AnyNameReader {
  readonly #known: ReadonlySet<string>
  readonly #resolved: ReadonlyMap<string, ResolvedFlag>
  readonly #wrong: ReadonlySet<string>

  constructor(
    flags: readonly Flag[],
    resolved: ReadonlyMap<string, ResolvedFlag>,
    wrong: ReadonlySet<string> = new Set(),
  ) {
    this.#wrong = wrong
    this.#known = new Set(flags.map((flag) => flag.name))
    this.#resolved = resolved
  }

  get anyName(): AnyNameReader {
    return this
  }

  string(name: string): string | undefined {
    const value = this.#get(name)
    return typeof value === 'string' ? value : undefined
  }

  number(name: string): number | undefined {
    const value = this.#get(name)
    return typeof value === 'number' ? value : undefined
  }

  boolean(name: string): boolean | undefined {
    const value = this.#get(name)
    return typeof value === 'boolean' ? value : undefined
  }

  list(name: string): readonly string[] {
    const value = this.#get(name)
    return Array.isArray(value) ? (value as readonly string[]) : []
  }

  words(name: string): readonly string[] {
    return this.list(name)
      .flatMap((item) => item.split(','))
      .filter((word) => word !== '')
  }

  has(name: string): boolean {
    return this.#known.has(name)
  }

  isGiven(name: string): boolean {
    const resolved = this.#resolved.get(name)
    return resolved !== undefined && resolved.source !== 'default'
  }

  isTyped(name: string): boolean {
    return this.#resolved.get(name)?.source === `--${name}`
  }

  isWrong(name: string): boolean {
    return this.#wrong.has(name)
  }

  sourceOf(name: string): string {
    const resolved = this.#resolved.get(name)
    return resolved === undefined || resolved.source === 'default' ? `--${name}` : resolved.source
  }

  #get(name: string): FlagValue | undefined {
    if (!this.#known.has(name)) throw new RangeError(`No flag '${name}' in this command's table`)
    return this.#resolved.get(name)?.value
  }
}
