// The history of a training run as curves of exits: ours, the original's and any of Keras', which name them
// `loss`, `accuracy`, `EXIT_loss`, `EXIT_accuracy`, and the same with `val_` in front. Pure.
import { ConfigError } from '../../errors.ts'

/** A value an epoch; null where the file has none, or NaN. */
export type Curve = readonly (number | null)[]

export interface Curves {
  readonly loss?: Curve
  /** 0 to 1. */
  readonly accuracy?: Curve
}

export interface ExitCurves {
  readonly name: string
  readonly training: Curves
  readonly validation: Curves
}

export interface History {
  readonly epochs: number
  /** The nearest exit first; one of the name 'model' where the network has one output. */
  readonly exits: readonly ExitCurves[]
  /** All exits together, weighted; absent where there is one exit alone. */
  readonly total: { readonly training: Curves; readonly validation: Curves } | undefined
  /** As the file names them, among them such as are no curve of an exit: learning rates. */
  readonly columns: Readonly<Record<string, Curve>>
}

type Metric = 'loss' | 'accuracy'

interface Key {
  readonly key: string
  /** Empty for all exits together. */
  readonly exit: string
  readonly metric: Metric
  readonly share: 'training' | 'validation'
}

/** @throws DDNN_INPUT_UNREADABLE when the text is no history, naming `file`. */
export function parseHistory(text: string, file: string): History {
  const columns = columnsOf(parseJson(text, file), file)
  const keys = Object.keys(columns).flatMap((key) => readKey(key) ?? [])
  if (keys.length === 0) {
    throw unusable(
      file,
      `keys such as 'loss' or 'EXIT_accuracy', got ${list(Object.keys(columns))}`,
    )
  }
  const named = [...new Set(keys.map(({ exit }) => exit))].filter((exit) => exit !== '')
  const exits = orderExits(named.length === 0 ? [''] : named)
  const curvesOf = (exit: string) => {
    const pick = (share: Key['share']): Curves =>
      Object.fromEntries(
        keys
          .filter((key) => key.exit === exit && key.share === share)
          .map(({ key, metric }) => [metric, columns[key] as Curve]),
      )
    return { training: pick('training'), validation: pick('validation') }
  }
  const names = shortNames(exits)
  return {
    epochs: Object.values(columns)[0]?.length ?? 0,
    exits: exits.map((exit, i) => ({ name: names[i] as string, ...curvesOf(exit) })),
    total: named.length > 0 && keys.some(({ exit }) => exit === '') ? curvesOf('') : undefined,
    columns,
  }
}

const metricNames = /^(loss|acc|accuracy|(?:(?:sparse_)?categorical|binary)_accuracy)$/
const exitMetric = /^(.+?)_(loss|acc|(?:(?:(?:sparse_)?categorical|binary)_)?accuracy)$/

function readKey(key: string): Key | undefined {
  const isValidation = key.startsWith('val_')
  const name = isValidation ? key.slice('val_'.length) : key
  const share = isValidation ? 'validation' : 'training'
  const metricOf = (word: string): Metric => (word === 'loss' ? 'loss' : 'accuracy')
  if (metricNames.test(name)) return { key, exit: '', metric: metricOf(name), share }
  const [, exit, metric] = exitMetric.exec(name) ?? []
  if (exit === undefined || metric === undefined) return undefined
  return { key, exit, metric: metricOf(metric), share }
}

const tierOrder = ['device', 'edge', 'fog', 'cloud']

/** Keras 3 sorts keys by letter: cloud before edge, model_10 before model_2. Else the file's order holds. */
function orderExits(exits: readonly string[]): readonly string[] {
  const numbers = exits.map((exit) => /^(.*?)(\d+)$/.exec(exit))
  const stem = numbers[0]?.[1]
  if (stem !== undefined && numbers.every((match) => match?.[1] === stem)) {
    return exits.toSorted((a, b) => Number(a.slice(stem.length)) - Number(b.slice(stem.length)))
  }
  const places = exits.map((exit) => tierOrder.indexOf(exit.replace(/_exit$/, '')))
  if (places.includes(-1)) return exits
  return exits.toSorted((a, b) => places[exits.indexOf(a)]! - places[exits.indexOf(b)]!)
}

/** 'edge' of our own 'edge_exit'. */
function shortNames(exits: readonly string[]): readonly string[] {
  if (exits.length === 1 && exits[0] === '') return ['model']
  return exits.every((exit) => /.+_exit$/.test(exit))
    ? exits.map((exit) => exit.slice(0, -'_exit'.length))
    : exits
}

function columnsOf(json: unknown, file: string): Readonly<Record<string, Curve>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    const got = Array.isArray(json) ? 'a list' : json === null ? 'null' : `a ${typeof json}`
    throw unusable(file, `an object of lists, a number an epoch each, got ${got}`)
  }
  const entries = Object.entries(json).map(([key, value]) => [key, toCurve(value)] as const)
  if (entries.length === 0)
    throw unusable(file, 'at least one list of numbers, got an empty object')
  const curves: Record<string, Curve> = {}
  for (const [key, curve] of entries) {
    if (curve === undefined) {
      throw unusable(file, `a list of numbers for '${cut(key)}', got something else`)
    }
    curves[key] = curve
  }
  const lengths = new Map(entries.map(([key, curve]) => [curve?.length, key]))
  if (lengths.size > 1) {
    const got = [...lengths]
      .map(([length, key]) => `${String(length)} for '${cut(key)}'`)
      .join(', ')
    throw unusable(file, `lists of one length, got ${got}`)
  }
  if (lengths.has(0)) throw unusable(file, 'at least one epoch, got none')
  return curves
}

/** A list, or pandas' `to_json` of a column: { "0": 2.3, "1": 2.1 }. */
function toCurve(value: unknown): Curve | undefined {
  const items =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([key, item], i) => (key === String(i) ? (item as unknown) : ''))
      : value
  if (!Array.isArray(items)) return undefined
  const isFit = items.every((item) => item === null || typeof item === 'number')
  return isFit ? items.map((item: number | null) => item) : undefined
}

/** Python writes NaN and Infinity as words, which JSON has not. */
function parseJson(text: string, file: string): unknown {
  const words = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g
  try {
    return JSON.parse(text.replace(words, (word) => (word.startsWith('"') ? word : 'null')))
  } catch (cause) {
    const got = text.trim() === '' ? 'an empty file' : 'other text'
    throw unusable(file, `JSON, got ${got}`, cause)
  }
}

const shownKeys = 5

function list(keys: readonly string[]): string {
  const shown = keys.slice(0, shownKeys).map((key) => `'${cut(key)}'`)
  return shown.join(', ') + (keys.length > shownKeys ? ', ...' : '')
}

function cut(key: string): string {
  return key.length > 60 ? `${key.slice(0, 60)}...` : key
}

function unusable(file: string, expected: string, cause?: unknown): ConfigError {
  return new ConfigError('DDNN_INPUT_UNREADABLE', `Expected '${file}' to hold ${expected}`, {
    hint: "Pass --input with a model.history that 'ddnn train' wrote, or Keras' history.history as JSON",
    cause,
  })
}
