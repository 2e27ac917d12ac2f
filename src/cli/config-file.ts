// --config FILE, --recipe FILE: a flat YAML or JSON map from flag names to values.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** Key in a file of --recipe that is no flag but a map (recipe-file.ts). */
export const recipeKey = 'recipe'

export type ConfigFile =
  { readonly entries: ReadonlyMap<string, unknown> } | { readonly problem: string }

/**
 * Reads the file that `flag` names; JSON is YAML too. Names are checked by the caller, against the command's
 * table.
 */
export function readConfigFile(file: string, flag = '--config'): ConfigFile {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    return { problem: `Expected ${flag} to be a file that can be read, got '${file}' (${code})` }
  }
  try {
    const parsed: unknown = parse(text) ?? {}
    if (typeof parsed === 'object' && !Array.isArray(parsed)) {
      return { entries: new Map(Object.entries(parsed as object)) }
    }
    return { problem: `Expected '${file}' to be a map of flags and values, got ${typeof parsed}` }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    return { problem: `Expected '${file}' to be YAML or JSON: ${reason}` }
  }
}
