// What a sub-command gives back to execute.ts, which makes the exit code of it.

export interface CommandResult {
  /** Samples without an answer. */
  readonly failures: number
  /** Runs until it is told to stop, so that SIGTERM is its orderly end: a tier, a gateway, `up`. */
  readonly isService?: boolean
  /** The document of --json as text, which execute.ts writes where it was asked for. */
  readonly json?: string | undefined
}
