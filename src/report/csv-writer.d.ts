// The part of csv-writer that csv-file.ts uses. The package names its TypeScript sources as its types,
// and those do not compile under our settings; tsconfig's `paths` brings the compiler here instead.

export interface ArrayCsvStringifier {
  /** The header row with a line break; null where there is none. */
  getHeaderString(): string | null
  /** The rows, each with a line break. */
  stringifyRecords(records: readonly (readonly string[])[]): string
}

export function createArrayCsvStringifier(params: {
  header?: string[]
  fieldDelimiter?: ',' | ';'
  recordDelimiter?: '\n' | '\r\n'
  alwaysQuote?: boolean
}): ArrayCsvStringifier
