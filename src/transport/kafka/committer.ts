// Commits in the background, one commit at a time, never in the way of a request.
import { setTimeout } from 'node:timers/promises'
import type { Logger } from '../../telemetry/log.ts'
import { createBackoff } from '../backoff.ts'
import type { Assignment, PartitionOffset } from './assignment.ts'
import { isRebalance } from './kafka-errors.ts'

export interface CommitterOptions {
  /** The assignment of now; undefined between a crash and the next join. */
  readonly current: () => Assignment | undefined
  readonly onCommitted: (offsets: readonly PartitionOffset[]) => void
  readonly log: Logger
}

/** Requests that end within this time share a commit; as many are done again after a crash. */
const gatherMs = 20

export class Committer {
  readonly #options: CommitterOptions
  #running: Promise<void> | undefined
  readonly #closing = new AbortController()

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  /** Something is done: commit it soon. */
  kick(): void {
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
  }

  /** Commits what is done now and resolves when that was tried; no retries. For the orderly end. */
  async flush(): Promise<void> {
    this.#closing.abort()
    await this.#running
    await this.#commitOnce().catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'the last commit failed')
    })
  }

  async #run(): Promise<void> {
    const backoff = createBackoff()
    const { signal } = this.#closing
    try {
      await setTimeout(gatherMs, undefined, { signal })
      while (!signal.aborted) {
        try {
          if (!(await this.#commitOnce())) return
          await setTimeout(gatherMs, undefined, { signal })
        } catch (thrown) {
          if (signal.aborted) return
          // After the join the requests come again, and what is done is known: nothing to repeat now.
          if (isRebalance(thrown)) return
          this.#options.log.debug({ err: thrown }, 'a commit failed')
          await backoff.wait(signal)
        }
      }
    } catch {
      // Only the waits reject, and only when it is to end.
    }
  }

  /** False when nothing was to be committed. */
  async #commitOnce(): Promise<boolean> {
    const assignment = this.#options.current()
    const offsets = assignment?.committable() ?? []
    if (assignment?.commit === undefined || offsets.length === 0) return false
    await assignment.commit({
      topics: [
        {
          topic: assignment.topic,
          partitions: offsets.map(({ partition, offset }) => ({
            partition,
            offset: String(offset),
          })),
        },
      ],
    })
    assignment.acknowledge(offsets)
    this.#options.onCommitted(offsets)
    return true
  }
}
