// What a sub-command gives back to main.ts, which makes the exit code of it.

export interface CommandResult {
  /** Samples without an answer. */
  readonly failures: number
}
