// JSON as the process writes it: what is not a number there (NaN, infinite) comes as null, and is undefined here. Pure.

/** The types of domain/watch.ts have no null. */
export function parseTold(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => (value === null ? undefined : value))
}
