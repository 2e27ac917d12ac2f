// A user's own JavaScript module, as --preprocess, --report-module and --plot-module name one.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from './errors.ts'

/** The function that a module exports by the name asked for. */
export interface UserFunction {
  /** Absolute path of the module, for messages. */
  readonly file: string
  readonly call: (argument: unknown) => unknown
}

/** @throws DDNN_MODULE_INVALID when the module does not load or exports no function of this name. */
export async function importFunction(path: string, name: string): Promise<UserFunction> {
  const file = resolve(path)
  const loaded = await import(pathToFileURL(file).href).then(
    (module: unknown) => module as Readonly<Record<string, unknown>>,
    (cause: unknown) => {
      throw invalidModule(`Expected a module in '${file}', got an error: ${String(cause)}`, cause)
    },
  )
  const found = loaded[name]
  if (typeof found !== 'function') {
    throw invalidModule(
      `Expected '${file}' to export a function '${name}', got ${Object.keys(loaded).join(', ') || 'no exports'}`,
    )
  }
  return { file, call: found as UserFunction['call'] }
}

/** A module that is not what docs/modules.md asks for. */
export function invalidModule(message: string, cause?: unknown): ConfigError {
  return new ConfigError('DDNN_MODULE_INVALID', message, {
    hint: 'docs/modules.md shows what the module must export',
    cause,
  })
}
