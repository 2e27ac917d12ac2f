// A broker and the processes that meet at it: started, waited for until all are ready, used, and ended in order.
// The story of `ddnn up` and of `demo --kafka`.
import {
  EndedByItself,
  keepRunning,
  type KeptProcess,
  type PlannedProcess,
} from './keep-running.ts'
import type { ShowLine } from './output.ts'
import { startOwnBroker, type OwnBroker } from './own-broker.ts'

interface TogetherOptions {
  /** dist/main.js. */
  readonly main: string
  /** Whether a broker of our own is started first. */
  readonly needsBroker: boolean
  /**
   * Which processes, by the address of our own broker. They end group after group: what asks stands before
   * what answers it.
   */
  readonly plan: (ownBroker: string | undefined) => Promise<readonly (readonly PlannedProcess[])[]>
  readonly env: Readonly<Record<string, string>>
  readonly show: ShowLine
  /** While all runs, until its signal aborts. What it gives is what runTogether gives. */
  readonly use: (running: Running) => Promise<number>
}

interface Running {
  /** Address of our own broker. */
  readonly ownBroker: string | undefined
  /** Aborts when all is to end: as it was told, or since a process keeps dying. */
  readonly signal: AbortSignal
}

/**
 * Resolves when all processes are gone: with what `use` gave, with 0 when the signal came before all were ready, and
 * with 1, after it said why, when a process keeps dying.
 * @throws {ConfigError} with its words, when one of them says at its start that it cannot.
 */
export async function runTogether(options: TogetherOptions, signal: AbortSignal): Promise<number> {
  const { show } = options
  const kafkaLine = (stream: 'stdout' | 'stderr', line: string) => {
    show('kafka', stream, line)
  }
  let broker: OwnBroker | undefined
  let groups: readonly (readonly KeptProcess[])[] = []
  try {
    if (options.needsBroker) broker = await startOwnBroker(kafkaLine, signal)
    const planned = await options.plan(broker?.bootstrap)
    groups = startAll(planned, options)
    const processes = groups.flat()
    const failures = [...processes.map((one) => one.failed), ...(broker ? [broker.failed] : [])]
    const failed = Promise.race(failures).then((error) => Promise.reject(error))
    const stopped = untilAborted(signal)
    const allReady = Promise.all(processes.map((one) => one.ready)).then(() => 'ready' as const)
    if ((await Promise.race([allReady, stopped, failed])) !== 'ready') return 0
    const over = new AbortController()
    const ends = AbortSignal.any([signal, over.signal])
    const used = options.use({ ownBroker: broker?.bootstrap, signal: ends })
    try {
      return await Promise.race([used, failed])
    } finally {
      over.abort()
      await used.catch(() => undefined)
    }
  } catch (thrown) {
    if (signal.aborted && thrown === signal.reason) return 0
    if (!(thrown instanceof EndedByItself)) throw thrown
    show('ddnn', 'stderr', thrown.message)
    return 1
  } finally {
    for (const group of groups) await Promise.all(group.map((one) => one.end()))
    await broker?.end()
  }
}

/** All at once: each waits for the topics that it needs. */
function startAll(
  planned: readonly (readonly PlannedProcess[])[],
  { main, env, show }: TogetherOptions,
): readonly (readonly KeptProcess[])[] {
  return planned.map((group) =>
    group.map((one) =>
      keepRunning(one, {
        main,
        env,
        onLine: (stream, line) => {
          show(one.label, stream, line)
        },
        say: (line) => {
          show('ddnn', 'stderr', `${one.label} ${line}`)
        },
      }),
    ),
  )
}

/** Resolves when the signal comes. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => {
      resolve()
    })
  })
}
