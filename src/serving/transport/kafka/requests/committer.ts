// Commits in the background, at most once in an interval, never in the way of a request; and at every
// orderly end.
import { setTimeout } from 'node:timers/promises'
import type { Logger } from '../../../../telemetry/log.ts'
import { createBackoff } from '../../backoff.ts'
import { isRebalance } from '../kafka-errors.ts'
import type { Assignment, PartitionOffset } from './assignment.ts'

interface CommitterOptions {
  /** The assignment of now; undefined while this process is out of the group. */
  readonly current: () => Assignment | undefined
  /** Within the generation of that assignment. */
  readonly commit: (offsets: readonly PartitionOffset[]) => Promise<void>
  readonly onCommitted: (offsets: readonly PartitionOffset[]) => void
  /** Requests that end within this time share a commit; as many are done again after a crash. */
  readonly intervalMs: number
  readonly log: Logger
}

export class Committer {
  readonly #options: CommitterOptions
  readonly #closing = new AbortController()
  #running: Promise<void> | undefined
  /** One at a time. */
  #committing: Promise<boolean> | undefined

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  /** Something is done: commit it soon. */
  kick(): void {
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
  }

  /** Commits what is done now and resolves when that was tried; no retries. Goes on afterwards. */
  async flush(): Promise<void> {
    await this.#committing?.catch(() => undefined)
    await this.#commitOnce().catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'the last commit failed')
    })
  }

  /** As `flush`, and commits no more. */
  async end(): Promise<void> {
    this.#closing.abort()
    await this.flush()
  }

  async #run(): Promise<void> {
    const backoff = createBackoff()
    const { signal } = this.#closing
    const { intervalMs, log } = this.#options
    try {
      await setTimeout(intervalMs, undefined, { signal })
      while (!signal.aborted) {
        try {
          if (!(await this.#commitOnce())) return
          await setTimeout(intervalMs, undefined, { signal })
        } catch (thrown) {
          if (signal.aborted) return
          // After the join the requests come again, and what is done is known: nothing to repeat now.
          if (isRebalance(thrown)) return
          log.debug({ err: thrown }, 'a commit failed')
          await backoff.wait(signal)
        }
      }
    } catch {
      // Only the waits reject, and only when it is to end.
    }
  }

  #commitOnce(): Promise<boolean> {
    this.#committing ??= this.#commit().finally(() => (this.#committing = undefined))
    return this.#committing
  }

  /** False when nothing was to be committed. */
  async #commit(): Promise<boolean> {
    const { current, commit, onCommitted } = this.#options
    const assignment = current()
    const offsets = assignment?.committable() ?? []
    if (assignment === undefined || offsets.length === 0) return false
    await commit(offsets)
    assignment.acknowledge(offsets)
    onCommitted(offsets)
    return true
  }
}
