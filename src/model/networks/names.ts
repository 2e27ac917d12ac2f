// Names of folders that a training writes beside each other: submodels, tiers, the whole model.

/** On any system: no separators, not hidden. */
const pattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** Endings of the files of a run (run.json, model.history, checkpoint.bin...) and of what is half written. */
const reserved = /\.(history|json|bin|lock|partial)$/i

export function isFolderName(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value) && !reserved.test(value)
}

/** Without case, as some file systems are. */
export function isSameFolder(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
