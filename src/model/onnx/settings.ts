// One layer's `config`, read with the defaults of tfjs-layers. Keys are snake_case, as Keras and tfjs
// write them, or camelCase, which tfjs reads too.
import { ModelError } from '../../errors.ts'

export class Settings {
  readonly #config: Readonly<Record<string, unknown>>
  readonly #layer: string

  /** `layer` is its name, for messages. */
  constructor(config: Readonly<Record<string, unknown>>, layer: string) {
    this.#config = config
    this.#layer = layer
  }

  /** undefined where it is left out or null. */
  get(name: string): unknown {
    const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    return this.#config[name] ?? this.#config[camel] ?? undefined
  }

  number(name: string, fallback?: number): number {
    const value = this.get(name) ?? fallback
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw this.#wrong(name, 'a number', value)
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.get(name) ?? fallback
    if (typeof value === 'boolean') return value
    throw this.#wrong(name, 'true or false', value)
  }

  text(name: string, fallback?: string): string {
    const value = this.get(name) ?? fallback
    if (typeof value === 'string') return value
    throw this.#wrong(name, 'a word', value)
  }

  /** A list, or one number for all of `count`. */
  numbers(name: string, count: number, fallback?: number): readonly number[] {
    const value = this.get(name) ?? fallback
    const list: readonly unknown[] = Array.isArray(value) ? value : [value]
    const numbers = list.filter((item) => typeof item === 'number' && Number.isFinite(item))
    if (numbers.length === list.length) {
      if (numbers.length === count) return numbers as number[]
      if (numbers.length === 1) return new Array<number>(count).fill(numbers[0] as number)
    }
    throw this.#wrong(name, count === 1 ? 'a number' : `${count} numbers`, value)
  }

  /** A list of whole numbers of any length; null stands for -1, a size that is left open. */
  list(name: string): readonly number[] {
    const value = this.get(name)
    const list: readonly unknown[] = Array.isArray(value) ? value : [value]
    const numbers = list.map((item) => (item === null ? -1 : item))
    if (numbers.every((item) => Number.isInteger(item))) return numbers as number[]
    throw this.#wrong(name, 'whole numbers', value)
  }

  /** What to take off or put on at each end of rows and columns: a number, a pair, or a pair of pairs. */
  borders(name: string, fallback: number): readonly [number, number, number, number] {
    const value = this.get(name) ?? fallback
    const pair: readonly unknown[] = Array.isArray(value) ? value : [value, value]
    const ends = pair.flatMap((item): unknown[] => (Array.isArray(item) ? item : [item, item]))
    if (
      ends.length === 4 &&
      ends.every((item) => Number.isInteger(item) && (item as number) >= 0)
    ) {
      return ends as [number, number, number, number]
    }
    throw this.#wrong(name, 'numbers of rows and columns', value)
  }

  #wrong(name: string, wanted: string, got: unknown): ModelError {
    return new ModelError(
      'DDNN_MODEL_DAMAGED',
      `Expected ${name} of layer '${this.#layer}' to be ${wanted}, got ${JSON.stringify(got) ?? 'nothing'}`,
      { hint: 'Copy the model folder again, or train it again with `ddnn train`' },
    )
  }
}
